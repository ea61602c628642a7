"""The raw objects of one partition and epoch, read in order and compared with their own metadata."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

import msgspec

from commerce import raw
from commerce.paths import RawKey, raw_key
from commerce.raw import NO_TIMESTAMP, Extent, RawLine
from operations.reconcile.findings import Findings


class Fetched(msgspec.Struct, frozen=True):
    """A fetched raw object: key, metadata, body."""

    key: RawKey
    metadata: dict[str, str]
    body: bytes


class Gap(msgspec.Struct, frozen=True):
    """Offsets of a partition, `first` to before `end`, that no raw object holds although later ones are held."""

    epoch: int
    partition: int
    first: int
    end: int

    def __str__(self) -> str:
        return f"epoch {self.epoch}, partition {self.partition}, offsets {self.first:,} to {self.end - 1:,}"


class Chain:
    """Follows the objects of one partition and epoch, in the order of their first offsets.

    What contradicts itself goes to `faults`, offsets that lie between two objects to `gaps`. Afterwards `next_offset`
    is where the chain ends.
    """

    def __init__(self, partition: int, epoch: int, faults: Findings) -> None:
        self.gaps: list[Gap] = []
        self.next_offset = 0
        self._greatest = NO_TIMESTAMP
        self._partition = partition
        self._epoch = epoch
        self._faults = faults

    def lines(self, objects: Iterable[Fetched]) -> Iterator[RawLine]:
        """The messages of the objects, each offset once; an object that cannot be read has none."""
        for fetched in objects:
            self.reach(fetched.key.first_offset)
            held = self._checked(fetched)
            repeated = sum(line.offset < self.next_offset for line in held)
            if repeated:
                self._faults.add(f"{fetched.key}: {repeated} of its messages are in an earlier object too")
            yield from (line for line in held if line.offset >= self.next_offset)
            self.next_offset = max([self.next_offset, *(line.offset + 1 for line in held[-1:])])

    def reach(self, offset: int) -> None:
        """Require the chain to go up to this offset: offsets missing there are a gap."""
        if offset > self.next_offset:
            self.gaps.append(Gap(self._epoch, self._partition, self.next_offset, offset))

    def _checked(self, fetched: Fetched) -> list[RawLine]:
        try:
            held = list(raw.lines(fetched.body))
        except (OSError, EOFError, zlib.error, msgspec.DecodeError, ValueError) as error:
            self._faults.add(f"{fetched.key}: its body cannot be read: {error}")
            return []
        self._faults.add_all(f"{fetched.key}: {fault}" for fault in self._contradictions(fetched, held))
        return sorted({line.offset: line for line in held}.values(), key=lambda line: line.offset)

    def _contradictions(self, fetched: Fetched, held: list[RawLine]) -> Iterator[str]:
        """Every contradiction between an object's key, metadata and body."""
        if not held:
            yield "it holds no message"
            return
        if any(before.offset >= after.offset for before, after in pairwise(held)):
            yield "its offsets do not rise"
        if any(line.partition != self._partition for line in held):
            yield "it holds messages of another partition"
        first = held[0]
        named = raw_key(fetched.key.topic, self._partition, self._epoch, first.offset, first.timestamp)
        if named != fetched.key:
            yield f"its first message belongs under {named}"
        self._greatest = max(self._greatest, *(line.timestamp for line in held), first.timestamp)
        sha256 = hashlib.sha256(fetched.body).hexdigest()
        has = Extent(held[-1].offset + 1, len(held), sha256, first.timestamp, self._greatest)
        yield from _differences(fetched.metadata, has)


def _differences(metadata: dict[str, str], has: Extent) -> Iterator[str]:
    """Every value in an object's metadata that its body contradicts."""
    try:
        says = Extent.of(metadata)
    except (KeyError, msgspec.ValidationError) as error:
        yield f"its metadata cannot be read: {error}"
        return
    for name in Extent.__struct_fields__:
        if getattr(says, name) != getattr(has, name):
            yield f"its metadata says {name} {getattr(says, name)}, its body {getattr(has, name)}"


def unaccounted(gap: Gap, topic_start: int, given_up: Iterable[tuple[int, int]]) -> list[Gap]:
    """The parts of a gap that nothing explains: they were filed and are gone, or were never filed.

    Offsets that the topic still holds are compared one by one elsewhere, and what an operator gave up may lack.
    """
    if gap.first >= topic_start:
        return []
    return without(msgspec.structs.replace(gap, end=min(gap.end, topic_start)), given_up)


def without(gap: Gap, spans: Iterable[tuple[int, int]]) -> list[Gap]:
    """The parts of a gap outside of these spans, each from its first offset to before its end.

    >>> [(part.first, part.end) for part in without(Gap(1, 0, 10, 40), [(0, 12), (20, 30)])]
    [(12, 20), (30, 40)]
    """
    found, first = [], gap.first
    for start, end in sorted(spans):
        if first < min(start, gap.end):
            found.append(Gap(gap.epoch, gap.partition, first, min(start, gap.end)))
        first = max(first, end)
    return [*found, Gap(gap.epoch, gap.partition, first, gap.end)] if first < gap.end else found
