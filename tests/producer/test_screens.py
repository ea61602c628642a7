"""`tillstream invoice` and `customer`: what is asked, what is shown, and pages merged without loss."""

import io
import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from producer import on_the_way, screens
from stores.kafka.topic import PLAINTEXT, Publisher, producer_settings
from tests.brokers import a_topic
from tests.producer.api_server import ApiServer, Reply, Request, problem
from tests.producer.conftest import Command

LINES = [
    {
        "InvoiceNo": "C600001",
        "StockCode": f"2000{number}",
        "Description": description,
        "Quantity": -1_200,
        "InvoiceDate": "2010-12-01T08:26:00",
        "UnitPrice": 2.55,
        "CustomerID": 12345,
        "Country": "France",
        "Occurrence": number,
        "LineId": f"{number:032x}",
    }
    for number, description in enumerate(["AMBER KITE", None, "[red]SIGN[/red]", "£5 VOUCHER"], 1)
]
INVOICE = {
    "InvoiceNo": "C600001",
    "CustomerID": 12345,
    "InvoiceDate": "2010-12-01T08:26:00",
    "Country": "France",
    "Lines": 4,
    "Units": -4_800,
    "Amount": "@-12240.100",
}
CUSTOMER = {
    "CustomerID": 12345,
    "Invoices": 2,
    "Lines": 5,
    "Units": 10,
    "Amount": "@99.100",
    "FirstInvoiceDate": "2010-12-01T08:26:00",
    "LastInvoiceDate": "2010-12-03T09:00:00",
}
INVOICES = [
    {
        "InvoiceNo": number,
        "InvoiceDate": "2010-12-03T09:00:00",
        "Country": "EIRE",
        "Lines": 3,
        "Units": 5,
        "Amount": 9.5,
    }
    for number in ("600002", "600001")
]


def ok(fields: dict[str, Any]) -> Reply:
    # a number with the digits that a float would lose
    return Reply(200, json.dumps(fields).replace('"@-12240.100"', "-12240.100").replace('"@99.100"', "99.100").encode())


def paged(whole: dict[str, Any], name: str, items: list[Any], size: int) -> Any:
    """A script that gives these items in pages."""

    def script(request: Request) -> Reply:
        begins = int(parse_qs(urlsplit(request.path).query).get("next", ["0"])[0])
        ends = begins + size
        return ok(whole | {name: items[begins:ends], "next": str(ends) if ends < len(items) else None})

    return script


@pytest.mark.parametrize("size", [1, 3, 4, 9])
def test_json_is_the_answer_with_all_its_pages_merged(api: ApiServer, command: Command, size: int) -> None:
    api.script = paged(INVOICE, "lines", LINES, size)
    ended = command("invoice", "C600001", "--json")
    assert ended.code == 0
    assert ended.json == INVOICE | {"Amount": -12240.1, "lines": LINES, "next": None}
    assert '"Amount":-12240.100,' in ended.out
    assert [urlsplit(request.path).path for request in api.requests] == ["/P/invoices/C600001"] * (-(-4 // size))
    assert all("authorization" in request.headers for request in api.requests)


def test_an_invoice_is_a_table_of_all_its_lines(api: ApiServer, command: Command) -> None:
    api.script = paged(INVOICE, "lines", LINES, 2)
    ended = command("invoice", "C600001")
    assert ended.code == 0
    for text in ("C600001", "2010-12-01 08:26:00", "France", "-4,800", "-12,240.10", "AMBER KITE", "£5 VOUCHER"):
        assert text in ended.out
    assert "[red]SIGN[/red]" in ended.out, "a description is text, not markup"
    assert ended.out.count("-1,200") == 4
    assert "next" not in ended.out


def test_a_customer_is_a_table_of_all_invoices(api: ApiServer, command: Command) -> None:
    api.script = paged(CUSTOMER, "invoices", INVOICES, 1)
    ended = command("customer", "12345")
    assert ended.code == 0
    for text in ("12345", "Invoices", "600001", "600002", "2010-12-03 09:00:00", "EIRE", "99.10"):
        assert text in ended.out
    assert [urlsplit(request.path).path for request in api.requests] == ["/P/customers/12345"] * 2


def test_a_token_of_any_characters_is_handed_back_as_it_was(api: ApiServer, command: Command) -> None:
    token = "a+b/c=&d é"

    def script(request: Request) -> Reply:
        query = parse_qs(urlsplit(request.path).query)
        return (
            ok(INVOICE | {"lines": [], "next": None if query else token})
            if query in ({}, {"next": [token]})
            else problem(400)
        )

    api.script = script
    assert command("invoice", "C600001", "--json").code == 0
    assert len(api.requests) == 2


@pytest.mark.parametrize(("name", "number"), [("invoice", "600009"), ("customer", "99")])
def test_what_the_api_does_not_know_is_said(api: ApiServer, command: Command, name: str, number: str) -> None:
    api.script = lambda request: problem(404)
    ended = command(name, number)
    assert (ended.code, ended.out) == (1, "")
    assert (
        ended.err
        == f"tillstream {name}: {api.url} knows no {name} {number}; rows that were just sent take a moment to arrive\n"
    )


@pytest.mark.parts
def test_messages_that_are_still_on_their_way_into_the_tables_are_said(
    api: ApiServer, command: Command, kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = a_topic(kafka, 2)
    monkeypatch.setattr(on_the_way, "PATIENCE_SECONDS", 300.0)
    of_the_laptop = {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "TILLSTREAM_BOOTSTRAP_SERVERS": kafka,
        "TILLSTREAM_TOPIC": topic,
        "TILLSTREAM_ORDER_TABLES_GROUP": f"group-{topic}",
    }
    for name, value in of_the_laptop.items():
        monkeypatch.setenv(name, value)
    api.script = lambda request: ok(INVOICE) if "invoices/C600001" in request.path else problem(404)
    assert command("invoice", "C600001").err == ""

    Publisher(topic, producer_settings(kafka, PLAINTEXT, 300), 300).publish([(b"C600001", b"{}")] * 3, [])

    waiting = "3 messages are still on their way into the tables, so lines may be missing here"
    shown = command("invoice", "C600001")
    assert (shown.code, shown.err) == (0, f"tillstream: {waiting}: `tillstream status` shows what waits\n")
    assert json.loads(command("invoice", "C600001", "--json").out)["Lines"] == 4
    assert f"knows no customer 99; {waiting}" in command("customer", "99").err


def test_of_a_stack_whose_brokers_cannot_be_asked_nothing_is_said(api: ApiServer, command: Command) -> None:
    api.script = lambda request: ok(INVOICE)
    assert command("invoice", "C600001").err == ""


@pytest.mark.parametrize("reply", [problem(403, "no"), problem(400, "no"), Reply(200, b"<html>"), Reply(200, b"[]")])
def test_an_answer_that_is_no_invoice_is_said(api: ApiServer, command: Command, reply: Reply) -> None:
    api.script = lambda request: reply
    ended = command("invoice", "600001")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("tillstream invoice: the API")


def test_what_passes_is_asked_again(api: ApiServer, command: Command) -> None:
    api.script = lambda request: [problem(503, headers={"Retry-After": "0"}), Reply(None), ok(INVOICE)][request.number]
    assert command("invoice", "600001").code == 0
    assert len(api.requests) == 3


def test_an_api_that_is_not_there_is_said(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    from producer import api as client

    monkeypatch.setattr(client, "GET_TRIES", 2)
    monkeypatch.setenv("TILLSTREAM_API_URL", "http://127.0.0.2:9/P")
    ended = command("invoice", "600001")
    assert ended.code == 1
    assert "Connection refused" in ended.err


@pytest.mark.parametrize(
    "arguments", [["invoice", "abc"], ["invoice"], ["customer", "0"], ["customer", "x"], ["invoice", "0123"]]
)
def test_a_number_that_is_none_is_wrong_use(api: ApiServer, command: Command, arguments: list[str]) -> None:
    ended = command(*arguments)
    assert (ended.code, api.requests) == (2, [])
    assert "must be" in ended.err or "required" in ended.err


def test_a_number_may_have_blanks_around_it(api: ApiServer, command: Command) -> None:
    api.script = lambda request: ok(INVOICE)
    command("invoice", " C600001 ")
    assert api.requests[0].path == "/P/invoices/C600001"


def drawn(screen: Any, width: int) -> str:
    text = io.StringIO()
    Console(file=text, width=width).print(screen)
    return text.getvalue()


def test_a_narrow_terminal_shows_the_beginning_of_an_id_and_a_wide_one_all() -> None:
    screen = screens.invoice({**INVOICE, "Amount": 1, "lines": LINES})
    assert "LineId[:8]" in drawn(screen, 70)
    assert str(LINES[0]["LineId"]) not in drawn(screen, 70)
    assert str(LINES[0]["LineId"]) in drawn(screen, 100)


def test_which_copy_of_a_line_it_is_stands_only_where_there_are_copies() -> None:
    first = [line | {"Occurrence": 1} for line in LINES]
    assert "Occurrence" not in drawn(screens.invoice({**INVOICE, "Amount": 1, "lines": first}), 100)
    assert "Occurrence" in drawn(screens.invoice({**INVOICE, "Amount": 1, "lines": [*first, LINES[1]]}), 100)


def test_lines_stand_by_stock_code_and_the_copies_of_a_row_together() -> None:
    keys = [("B", 2), ("a", 1), ("B", 10), ("B", 1)]
    lines = [LINES[0] | {"StockCode": code, "Occurrence": copy, "LineId": f"id{code}{copy}"} for code, copy in keys]
    shown = drawn(screens.invoice({**INVOICE, "Amount": 1, "lines": lines}), 120)
    assert re.findall("id[a-zB]+[0-9]+", shown) == ["idB1", "idB2", "idB10", "ida1"]


def test_amounts_have_two_places_at_least_and_lose_none() -> None:
    lines = [LINES[0] | {"UnitPrice": price} for price in (Decimal("2.1"), Decimal("1234.125"), 3)]
    shown = drawn(screens.invoice({**INVOICE, "Amount": Decimal("44.4"), "lines": lines}), 100)
    assert all(f" {text} " in shown for text in ("2.10", "1,234.125", "3.00"))
    assert "Amount       44.40" in shown
