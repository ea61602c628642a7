"""Things that are wrong, all counted, the first of them kept as examples."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 1_000


@dataclass(slots=True)
class Findings:
    """How many, and the first thousand in words."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """One more."""
        self.count += 1
        if len(self.examples) < KEPT:
            self.examples.append(what)

    def add_all(self, these: Iterable[str]) -> None:
        """Each of these."""
        for what in these:
            self.add(what)
