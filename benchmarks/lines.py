"""Reading a file into checked, identified lines, beside the csv module alone and a hand-written pydantic model."""

import csv
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from statistics import median
from time import process_time

from pydantic import BaseModel

from benchmarks.report import Result, show
from benchmarks.rows import files, lines
from commerce import wire
from commerce.files.documents import Entry, order_lines


class PydanticLine(BaseModel):
    """A user's hand-written model of an afternoon."""

    InvoiceNo: str
    StockCode: str
    Description: str | None
    Quantity: int
    InvoiceDate: datetime
    UnitPrice: Decimal
    CustomerID: float | None
    Country: str


def measure() -> None:
    """Show both comparisons."""
    show(
        "CSV → order lines, rows/s of one core's time",
        interleaved(
            {
                "ours: to the wire form, with id": partial(_ours, Entry.wire),
                "ours: to the line, with id": partial(_ours, bool),
                "csv.DictReader + pydantic model": _pydantic,
                "limit: csv.reader alone": _bare,
            }
        ),
    )
    encoded = [wire.encode(line) for line in lines()]
    show(
        "a message → an order line, rows/s of one core's time",
        interleaved(
            {
                "ours: decode, check every field and the id": partial(_count, wire.decode, encoded),
                "pydantic model_validate_json, no identity": partial(_count, PydanticLine.model_validate_json, encoded),
            }
        ),
    )


def interleaved(ways: Mapping[str, Callable[[], int]], rounds: int = 5) -> list[Result]:
    """Each way's rows a second of CPU time: the median of rounds in which all ways follow each other, the first apart.

    The first pass meets every invoice and product for the first time.
    """
    rates = [{name: _rate(read) for name, read in ways.items()} for _ in range(1 + rounds)]
    found = {name: [rate[name] for rate in rates] for name in ways}
    return [
        Result(
            name,
            median(later),
            {"rounds": f"{min(later):,.0f} – {max(later):,.0f}", "first pass": f"{first:,.0f}"},
        )
        for name, (first, *later) in found.items()
    ]


def _rate(read: Callable[[], int]) -> float:
    began = process_time()
    rows = read()
    return rows / (process_time() - began)


def _count(read: Callable[[bytes], object], values: Sequence[bytes]) -> int:
    for value in values:
        read(value)
    return len(values)


def _ours(take: Callable[[Entry], object]) -> int:
    rows = 0
    for path in files():
        with path.open("rb") as document:
            for entry in order_lines(path.name, document):
                take(entry)
                rows += 1
    return rows


def _pydantic() -> int:
    rows = 0
    for path in files():
        with path.open(encoding="utf-8", errors="replace", newline="") as document:
            for row in csv.DictReader(document):
                PydanticLine.model_validate({name: cell or None for name, cell in row.items()})
                rows += 1
    return rows


def _bare() -> int:
    rows = 0
    for path in files():
        with path.open(encoding="latin-1", newline="") as document:
            rows += sum(1 for _ in csv.reader(document)) - 1
    return rows
