"""The order in which a task writes: some thousand lines at a time, and each invoice's summary after its lines."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from commerce.lines import OrderLine

LINES: Final = 1_000
"""Lines of a chunk: enough for a task's requests in flight, and a few hundred kilobytes."""


class Chunk(msgspec.Struct, frozen=True):
    """Lines to put at once, in the order of their ids, and the invoices that are complete with them."""

    lines: list[OrderLine]
    whole: list[str]


def chunks(lines: Iterable[OrderLine], size: int = LINES) -> Iterator[Chunk]:
    """The lines in chunks, each line once.

    They must come with an invoice's lines together, in the order of LineId. LineIds are hashes: ordered by them, the
    lines of a chunk's invoices are shuffled, so that no partition of the table takes all of a chunk's requests in turn.
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
            yield _chunk(pending, whole)
            pending, whole = [], []
        pending.append(line)
        invoice_no, line_id = line.InvoiceNo, line.LineId
    if invoice_no is not None:
        yield _chunk(pending, [*whole, invoice_no])


def _chunk(lines: list[OrderLine], whole: list[str]) -> Chunk:
    return Chunk(sorted(lines, key=lambda line: line.LineId), whole)
