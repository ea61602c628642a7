"""The messages of one partition in two places, paired by offset."""

from collections.abc import Iterator

from commerce.raw import RawLine

DeliveryPair = tuple[RawLine | None, RawLine | None]


def pairs(left: Iterator[RawLine], right: Iterator[RawLine]) -> Iterator[DeliveryPair]:
    """Each offset's message on either side, in order (None if missing); both sides must rise in their offsets."""
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours.offset < theirs.offset):
            yield ours, None
            ours = next(left, None)
        elif ours is None or theirs.offset < ours.offset:
            yield None, theirs
            theirs = next(right, None)
        else:
            yield ours, theirs
            ours, theirs = next(left, None), next(right, None)
