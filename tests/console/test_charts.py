"""Bars in a terminal."""

from datetime import date
from decimal import Decimal

import pytest

from console.charts import NoFigures, bars


def test_bars_are_as_long_as_their_figures_are_great() -> None:
    rows = [[date(2010, 12, 1), 7, Decimal("46376.490")], [date(2010, 12, 2), 3, Decimal("23188.245")]]
    assert list(bars(["day", "invoices", "net"], rows, width=16)) == [
        "2010-12-01  ████████████████  46,376.490",
        "2010-12-02  ████████          23,188.245",
    ]


def test_a_part_of_a_character_is_drawn_in_eighths() -> None:
    assert [line.split()[1] for line in bars(["a", "b"], [["x", 16], ["y", 3]], width=2)] == ["██", "▍"]


def test_nothing_but_zeros_has_no_bars_and_no_rows_no_lines() -> None:
    assert list(bars(["a", "b"], [["x", 0]], width=3)) == ["x       0"]
    assert list(bars(["a", "b"], [], width=3)) == []


@pytest.mark.parametrize(
    ("columns", "row", "says"),
    [(["net"], [3], "two columns"), (["day", "country"], [1, "France"], "country, which holds 'France'")],
)
def test_what_has_no_figures_is_refused_by_name(columns: list[str], row: list[object], says: str) -> None:
    with pytest.raises(NoFigures, match=says):
        list(bars(columns, [row]))
