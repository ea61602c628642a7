"""Bringing the messages of two places together by offset."""

from hypothesis import given
from hypothesis import strategies as st

from commerce.raw import RawLine
from operations.reconcile.pairs import pairs

offsets = st.lists(st.integers(0, 30), unique=True).map(sorted)


@given(offsets, offsets)
def test_each_offset_comes_once_with_what_each_side_has_of_it(left: list[int], right: list[int]) -> None:
    ours, theirs = (
        [RawLine(0, offset, 0, None, None, side) for offset in of] for of, side in ((left, b"l"), (right, b"r"))
    )
    expected = [
        (
            RawLine(0, at, 0, None, None, b"l") if at in left else None,
            RawLine(0, at, 0, None, None, b"r") if at in right else None,
        )
        for at in sorted({*left, *right})
    ]
    assert list(pairs(iter(ours), iter(theirs))) == expected
