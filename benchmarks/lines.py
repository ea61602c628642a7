"""Reading a file into checked, identified lines, beside the csv module alone and a hand-written pydantic model."""

import csv
from datetime import datetime
from decimal import Decimal
from functools import partial

from pydantic import BaseModel

from benchmarks.report import Result, best, rate, show
from benchmarks.rows import files, lines
from commerce import wire
from commerce.files.documents import order_lines


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
    reading = [("ours", _ours), ("csv.DictReader + pydantic model", _pydantic), ("limit: csv.reader alone", _bare)]
    show(
        "CSV → order lines, rows/s on one core", [Result(name, best(3, partial(rate, read))) for name, read in reading]
    )
    encoded = [wire.encode(line) for line in lines()]
    coding = [
        ("ours: decode, check every field and the id", lambda: sum(1 for value in encoded if wire.decode(value))),
        (
            "pydantic model_validate_json, no identity",
            lambda: sum(1 for v in encoded if PydanticLine.model_validate_json(v)),
        ),
    ]
    show(
        "a message → an order line, rows/s on one core",
        [Result(name, best(3, partial(rate, read))) for name, read in coding],
    )


def _ours() -> int:
    rows = 0
    for path in files():
        with path.open("rb") as document:
            rows += sum(1 for _ in order_lines(path.name, document))
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
