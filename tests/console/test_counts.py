"""A sentence of a terminal says one line, and two lines."""

from console.counts import counted


def test_one_is_singular() -> None:
    assert [counted(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]


def test_a_plural_of_its_own_is_given() -> None:
    assert [counted(count, "batch", "batches") for count in (1, 1_000)] == ["1 batch", "1,000 batches"]
