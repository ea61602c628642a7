"""The lake's table: Spark SQL that creates it, reads its snapshots, and maintains it."""

from collections.abc import Collection
from typing import Final

from commerce.batches.records import BATCH_PROPERTY
from commerce.columns import COLUMNS
from glue_jobs.staging import spark_columns

_PROPERTIES: Final = {
    "format-version": "2",
    # each month's lines go to one writer: few files a commit
    "write.distribution-mode": "hash",
    # every commit leaves a metadata file; those beyond the last hundred are deleted with the commit
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "100",
}


def create_table(table: str) -> str:
    """Create the table unless it exists, partitioned by the month of InvoiceDate."""
    properties = ", ".join(f"'{name}' = '{value}'" for name, value in _PROPERTIES.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {table} ({spark_columns()}) USING iceberg "
        f"PARTITIONED BY (months(InvoiceDate)) TBLPROPERTIES ({properties})"
    )


def add_columns(table: str, there: Collection[str]) -> str | None:
    """The statement that adds the record's columns which are not `there`; None if all are.

    The files that hold the table's lines stay as they are: their lines have null there.
    """
    lacking = [column for column in COLUMNS if column.name not in there]
    return f"ALTER TABLE {table} ADD COLUMNS ({spark_columns(lacking)})" if lacking else None


def batch_snapshot(table: str, batch: str) -> str:
    """The snapshot that appended this batch, the lines that it added, and all lines then; no row if there is none."""
    return (
        "SELECT snapshot_id, CAST(coalesce(summary['added-records'], '0') AS BIGINT) AS lines, "
        "CAST(summary['total-records'] AS BIGINT) AS total "
        f"FROM {table}.snapshots WHERE summary['{BATCH_PROPERTY}'] = '{batch}'"
    )


def erased(table: str, view: str) -> str:
    """The number of the table's lines that have a LineId of the view."""
    return f"SELECT count(*) FROM {table} WHERE LineId IN (SELECT LineId FROM {view})"


def erase(table: str, view: str) -> str:
    """Delete the lines that have a LineId of the view; the snapshots of before hold them still."""
    return f"DELETE FROM {table} WHERE LineId IN (SELECT LineId FROM {view})"


def newest_snapshot(table: str) -> str:
    """The table's newest snapshot, and all lines in it."""
    return (
        "SELECT snapshot_id, CAST(summary['total-records'] AS BIGINT) AS total "
        f"FROM {table}.snapshots ORDER BY committed_at DESC LIMIT 1"
    )


def compact(table: str) -> str:
    """Rewrite the many small files of each month into few."""
    catalog, name = table.split(".", 1)
    return f"CALL {catalog}.system.rewrite_data_files(table => '{name}', options => map('min-input-files', '5'))"


def expire(table: str, before: str) -> str:
    """Forget the snapshots older than this moment of UTC, and delete what only they hold; the newest always stays.

    `before` is `YYYY-MM-DD HH:MM:SS.ffffff`.
    """
    catalog, name = table.split(".", 1)
    return f"CALL {catalog}.system.expire_snapshots(table => '{name}', older_than => TIMESTAMP '{before}')"
