"""The scope of a reconciliation: which lines it judges, the same in every hop."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from commerce.erasures import NOTHING
from commerce.lines import OrderLine
from commerce.selection import Selection
from operations.reconcile.lines import LineSet


@dataclass(frozen=True, slots=True)
class Scope:
    """The days (of InvoiceDate) of the selected rows; with a customer or an invoice, only theirs.

    `only`, from a selection of the first N rows, judges those very lines and nothing beside them. Lines that were
    `erased` are in no scope: they are expected nowhere.
    """

    days: frozenset[date]
    customer: int | None = None
    invoice: str | None = None
    only: LineSet | None = None
    erased: Collection[str] = NOTHING

    def covers(self, line: OrderLine) -> bool:
        """Whether the line is judged."""
        return (
            line.InvoiceDate.date() in self.days
            and (self.customer is None or self.customer == line.CustomerID)
            and (self.invoice is None or self.invoice == line.InvoiceNo)
            and (self.only is None or line.LineId in self.only)
            and line.LineId not in self.erased
        )

    @property
    def is_open(self) -> bool:
        """Whether lines of any invoice may be in the scope."""
        return self.customer is None and self.invoice is None and self.only is None

    @property
    def judges_surplus(self) -> bool:
        """Whether a line that the files do not hold is a fault."""
        return self.only is None


def scope_of(selection: Selection, days: frozenset[date], lines: LineSet, erased: Collection[str] = NOTHING) -> Scope:
    """The scope of a selection that chose these lines of these days."""
    return Scope(days, selection.customer, selection.invoice, lines if selection.rows is not None else None, erased)
