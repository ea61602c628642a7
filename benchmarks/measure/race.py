"""Rounds in which all ways follow each other, so that each ratio is of two ways under the same load."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar

from benchmarks.measure.watch import Watch, watching
from benchmarks.report.results import Comparison, Kind, Measure, Sample, Way
from local.errors import LocalError

Size = Literal["gate", "bench", "full"]
"""How much is measured: for the gate in three minutes, for a page in twenty, or in full."""

ROUNDS: Final[Mapping[Size, int]] = {"gate": 3, "bench": 3, "full": 3}

Thing = TypeVar("Thing")


class PeerFailed(Exception):
    """A peer did not do its work; says why. The other ways of the comparison go on."""


@dataclass(frozen=True, slots=True)
class Took:
    """The rows of one sample, its seconds if only a part of its time counts, and further figures by name."""

    rows: int
    seconds: float | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entrant:
    """A way that takes part in a race."""

    name: str
    kind: Kind
    run: Callable[[], Took]


class Race:
    """One comparison while it is measured."""

    def __init__(self, name: str, title: str, *, by: Measure = "rate", watched: bool = True) -> None:
        """Without `watched` no process is looked at, which costs a few milliseconds each time."""
        self.comparison = Comparison(name, title, by=by)
        self._watched = watched

    def round(self, number: int, entrants: Sequence[Entrant]) -> None:
        """Run all of them once; each round begins with another one."""
        for entrant in rotated(entrants, number):
            self.run(entrant)
        order = [entrant.name for entrant in entrants]
        self.comparison.ways.sort(key=lambda way: order.index(way.name))

    def run(self, entrant: Entrant) -> None:
        """Run it once; the failure of a peer is noted, and any other is raised."""
        way = self._way(entrant)
        began = time.perf_counter()
        try:
            with watching() if self._watched else nullcontext(Watch()) as watch:
                took = entrant.run()
        except (PeerFailed, LocalError) as error:
            if entrant.kind != "peer":
                raise
            way.samples.append(None)
            way.failures.append(str(error))
            print(f"    {entrant.name}: failed: {error}", flush=True)
            return
        seconds = time.perf_counter() - began if took.seconds is None else took.seconds
        sample = Sample(took.rows, seconds, watch.usages(), took.figures)
        way.samples.append(sample)
        print(f"    {entrant.name}: {sample.rate:,.0f} rows/s", flush=True)

    def _way(self, entrant: Entrant) -> Way:
        for way in self.comparison.ways:
            if way.name == entrant.name:
                return way
        way = Way(entrant.name, entrant.kind)
        self.comparison.ways.append(way)
        return way


def rotated(things: Sequence[Thing], by: int) -> Iterator[Thing]:
    """The things in their order, beginning with another one.

    >>> "".join(rotated("abc", 4))
    'bca'
    """
    at = by % len(things) if things else 0
    yield from [*things[at:], *things[:at]]


def race(
    name: str, title: str, entrants: Sequence[Entrant], rounds: int, *, by: Measure = "rate", watched: bool = True
) -> Comparison:
    """The comparison of ways that need no platform of their own for each round."""
    running = Race(name, title, by=by, watched=watched)
    for number in range(rounds):
        running.round(number, entrants)
    return running.comparison
