"""The statements that load one batch in one transaction: all of its lines are in the table afterwards, or no change.

Redshift enforces no unique key, and two transactions that read before either writes could both add a line. So the
first statement locks the ledger and the table, and the second transaction sees what the first has done. A batch of the
Data API knows no IF: a check is a statement that fails, by a text that is not an integer and contains the count (a
constant could be folded, and fail, before anything was counted).
"""

from typing import Final

import msgspec

from commerce.columns import COLUMNS, MONEY_DECIMALS, MONEY_DIGITS, NAMES, Column, Kind

TABLE: Final = "order_lines"
LEDGER: Final = "loaded_batches"
_STAGED: Final = "staged_lines"
_LOST: Final = "lost_lines"

_TYPES: Final = {
    Kind.INT32: "INTEGER",
    Kind.INT64: "BIGINT",
    Kind.LOCAL_TIME: "TIMESTAMP",
    Kind.MONEY: f"DECIMAL({MONEY_DIGITS},{MONEY_DECIMALS})",
}


class Load(msgspec.Struct, frozen=True):
    """A batch to load: the COPY manifest, and the expected counts.

    `manifest` is the key of the list of files in `bucket`; they hold `lines` rows, each of another LineId.
    """

    batch: str
    bucket: str
    manifest: str
    lines: int


def statements(load: Load) -> tuple[str, ...]:
    """The transaction that loads a batch, whether it has been loaded or not: repeated, it changes nothing.

    The files hold each line once, since the job dedupes as it writes them; here nothing does. A LineId that stands in
    them twice nevertheless fails the load: in MERGE where the table has that line, in the last check where it has not.
    """
    return (
        lock(),
        _claim(load),
        *_stage(load),
        check(load.batch, "staged rows", load.lines, f"FROM {_STAGED}"),
        _note_added(load.batch),
        _merge(),
        _outcome(load),
    )


def statements_of_nothing(batch: str) -> tuple[str, ...]:
    """The transaction for a batch without lines, which only enters it into the ledger."""
    return (lock(), _entry(batch, 0, added="0", manifest="CAST(NULL AS VARCHAR(1024))"))


def lock() -> str:
    """The statement that makes every other transaction of the jobs wait."""
    return f"LOCK {LEDGER}, {TABLE}"


def _claim(load: Load) -> str:
    return _entry(load.batch, load.lines, added="CAST(NULL AS BIGINT)", manifest=text(load.manifest))


def _entry(batch: str, lines: int, *, added: str, manifest: str) -> str:
    return (
        f"INSERT INTO {LEDGER} (batch, lines_staged, lines, lines_added, manifest, loaded_at) "
        f"SELECT {text(batch)}, {lines}, {lines}, {added}, {manifest}, GETDATE() "
        f"WHERE NOT EXISTS (SELECT 1 FROM {LEDGER} WHERE batch = {text(batch)})"
    )


def _stage(load: Load) -> tuple[str, ...]:
    return (
        # with the files' columns, whatever others the table has: COPY of Parquet goes by position, and wants all
        f"CREATE TEMP TABLE {_STAGED} ({', '.join(map(_column, COLUMNS))}) DISTSTYLE KEY DISTKEY (InvoiceNo)",
        f"COPY {_STAGED} FROM {text(f's3://{load.bucket}/{load.manifest}')} "
        "IAM_ROLE default FORMAT AS PARQUET MANIFEST",
    )


def _column(column: Column) -> str:
    return f"{column.name} {redshift_type(column)}" + ("" if column.nullable else " NOT NULL")


def redshift_type(column: Column) -> str:
    """The column's type in Redshift, which counts the length of a VARCHAR in bytes."""
    return f"VARCHAR({column.max_bytes})" if column.kind is Kind.TEXT else _TYPES[column.kind]


def _note_added(batch: str) -> str:
    """Set the number of the table's rows that this batch accounts for, when it is first entered into the ledger.

    Those are its new lines, and of those that stand there as many as no batch of the ledger accounts for. So the
    ledger's batches account together for every row, also where the ledger was emptied and is written again.
    """
    return (
        f"UPDATE {LEDGER} SET lines_added = (SELECT fresh + GREATEST(0, LEAST(standing, held - accounted)) FROM "
        f"(SELECT COUNT(*) - COUNT({TABLE}.LineId) AS fresh, COUNT({TABLE}.LineId) AS standing {_beside_the_table()}) "
        f"AS staged, (SELECT COUNT(*) AS held FROM {TABLE}) AS lines, "
        f"(SELECT COALESCE(SUM(lines_added), 0) AS accounted FROM {LEDGER}) AS batches) "
        f"WHERE batch = {text(batch)} AND lines_added IS NULL"
    )


def _beside_the_table() -> str:
    """The staged lines, each with the table's row of the same line, if there is one."""
    return f"FROM {_STAGED} LEFT JOIN {TABLE} ON {_same_line(TABLE)}"


def _merge() -> str:
    """A MERGE with both clauses, as Redshift requires.

    A line that is there is overwritten with itself, by its LineId.
    """
    mended = ", ".join(f"{name} = {_STAGED}.{name}" for name in NAMES if name not in ("InvoiceNo", "LineId"))
    values = ", ".join(f"{_STAGED}.{name}" for name in NAMES)
    return (
        f"MERGE INTO {TABLE} USING {_STAGED} ON {_same_line(TABLE)} "
        f"WHEN MATCHED THEN UPDATE SET {mended} "
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(NAMES)}) VALUES ({values})"
    )


def _outcome(load: Load) -> str:
    """A check that every staged LineId is in the table once."""
    rows = (
        f"SELECT {_STAGED}.LineId FROM {_STAGED} LEFT JOIN {TABLE} ON {TABLE}.LineId = {_STAGED}.LineId "
        f"GROUP BY {_STAGED}.LineId HAVING COUNT({TABLE}.LineId) <> 1"
    )
    return check(load.batch, "lines not in the table exactly once", 0, f"FROM ({rows}) AS wrong")


def _same_line(table: str) -> str:
    # LineId alone would do; with the distribution key beside it, rows are joined where they lie
    return f"{table}.InvoiceNo = {_STAGED}.InvoiceNo AND {table}.LineId = {_STAGED}.LineId"


def check(batch: str, what: str, expected: int, rows: str, *, of: str = "*") -> str:
    """A statement that fails unless it counts as many as expected; its error contains the count."""
    return _counted(batch, what, expected, f"SELECT COUNT({of}) AS counted {rows}")


def _counted(batch: str, what: str, expected: int, counts: str) -> str:
    """The check of what this query has in its column `counted`."""
    message = text(f"batch {batch} must have {expected} {what}, counted ")
    return (
        f"SELECT CASE WHEN counted = {expected} THEN counted "
        f"ELSE CAST({message} || CAST(counted AS VARCHAR(20)) AS INTEGER) END AS counted "
        f"FROM ({counts}) AS counts"
    )


def forgotten() -> tuple[str, ...]:
    """The transaction that empties the ledger: every batch is then loaded again, by this run or by the next."""
    return (lock(), f"DELETE FROM {LEDGER}")


def standing() -> str:
    """The query for the number of rows in the table and of those that the ledger's batches added, at one moment."""
    return (
        "SELECT standing, accounted FROM "
        f"(SELECT COUNT(*) AS standing FROM {TABLE}) AS lines, "
        f"(SELECT COALESCE(SUM(lines_added), 0) AS accounted FROM {LEDGER}) AS batches"
    )


def lost(load: Load) -> tuple[str, ...]:
    """The transaction that finds a batch's lines missing in the table; its last statement inserts one row for each."""
    return (
        *_stage(load),
        f"CREATE TEMP TABLE {_LOST} (LineId VARCHAR(32))",
        f"INSERT INTO {_LOST} SELECT DISTINCT {_STAGED}.LineId {_beside_the_table()} WHERE {TABLE}.LineId IS NULL",
    )


def loaded(batch: str | None = None) -> str:
    """The query for the ledger's row of each batch, or of this one: id, lines staged, lines, lines added."""
    where = f" WHERE batch = {text(batch)}" if batch else ""
    return f"SELECT batch, lines_staged, lines, lines_added FROM {LEDGER}{where}"


def text(value: str) -> str:
    """The value as a literal."""
    return "'" + value.replace("'", "''") + "'"
