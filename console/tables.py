"""Tables on the terminal: they fit any width, and are plain in a pipe.

Only texts are wrapped, between words. Where a table has no room even so, each row is shown as a block of its own, with
a line a column: nothing is cut, and no figure is broken.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from console.harmless import as_it_is, harmless

PLAIN_WIDTH: Final = 10_000
"""Columns of an output that is not a terminal: a pipe gets whole lines."""

_GAPS: Final = (2, 1)
"""Blanks between two columns: as many as fit."""

_MARGIN: Final = 1
_IDENTIFIERS: Final = re.compile(r"(customer|line|invoice)_?(id|no)|year|id", re.IGNORECASE)
"""Titles of columns whose numbers are names and get no thousands separator."""


class HarmlessConsole(Console):
    """A console that prints what a terminal would obey in a text as escapes."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        """The segments of what is printed; rich's own drawing is in segments with a control, which stay."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)


def console(*, stderr: bool = False) -> Console:
    """A console on stdout or stderr; without colours and 10,000 columns wide if that is not a terminal."""
    file = as_it_is(sys.stderr if stderr else sys.stdout)  # it escapes texts itself, and none of its own drawing
    made = HarmlessConsole(file=file, highlight=False)
    return made if made.is_terminal else HarmlessConsole(file=file, highlight=False, width=PLAIN_WIDTH, no_color=True)


def figure(value: float | Decimal, least_places: int = 0) -> str:
    """A number as every screen shows it: thousands separated, all its digits, and at least so many decimals.

    >>> figure(1234567), figure(Decimal("-58635.560")), figure(Decimal("2.1"), 2), figure(Decimal("2.555"), 2)
    ('1,234,567', '-58,635.560', '2.10', '2.555')
    """
    if isinstance(value, Decimal) and not value.is_finite():
        return str(value)
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    whole, _, places = text.partition(".")
    return text if len(places) >= least_places or "e" in text else f"{whole}.{places:0<{least_places}}"


def is_figure(value: Any) -> bool:
    """Whether a value is a number; true and false are not."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def is_identifier(column: str) -> bool:
    """Whether the numbers in a column of this title are names, such as ids and years.

    >>> is_identifier("CustomerID"), is_identifier("customer_id"), is_identifier("customers")
    (True, True, False)
    """
    return bool(_IDENTIFIERS.fullmatch(column))


class Sheet:
    """Rows of texts under titles, fitted to the width of the terminal.

    `right` are the titles of figures; they stand at the right and are never wrapped. `shorter` gives, by title, another
    title and what it shows of a text, for a terminal that has no room for all: the beginning of an id.
    """

    def __init__(
        self,
        titles: Sequence[str],
        rows: Sequence[Sequence[Text | str]],
        right: Collection[str] = (),
        shorter: Mapping[str, tuple[str, Callable[[str], str]]] | None = None,
    ) -> None:
        self._rows = [[_text(cell) for cell in row] for row in rows]
        self._titles, self._right, self._shorter = list(titles), right, shorter or {}

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich calls this with the available width."""
        yield self._table(options.max_width) or self._shortened()._table(options.max_width) or Group(*self._blocks())

    @property
    def natural_width(self) -> int:
        """The width of the table without wrapping, its columns as near as allowed."""
        return sum(map(_widest, self._columns())) + _MARGIN + _GAPS[-1] * (len(self._titles) - 1)

    def _columns(self) -> list[list[Text]]:
        return [[Text(title), *(row[number] for row in self._rows)] for number, title in enumerate(self._titles)]

    def _shortened(self) -> "Sheet":
        ways = [self._shorter.get(title, (title, None)) for title in self._titles]
        rows = [
            [shorter(cell.plain) if shorter else cell for cell, (_, shorter) in zip(row, ways, strict=True)]
            for row in self._rows
        ]
        return Sheet([title for title, _ in ways], rows, self._right)

    def _table(self, width: int) -> RenderableType | None:
        """The table, or None if the width is too small for it."""
        columns = self._columns()
        natural = [_widest(column) for column in columns]
        least = [
            wide if title in self._right else _longest_word(column)
            for title, column, wide in zip(self._titles, columns, natural, strict=True)
        ]
        for gap in _GAPS:
            widths = fitted(natural, least, width - _MARGIN - gap * (len(columns) - 1))
            if widths and (widths == natural or gap == _GAPS[-1]):
                return Padding(self._drawn(widths, gap), (0, 0, 0, _MARGIN), expand=False)
        return None

    def _drawn(self, widths: Sequence[int], gap: int) -> Table:
        table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
        for title, width in zip(self._titles, widths, strict=True):
            table.add_column(title, justify="right" if title in self._right else "left", width=width, overflow="fold")
        for row in self._rows:
            table.add_row(*row)
        return table

    def _blocks(self) -> Iterator[RenderableType]:
        """One block for each row, with one line for each column."""
        for number, row in enumerate(self._rows, 1):
            yield Text(f" – {number} –", "bold")
            block = Table.grid(padding=(0, 2, 0, 0))
            block.add_column(no_wrap=True)
            block.add_column(overflow="fold")
            for title, cell in zip(self._titles, row, strict=True):
                block.add_row(Text(title, "bold"), cell)
            yield Padding(block, (0, 0, 0, _MARGIN), expand=False)


def fitted(natural: Sequence[int], least: Sequence[int], room: int) -> list[int] | None:
    """The columns' widths in this room: the widest shrinks first, none below its least. None if they do not fit.

    >>> fitted([10, 30, 20], [10, 8, 12], 50)
    [10, 20, 20]
    >>> fitted([10, 30, 20], [10, 8, 12], 29)
    """
    widths = list(natural)
    while sum(widths) > room:
        able = [number for number, width in enumerate(widths) if width > least[number]]
        if not able:
            return None
        widths[max(able, key=widths.__getitem__)] -= 1
    return widths


def _text(cell: Text | str) -> Text:
    """The cell as it is shown: escaped here already, where its width is not yet measured."""
    # Text: a description may hold square brackets, which are not markup
    return Text(harmless(cell.plain), cell.style) if isinstance(cell, Text) else Text(harmless(cell))


def _widest(column: Sequence[Text]) -> int:
    return max((cell_len(line) for text in column for line in text.plain.splitlines()), default=0)


def _longest_word(column: Sequence[Text]) -> int:
    return max((cell_len(word) for text in column for word in text.plain.split()), default=0)
