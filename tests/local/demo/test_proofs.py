"""The demo's last screen, and the invoice that it shows first."""

import io
from typing import Any

from rich.console import Console

from local.demo.proofs import is_alike, proofs, typical
from tests.orders import a_line


def hop(name: str, **text: Any) -> dict[str, Any]:
    return {"name": name, "rows": 12, "lines": 10, "rejected": 0, "net_amount": "1234.500", **text}


def rule(name: str, hop: str, says: str, **text: Any) -> dict[str, Any]:
    return {"name": name, "hop": hop, "says": says, "holds": True, "count": 0, **text}


def shown(verdict: dict[str, Any]) -> list[str]:
    text = io.StringIO()
    screen = proofs([{"InvoiceNo": "536373", "Lines": 1}], verdict)
    Console(file=text, width=80, color_system=None).print(screen)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_each_promise_stands_with_its_store_a_figure_and_its_mark() -> None:
    rules = [
        rule("topic-lines", "topic", "the topic holds the lines of the files"),
        rule("s3-objects", "s3", "every raw object is whole and follows on the one before", holds=False, count=2),
    ]
    hops = [hop("csv"), hop("topic", rows=14), hop("s3"), hop("lake", net_amount="1.000")]
    assert shown({"hops": hops, "rules": rules}) == [
        "    where  what holds                                                     figure",
        " ✓  files  every row is an order line                                    12 rows",
        " ✓  API    invoice 536373 is as it was sent                               1 line",
        " ✓  topic  the topic holds the lines of the files                       10 lines",
        " ✗  s3     every raw object is whole and follows on the one before  2 exceptions",
        " ✗  all    files and tables have the same net amount                   1,234.500",
    ]


def test_the_stream_need_not_hold_the_amount_of_dropped_files_and_every_table_must() -> None:
    stream = [hop("topic", net_amount="1.000"), hop("s3", net_amount="1.000")]
    assert is_alike({"hops": [hop("csv"), *stream, hop("dynamodb"), hop("lake"), hop("redshift")]})
    assert not is_alike(
        {"hops": [hop("csv"), *stream, hop("dynamodb"), hop("lake"), hop("redshift", net_amount="1.000")]}
    )


def test_a_typical_invoice_has_a_customer_and_no_article_twice() -> None:
    twenty_copies = [a_line(InvoiceNo="1", Occurrence=number) for number in range(1, 21)]
    nobody = [a_line(InvoiceNo="2", StockCode=f"A{number}", CustomerID=None) for number in range(10)]
    short = [a_line(InvoiceNo="3", CustomerID=1)]
    usual = [a_line(InvoiceNo="4", StockCode=f"A{number}", CustomerID=1) for number in range(8)]
    assert typical([*twenty_copies, *nobody, *short, *usual]) == ("4", 8)
