"""Tables that fit the terminal: nothing cut, no word and no figure broken."""

import io
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from console.answers import show
from console.tables import Sheet, console, fitted

TITLES = ["StockCode", "Description", "Quantity"]
ROWS = [["22423", "REGENCY CAKESTAND 3 TIER WITH A VERY LONG NAME", "1,200"], ["POST", "POSTAGE", "-1"]]


def drawn(sheet: object, width: int) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(sheet)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_with_room_a_row_is_a_line() -> None:
    assert drawn(Sheet(TITLES, ROWS, ["Quantity"]), 80) == [
        " StockCode  Description                                     Quantity",
        " 22423      REGENCY CAKESTAND 3 TIER WITH A VERY LONG NAME     1,200",
        " POST       POSTAGE                                               -1",
    ]


def test_with_less_room_texts_are_wrapped_between_words_and_figures_are_not() -> None:
    assert drawn(Sheet(TITLES, ROWS, ["Quantity"]), 40) == [
        " StockCode Description          Quantity",
        " 22423     REGENCY CAKESTAND 3     1,200",
        "           TIER WITH A VERY",
        "           LONG NAME",
        " POST      POSTAGE                    -1",
    ]


def test_with_no_room_at_all_a_row_is_a_block() -> None:
    assert drawn(Sheet(TITLES, ROWS, ["Quantity"]), 27) == [
        " – 1 –",
        " StockCode    22423",
        " Description  REGENCY",
        "              CAKESTAND 3",
        "              TIER WITH A",
        "              VERY LONG",
        "              NAME",
        " Quantity     1,200",
        " – 2 –",
        " StockCode    POST",
        " Description  POSTAGE",
        " Quantity     -1",
    ]


def test_what_may_be_shortened_is_so_before_a_row_becomes_a_block() -> None:
    sheet = Sheet(["a", "LineId"], [["x", "0123456789abcdef"]], shorter={"LineId": ("LineId[:4]", lambda it: it[:4])})
    assert drawn(sheet, 30) == [" a  LineId", " x  0123456789abcdef"]
    assert drawn(sheet, 15) == [" a  LineId[:4]", " x  0123"]


def test_brackets_are_text() -> None:
    assert drawn(Sheet(["a"], [["[red]SIGN[/red]"]]), 40) == [" a", " [red]SIGN[/red]"]


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=8).map(
        lambda pairs: [(max(pair), min(pair)) for pair in pairs]
    ),
    st.integers(0, 200),
)
def test_widths_fill_the_room_and_no_column_goes_below_its_least(pairs: Sequence[tuple[int, int]], room: int) -> None:
    natural, least = [wide for wide, _ in pairs], [narrow for _, narrow in pairs]
    widths = fitted(natural, least, room)
    if sum(least) > room:
        assert widths is None
    else:
        assert widths is not None
        assert sum(widths) == min(sum(natural), room)
        assert all(low <= width <= high for low, width, high in zip(least, widths, natural, strict=True))


def test_amounts_and_counts_have_their_thousands_apart_and_identifiers_have_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    columns = ["CustomerID", "year", "lines", "net", "share", "country"]
    show(
        columns,
        [(17850, 2010, 12345, Decimal("58635.560"), 1234.5, None), (None, None, -1, Decimal("-2"), 0.1, "EIRE")],
    )
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        " CustomerID  year   lines         net    share  country",
        "      17850  2010  12,345  58,635.560  1,234.5  –",
        "          –     –      -1          -2      0.1  EIRE",
    ]


def test_a_pipe_gets_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    long = " ".join(["word"] * 100)
    console().print(Sheet(["a", "b"], [[long, "x"]]))
    assert capsys.readouterr().out.splitlines()[1] == f" {long}  x"


def test_no_color_is_heeded_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = io.StringIO()
    Console(file=text, force_terminal=True, width=80).print(Sheet(["a"], [["x"]]), "[red]no[/red]")
    assert "\x1b[3" not in text.getvalue()
