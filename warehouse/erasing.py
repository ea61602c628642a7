"""The statements that erase lines from the warehouse in one transaction: all of them are gone afterwards, or no change.

The ledger gets an entry of its own, whose `lines_added` is negative: so its batches account for every row as before.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from warehouse.loading import LEDGER, TABLE, check, lock, text

LINES_A_TRANSACTION: Final = 30_000
LINES_A_STATEMENT: Final = 2_000
"""LineIds of one INSERT: a statement of the Data API has at most 100 kB."""

_ERASED: Final = "erased_lines"


def parts(erasure: str, lines: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """The erasure's LineIds by transactions, each with the id of its entry in the ledger.

    >>> list(parts("20101201T082600Z-0000", ["0a", "1b"]))
    [('erasure-20101201T082600Z-0000', ['0a', '1b'])]
    """
    for at in range(0, len(lines), LINES_A_TRANSACTION):
        suffix = f"-{at // LINES_A_TRANSACTION}" if at else ""
        yield f"erasure-{erasure}{suffix}", lines[at : at + LINES_A_TRANSACTION]


def statements(entry: str, lines: Sequence[str]) -> tuple[str, ...]:
    """The transaction that deletes these lines. The last but one says how many, by the rows that it changed."""
    standing = f"SELECT COUNT(*) FROM {TABLE} WHERE LineId IN (SELECT LineId FROM {_ERASED})"
    return (
        lock(),
        f"CREATE TEMP TABLE {_ERASED} (LineId VARCHAR(32))",
        *_inserts(lines),
        f"INSERT INTO {LEDGER} (batch, lines_staged, lines, lines_added, manifest, loaded_at) "
        f"SELECT {text(entry)}, 0, 0, 0, CAST(NULL AS VARCHAR(1024)), GETDATE() "
        f"WHERE NOT EXISTS (SELECT 1 FROM {LEDGER} WHERE batch = {text(entry)})",
        f"UPDATE {LEDGER} SET lines_added = lines_added - ({standing}) WHERE batch = {text(entry)}",
        f"DELETE FROM {TABLE} WHERE LineId IN (SELECT LineId FROM {_ERASED})",
        check(entry, "erased lines in the table", 0, f"FROM {TABLE} WHERE LineId IN (SELECT LineId FROM {_ERASED})"),
    )


def _inserts(lines: Sequence[str]) -> Iterator[str]:
    for at in range(0, len(lines), LINES_A_STATEMENT):
        values = ", ".join(f"({text(line_id)})" for line_id in lines[at : at + LINES_A_STATEMENT])
        yield f"INSERT INTO {_ERASED} VALUES {values}"
