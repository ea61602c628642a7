"""A sample of a batch's lines, by which a later run checks whether the tables still hold them. Pure.

LineIds are hashes: the lines with the smallest ones are a fair sample, the same whoever takes it, and the sample of a
whole is found in the samples of its parts.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

import msgspec

from commerce.keys import invoice_number
from commerce.lines import OrderLine

LINES: Final = 1_000
"""Lines in a batch's sample; a smaller batch has all its lines in it."""

BATCHES: Final = 100
"""Batches that a run checks: half of them the newest, half at random."""

KEYS: Final = 10_000
"""Lines that a run looks up, over all batches: 100 requests, about 0.0025 dollars with the summaries' keys."""


class Sampled(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A sampled line's keys in both tables."""

    line_id: str
    invoice_no: str
    stock_code: str
    customer_id: int | None

    @property
    def line_key(self) -> dict[str, dict[str, str]]:
        """The line's key in the Invoices table."""
        key = f"{self.invoice_no}#{self.stock_code}#{self.line_id}"
        return {"InvoiceNo": {"N": str(invoice_number(self.invoice_no))}, "LineKey": {"S": key}}

    @property
    def summary_key(self) -> tuple[int, str] | None:
        """Customer and invoice, the key of the summary in the Customers table; None without a customer."""
        return None if self.customer_id is None else (self.customer_id, self.invoice_no)


class Sample:
    """The `size` lines with the smallest LineIds of those that were added."""

    def __init__(self, size: int = LINES) -> None:
        self._size = size
        self._kept: list[Sampled] = []
        self._greatest = "g"  # above every hex digit

    def add(self, lines: Iterable[OrderLine]) -> None:
        """Add lines, each once."""
        self._kept += [
            Sampled(line.LineId, line.InvoiceNo, line.StockCode, line.CustomerID)
            for line in lines
            if line.LineId < self._greatest
        ]
        self._kept = smallest(self._kept, self._size)
        if len(self._kept) == self._size:
            self._greatest = self._kept[-1].line_id

    @property
    def lines(self) -> list[Sampled]:
        """The sample, by LineId."""
        return self._kept


def smallest(sampled: Iterable[Sampled], size: int = LINES) -> list[Sampled]:
    """The sample of all lines behind these samples together."""
    return sorted(sampled)[:size]


def chosen(batches: Sequence[str], random: Random, most: int = BATCHES) -> list[str]:
    """The batches that a run checks, by id: the newest, and as many of the others at random.

    >>> chosen(["a", "b", "c"], Random())
    ['a', 'b', 'c']
    """
    batches = sorted(batches)
    if len(batches) <= most:
        return batches
    others, newest = batches[: -(most // 2)], batches[-(most // 2) :]
    return sorted(random.sample(others, most - len(newest))) + newest
