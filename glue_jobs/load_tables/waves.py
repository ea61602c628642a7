"""The order in which a task writes: some thousand lines at a time, and each invoice's summary after its lines."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from commerce.lines import OrderLine

LINES: Final = 1_000
"""Lines of a wave: enough for a task's requests in flight, and a few hundred kilobytes."""


class Wave(msgspec.Struct, frozen=True):
    """Lines to put at once, in the order of their ids, and the invoices that are whole once they are put."""

    lines: list[OrderLine]
    whole: list[str]


def waves(lines: Iterable[OrderLine], size: int = LINES) -> Iterator[Wave]:
    """The lines in waves, each line once.

    They must come with an invoice's lines together, in the order of LineId. LineIds are hashes: ordered by them, the
    lines of a wave's invoices are shuffled, so that no partition of the table takes all of a wave's requests in turn.
    """
    pending: list[OrderLine] = []
    whole: list[str] = []
    invoice_no = line_id = None
    for line in lines:
        if line.LineId == line_id:
            continue
        if invoice_no is not None and line.InvoiceNo != invoice_no:
            whole.append(invoice_no)
        if len(pending) >= size:
            yield _wave(pending, whole)
            pending, whole = [], []
        pending.append(line)
        invoice_no, line_id = line.InvoiceNo, line.LineId
    if invoice_no is not None:
        yield _wave(pending, [*whole, invoice_no])


def _wave(lines: list[OrderLine], whole: list[str]) -> Wave:
    return Wave(sorted(lines, key=lambda line: line.LineId), whole)
