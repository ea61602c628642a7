"""A count of faults, with the first of them as examples."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from commerce.lines import OrderLine

KEPT: Final = 1_000


@dataclass(slots=True)
class Findings:
    """The number of findings, and the text of the first 1,000."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """Count one finding; keep its text if fewer than 1,000 are kept."""
        self.count += 1
        if len(self.examples) < KEPT:
            self.examples.append(what)

    def add_all(self, these: Iterable[str]) -> None:
        """Count each of these findings."""
        for what in these:
            self.add(what)


def erased_line(line: OrderLine) -> str:
    """The finding of a line that was erased and is there; it names no more than the record of the erasure does."""
    return f"{line.LineId} was erased, and is there"
