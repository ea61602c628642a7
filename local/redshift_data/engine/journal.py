"""The API's memory in the database's own file: statements for as long as their results, a day."""

import time
from typing import Final

import duckdb
import msgspec

from local.redshift_data.engine.statements import Statement, Status
from local.redshift_data.sql.catalog import OWN_SCHEMA

KEPT_SECONDS: Final = 24 * 3600.0
_TABLES: Final = f"""
CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.submitted (id VARCHAR, created DOUBLE, body VARCHAR);
CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.ended (id VARCHAR, body VARCHAR);
CREATE TABLE IF NOT EXISTS {OWN_SCHEMA}.pages (id VARCHAR, part INTEGER, page INTEGER, records VARCHAR);
"""
_STOPPED: Final = "ERROR: the laptop's Redshift stopped before the statement ended; nothing of it was kept"

Pages = tuple[tuple[int, bytes], ...]


class Journal:
    """Statements and results that outlive the process.

    A statement that was running when the process died has failed.
    """

    def __init__(self, root: duckdb.DuckDBPyConnection) -> None:
        """`root` is the journal's own connection."""
        self._root = root
        root.execute(_TABLES)

    def statements(self) -> list[Statement]:
        """All recorded statements, oldest first; called once, before anything runs."""
        self.forget(time.time() - KEPT_SECONDS)
        rows = self._root.execute(
            f"SELECT submitted.body, ended.body FROM {OWN_SCHEMA}.submitted LEFT JOIN {OWN_SCHEMA}.ended USING (id) "
            "ORDER BY created"
        ).fetchall()
        return [_statement(ended) if ended is not None else _stopped(_statement(begun)) for begun, ended in rows]

    def submitted(self, statement: Statement) -> None:
        """Record a statement before it runs."""
        self._root.cursor().execute(
            f"INSERT INTO {OWN_SCHEMA}.submitted VALUES (?, ?, ?)", [statement.id, statement.created, _body(statement)]
        )

    def ended(
        self, connection: duckdb.DuckDBPyConnection | None, statement: Statement, results: dict[int, Pages]
    ) -> None:
        """Record the end and the results, by part; with `connection`, in the transaction of the statement itself."""
        cursor = connection or self._root.cursor()
        for part, pages in results.items():
            for number, (_, records) in enumerate(pages):
                cursor.execute(
                    f"INSERT INTO {OWN_SCHEMA}.pages VALUES (?, ?, ?, ?)",
                    [statement.id, part, number, records.decode()],
                )
        cursor.execute(f"INSERT INTO {OWN_SCHEMA}.ended VALUES (?, ?)", [statement.id, _body(statement)])

    def page(self, statement: str, part: int, page: int) -> bytes | None:
        """One page of a result; None if there is none."""
        rows = self._root.cursor().execute(
            f"SELECT records FROM {OWN_SCHEMA}.pages WHERE id = ? AND part = ? AND page = ?", [statement, part, page]
        )
        found = rows.fetchall()
        return found[0][0].encode() if found else None

    def forget(self, before: float) -> None:
        """Delete statements submitted before this time."""
        old = f"(SELECT id FROM {OWN_SCHEMA}.submitted WHERE created < ?)"
        cursor = self._root.cursor()
        for table in ("pages", "ended"):
            cursor.execute(f"DELETE FROM {OWN_SCHEMA}.{table} WHERE id IN {old}", [before])
        cursor.execute(f"DELETE FROM {OWN_SCHEMA}.submitted WHERE created < ?", [before])


def _body(statement: Statement) -> str:
    return msgspec.json.encode(statement).decode()


_decode: Final = msgspec.json.Decoder(Statement).decode


def _statement(body: str) -> Statement:
    return _decode(body)


def _stopped(statement: Statement) -> Statement:
    statement.status, statement.error = Status.FAILED, _STOPPED
    for part in statement.parts:
        part.status = Status.ABORTED
    return statement
