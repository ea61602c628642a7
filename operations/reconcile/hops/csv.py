"""The hop `csv`: the selected lines of the files, which every other hop is compared with."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from commerce.erasures import NOTHING
from commerce.errors import InvalidSelection
from commerce.files.documents import Entry, order_lines
from commerce.selection import Selection
from console.files import opened
from console.forms import PLAIN_FORMS, Forms
from operations.reconcile.lines import LineCounter, LineSet

MOST_NAMED: Final = 2_000
"""The number of invoices above which one scan is cheaper than a query for each."""


class FilesHeld(msgspec.Struct, frozen=True):
    """The selected rows: their lines, how many were refused, their days, and the invoices they are of.

    `invoices` are all, or `MOST_NAMED` of them and one. LineIds are counted within a file, so a line that is repeated
    stands in more than one file. The `erased` rows, whose lines are expected nowhere, are counted beside the others.
    """

    lines: LineSet
    rejected: int
    days: frozenset[date]
    invoices: frozenset[str]
    erased: int = 0


def entries(files: Sequence[Path], forms: Forms = PLAIN_FORMS) -> Iterator[Entry]:
    """Every row of the files, in order; raises `UnreadableDocument` naming file and line."""
    for file in files:
        with opened(file) as (name, document):
            yield from order_lines(name, document, forms.of(file))


def held(rows: Iterable[Entry], selection: Selection, erased: Collection[str] = NOTHING) -> FilesHeld:
    """The selected lines of these rows; raises `InvalidSelection` if there is none."""
    counter, rejected, gone = LineCounter(), 0, 0
    days: set[date] = set()
    invoices: set[str] = set()
    for entry in selection.select(rows):
        line = entry.line
        if line is None:
            rejected += 1
            continue
        days.add(line.InvoiceDate.date())
        if line.LineId in erased:
            gone += 1
            continue
        counter.add(line)
        if len(invoices) <= MOST_NAMED:
            invoices.add(line.InvoiceNo)
    if not days and not rejected:
        raise InvalidSelection("no row of these files is selected, so there is nothing to reconcile")
    return FilesHeld(counter.settle(), rejected, frozenset(days), frozenset(invoices), gone)


def places(files: Sequence[Path], line_ids: Collection[str], forms: Forms = PLAIN_FORMS) -> dict[str, str]:
    """The first place of each of these lines in the files: file and line number, by LineId."""
    found: dict[str, str] = {}
    for file in files:
        for entry in entries([file], forms):
            if entry.line is not None and entry.line.LineId in line_ids:
                found.setdefault(entry.line.LineId, f"{entry.within(str(file))}, line {entry.line_number}")
                if len(found) == len(line_ids):
                    return found
    return found
