"""The own count finds what is lost and what is repeated."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from commerce.files.documents import order_lines
from producer.generate import records
from tests.faults.counts import Difference, between, line_ids, wrong_summaries


def test_line_ids_are_those_that_the_platform_computes(tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    file.write_bytes(b"".join(records(date(2012, 1, 5), seed=7)))
    with file.open("rb") as document:
        computed = {entry.line.LineId for entry in order_lines("day.csv", document) if entry.line}
    assert line_ids([file]) == computed
    assert len(computed) > 2_000


def test_what_is_missing_is_lost_and_what_is_there_twice_or_unasked_is_repeated() -> None:
    assert between("S3", Counter("abb"), {"a", "b", "c"}) == Difference("S3", 1, 1)
    assert between("S3", Counter("abx"), {"a", "b"}) == Difference("S3", 0, 1)
    assert between("S3", Counter("ab"), {"a", "b"}) == Difference("S3", 0, 0)


def a_line(invoice: str, quantity: str, price: str) -> dict[str, Any]:
    return {
        "LineKey": {"S": f"{invoice}#1#2"},
        "CustomerID": {"N": "7"},
        "Quantity": {"N": quantity},
        "UnitPrice": {"N": price},
    }


def a_summary(invoice: str, lines: str, units: str, amount: str) -> dict[str, Any]:
    sums = {"Lines": {"N": lines}, "Units": {"N": units}, "Amount": {"N": amount}}
    return {"CustomerID": {"N": "7"}, "InvoiceNo": {"S": invoice}, **sums}


def test_a_summary_that_is_missing_or_differs_from_its_lines_is_found() -> None:
    lines = [a_line("C5", "2", "0.5"), a_line("C5", "1", "3")]
    assert wrong_summaries(lines, [a_summary("C5", "2", "3", "4")]) == (0, 0)
    assert wrong_summaries(lines, [a_summary("C5", "1", "2", "1")]) == (1, 0)
    assert wrong_summaries(lines, []) == (1, 0)
    assert wrong_summaries([], [a_summary("C5", "2", "3", "4")]) == (0, 1)
