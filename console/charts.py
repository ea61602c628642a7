"""Figures as bars in a terminal, one row a line."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from commerce.errors import TillstreamError

WIDTH: Final = 40
"""Characters of the longest bar."""

_SHORTEST: Final = 8
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


class NoFigures(TillstreamError):
    """A result without figures to chart; the message says why."""


def bars(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int = WIDTH, line: int | None = None
) -> Iterator[str]:
    """One line a row: the first column as its name, a bar of the last column's size, and that figure.

    A figure below zero has a bar of dots; one that is missing has none. `line` is the room for all of it, in which the
    bars become shorter. Raises `NoFigures`.

    >>> list(bars(["day", "net"], [["Mon", 4], ["Tue", -2], ["Wed", None]], width=8))
    ['Mon  ████████  4', 'Tue  ····      -2', 'Wed            –']
    """
    if len(columns) < 2:
        raise NoFigures(f"a chart needs two columns, a name and a figure: there is {', '.join(columns)}")
    figures = [_figure(row[-1], columns[-1]) for row in rows]
    names = ["–" if row[0] is None else str(row[0]) for row in rows]
    greatest = max((abs(figure) for figure in figures if figure is not None), default=Decimal(0)) or Decimal(1)
    labels = ["–" if figure is None else f"{figure:,}" for figure in figures]
    widest = max(map(len, names), default=0)
    if line is not None:
        width = max(_SHORTEST, min(width, line - widest - max(map(len, labels), default=0) - 4))
    for name, figure, shown in zip(names, figures, labels, strict=True):
        yield f"{name:{widest}}  {_bar(figure, greatest, width):{width}}  {shown}"


def _figure(value: Any, column: str) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise NoFigures(f"a chart needs figures in its last column, {column}, which holds {value!r}")
    return Decimal(str(value))


def _bar(figure: Decimal | None, greatest: Decimal, width: int) -> str:
    if figure is None:
        return ""
    eighths = int(abs(figure) * width * 8 / greatest)
    if figure < 0:
        return "·" * (eighths // 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
