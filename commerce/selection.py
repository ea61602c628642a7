"""The selection of rows, the same for replay and for reconcile (its options: console.selections)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from commerce.errors import InvalidSelection

if TYPE_CHECKING:  # a command's --help asks for the options alone
    from commerce.files.documents import Entry
    from commerce.lines import OrderLine

SomeEntry = TypeVar("SomeEntry", bound="Entry")


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows by day of InvoiceDate (`since` and `until`, both included), customer and invoice; None does not limit.

    `rows` is how many of the selected rows are meant, counted over all files in their order. A row that is refused
    belongs to no day, customer or invoice: it is always selected, so that no row goes uncounted.
    """

    rows: int | None = None
    since: date | None = None
    until: date | None = None
    customer: int | None = None
    invoice: str | None = None

    def __post_init__(self) -> None:
        if self.rows is not None and self.rows < 1:
            raise InvalidSelection(f"--rows must be at least 1, not {self.rows}")
        if self.since and self.until and self.since > self.until:
            raise InvalidSelection(f"--since {self.since} is after --until {self.until}: no row could be selected")

    @property
    def by_fields(self) -> bool:
        """Whether rows are selected by their fields: by day, customer or invoice."""
        return any(it is not None for it in (self.since, self.until, self.customer, self.invoice))

    def takes(self, line: "OrderLine") -> bool:
        """Whether the line is selected, as far as its fields decide."""
        day = line.InvoiceDate.date()
        return (
            (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
            and (self.customer is None or self.customer == line.CustomerID)
            and (self.invoice is None or self.invoice == line.InvoiceNo)
        )

    def select(self, entries: Iterable[SomeEntry]) -> Iterator[SomeEntry]:
        """The selected entries; `entries` run over all files, in order."""
        taken = 0
        for entry in entries:
            if entry.line is None or self.takes(entry.line):
                yield entry
                taken += 1
                if taken == self.rows:
                    return
