"""The errors that Tillstream raises on purpose.

TillstreamError
├── InvalidRow           the row is wrong: refuse it, never try again
├── UnreadableDocument   the file or body cannot be read as rows at all
│   ├── NotCsv           it is in another format, such as JSON or Parquet
│   └── SuspectDates     its dates are day first, or of two forms: a map must say which
├── NoRoom               the folder of temporary files is full
├── InvalidSelection     the options of a selection contradict themselves
│   └── InvalidMap       a column map says what cannot be
├── MissingSetting       the deployment is wrong: fail at start-up
├── NoTarget             no platform was named and none runs here
├── ArchiveStalled       the raw archive must not go on without an operator
├── NewerRecord          stored data has a field that only a later version knows
├── StagedFileLost       a staged file is missing, or not what curate wrote
├── RowsLost             a store holds less than its ledger says was loaded
└── StatementFailed      the warehouse refused a statement, in its own words
    └── Conflict         another transaction was in its way: try again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LONGEST_SHOWN: Final = 60
_LONGEST_STATEMENT: Final = 200


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: its name, its value (shortened, as text) and the rule that it breaks."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field} {self.value}: {self.rule}"

    @property
    def without_value(self) -> str:
        """The field and its rule, for logs: a value may be a customer's, and so may a name that its sender made up."""
        return f"{self.known_field} {self.rule}"

    @property
    def known_field(self) -> str:
        """The field; `row` for a name that the sender made up, which stands here in quotes."""
        return self.field if self.field.isidentifier() else "row"


class TillstreamError(Exception):
    """The base of all errors that Tillstream raises on purpose.

    `exit_code` is the answer of a command that ends by it: 1 failed, 2 wrong use, 130 Ctrl-C.
    """

    exit_code = 1


class InvalidRow(TillstreamError):
    """A row that is not an order line; `errors` holds one entry a wrong field, all of them at once."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = tuple(errors)


class UnreadableDocument(TillstreamError):
    """A document whose rows cannot be found; the message says where and why."""

    exit_code = 2


class NotCsv(UnreadableDocument):
    """A document in another format; the message names it, and a command that makes a CSV of it if there is one."""


class SuspectDates(UnreadableDocument):
    """A document whose own rows prove that dates such as 1/12/2010 may mean another day than they seem to.

    `map_line` is what a map must say for it to be read; empty where no one form fits.
    """

    def __init__(self, message: str, map_line: str = "") -> None:
        super().__init__(message)
        self.map_line = map_line


class NoRoom(TillstreamError):
    """The folder of temporary files cannot hold what must be counted or compared."""

    exit_code = 2

    def __init__(self, what: str, why: object) -> None:
        """`what` could not be written there, in the plural, and the system's or library's reason."""
        from tempfile import gettempdir  # every function imports this module at its start, and none needs it

        super().__init__(
            f"{what} cannot be written to the folder of temporary files, {gettempdir()} ({why}): make room there, or "
            "name another folder by TMPDIR"
        )


class InvalidSelection(TillstreamError):
    """A selection of rows that contradicts itself."""

    exit_code = 2


class InvalidMap(InvalidSelection):
    """A column map with an error; the message names the file, the key and the reason."""


class MissingSetting(TillstreamError):
    """An environment variable that the deployable needs is absent or of the wrong type."""


class NoTarget(TillstreamError):
    """No platform is named, and none runs in this checkout."""

    exit_code = 2


class ArchiveStalled(TillstreamError):
    """The raw archive stops at a partition rather than lose or repeat a message; the message says what to do."""


class NewerRecord(TillstreamError):
    """Stored data has a value of a field that only a later version knows: read without it, it would be lost."""


class StagedFileLost(TillstreamError):
    """A staged file of a batch is missing, or is not what curate wrote; one line says which, how, and what to do."""


class RowsLost(TillstreamError):
    """A store lacks loaded lines; the message says how many, of which batches, and which command restores them."""


class StatementFailed(TillstreamError):
    """The warehouse refused a statement, or a transaction of several: none of it took effect.

    `reason` is the warehouse's own; `id` and `name` are the statement's, `sql` is the one that failed, where it is
    known.
    """

    def __init__(self, reason: str, *, id: str = "", name: str = "", sql: str = "") -> None:
        statement = f"{name} ({id})" if name and id else name or (id and f"statement {id}")
        where = f" in: {' '.join(sql.split())[:_LONGEST_STATEMENT]}" if sql else ""
        super().__init__(f"{statement}: {reason}{where}" if statement else reason + where)
        self.reason = reason
        self.id = id
        self.name = name
        self.sql = sql


class Conflict(StatementFailed):
    """Another transaction was in the way: the same statements may succeed when they are sent again."""


def shown(value: object) -> str:
    """The value in an error message: quoted, and shortened to 60 characters.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'"
    >>> shown(None)
    'null'
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_SHOWN else value[:_LONGEST_SHOWN] + "…")
    try:
        text = str(value)
    except RecursionError:  # it was read a little less deep in the stack than it would have to be written
        return "nested too deeply to be shown"
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
