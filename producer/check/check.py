"""A dry run of a replay: every problem of the files, and a summary of the requests, without sending any.

Memory stays flat: problems are kept by field and rule, each with the first lines at which it stands.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from commerce.errors import InvalidSelection, SuspectDates, UnreadableDocument
from commerce.files.documents import order_lines
from commerce.lines import amount_thousandths, plain
from commerce.selection import Selection
from console.files import opened
from console.forms import Forms
from producer.missing_words import MissingWords
from producer.replay.pace import event_span, rows_a_request
from producer.replay.plan import Batch, Row, batches, rows_of
from producer.suggestion.hints import map_lines, mostly_refused

MOST_PLACES: Final = 3
"""The number of places listed for each problem."""


class Problem(msgspec.Struct):
    """One rule that rows of the files break: how many rows, the first places, and the value at the first of them."""

    field: str
    rule: str
    value: str
    rows: int = 0
    first: list[str] = []


class Sending(msgspec.Struct):
    """Figures of the requests of a replay: lines, copies, requests, bytes, first and last day, total amount."""

    lines: int = 0
    copies: int = 0
    requests: int = 0
    bytes: int = 0
    first_date: datetime | None = None
    last_date: datetime | None = None
    amount: Any = plain(0)


class Checked(msgspec.Struct):
    """The findings of a check. `unreadable` holds a sentence for each file that could not be read, or not to its end.

    `map_lines` are what a map must say for some of them to be read; `missing_words` tell of words such as NA.
    """

    files: int = 0
    rows: int = 0
    refused: int = 0
    unreadable: list[str] = []
    map_lines: list[str] = []
    missing_words: list[str] = []
    notes: list[str] = []
    problems: list[Problem] = []
    sending: Sending = msgspec.field(default_factory=Sending)
    columns: list[Any] = []


class Check:
    """Reads files as a replay would, and collects the result in `found`. Every row is also passed to `see`."""

    def __init__(self, files: Sequence[Path], forms: Forms, see: Callable[[Row], None]) -> None:
        self.found = Checked(files=len(files))
        self._files = files
        self._forms = forms
        self._see = see
        self._words = MissingWords()
        self._problems: dict[tuple[str, str], Problem] = {}

    def read(self, selection: Selection, size: int, rate: float | None, speedup: float | None) -> Checked:
        """Read every file to its end, or to where it cannot be read further."""
        every = self._rows()
        settled = [0] * len(self._files)
        for batch in batches(selection.select(every), settled, rows_a_request(size, rate), event_span(speedup)):
            self._note_batch(batch)
        for _ in every:  # behind the last row that is selected there may be problems too
            pass
        self.found.problems = sorted(self._problems.values(), key=lambda problem: -problem.rows)
        self.found.missing_words = self._words.sentences()
        refused_rows: Counter[str] = Counter()
        for problem in self.found.problems:
            refused_rows[problem.field] += problem.rows
        columns = mostly_refused(refused_rows, self.found.rows)
        mending = map_lines(((problem.field, problem.value) for problem in self.found.problems), columns)
        self.found.map_lines += [line for line in mending if line not in self.found.map_lines]
        return self.found

    def _rows(self) -> Iterator[Row]:
        for index, file in enumerate(self._files):
            try:
                with opened(file) as (name, document):
                    form = self._forms.of(file)
                    entries = order_lines(name, document, form, self.found.notes.append, self._words.columns)
                    yield from self._seen(name, rows_of(index, entries), form.missing)
            except (UnreadableDocument, InvalidSelection) as error:
                self.found.unreadable.append(str(error))
                if isinstance(error, SuspectDates) and error.map_line not in ("", *self.found.map_lines):
                    self.found.map_lines.append(error.map_line)

    def _seen(self, name: str, rows: Iterable[Row], missing: frozenset[str]) -> Iterator[Row]:
        for row in rows:
            self._words.add(row, missing)
            self.found.rows += 1
            self._see(row)
            if row.line is None:
                self.found.refused += 1
                self._note_refused(name, row)
            yield row

    def _note_refused(self, name: str, row: Row) -> None:
        for error in row.errors:
            problem = self._problems.get((error.field, error.rule))
            if problem is None:
                problem = self._problems[error.field, error.rule] = Problem(error.field, error.rule, error.value, 0, [])
            problem.rows += 1
            if len(problem.first) < MOST_PLACES:
                problem.first.append(f"{row.within(name)}, line {row.line_number}")

    def _note_batch(self, batch: Batch) -> None:
        sending, lines = self.found.sending, [shipment.line for shipment in batch.shipments]
        if not lines:
            return
        sending.lines += len(lines)
        sending.copies += sum(line.Occurrence > 1 for line in lines)
        sending.requests += 1
        sending.bytes += sum(len(shipment.wire) + 1 for shipment in batch.shipments) + 1
        dates = [line.InvoiceDate for line in lines]
        sending.first_date = min(dates if sending.first_date is None else [sending.first_date, *dates])
        sending.last_date = max(dates if sending.last_date is None else [sending.last_date, *dates])
        thousandths = int(sending.amount.scaleb(3)) + sum(map(amount_thousandths, lines))
        sending.amount = plain(thousandths)
