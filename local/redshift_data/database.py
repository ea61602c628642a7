"""The one database of a workgroup: its file, its sessions, and the journal of what was handed to it."""

import time
from pathlib import Path
from threading import Lock

import duckdb

from local.redshift_data import catalog
from local.redshift_data.objects import Bucket
from local.redshift_data.session import Session
from local.redshift_data.statements import Statement, Status, SubStatement
from local.redshift_data.words import Cancelled, SqlError


class Database:
    """Runs statements and keeps what came of them."""

    def __init__(self, file: Path | None, bucket: Bucket) -> None:
        """Open `file`, or a database in memory."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._root = duckdb.connect(":memory:" if file is None else str(file))
        self._root.execute("SET TimeZone = 'UTC'")
        catalog.prepare(self._root)
        self._bucket = bucket
        self._lock = Lock()
        self.results: dict[tuple[str, int], tuple[tuple[int, bytes], ...]] = {}

    def run(self, statement: Statement) -> None:
        """Run all parts of `statement` in one transaction; what came of it stands in it afterwards."""
        connection = self._root.cursor()
        began = time.perf_counter_ns()
        statement.status, statement.updated = Status.STARTED, time.time()
        try:
            self._run(statement, Session(connection, self._bucket))
        except SqlError as error:
            _fail(statement, error)
        else:
            statement.status = Status.FINISHED
        finally:
            statement.duration, statement.updated = time.perf_counter_ns() - began, time.time()
            connection.close()

    def _run(self, statement: Statement, session: Session) -> None:
        session.begin()
        try:
            for place, part in enumerate(statement.parts):
                self._run_part(statement, place, part, session)
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def _run_part(self, statement: Statement, place: int, part: SubStatement, session: Session) -> None:
        if statement.cancelled:
            raise Cancelled
        part.status, part.updated = Status.STARTED, time.time()
        began = time.perf_counter_ns()
        try:
            outcome = session.run(part.sql, dict(statement.parameters))
        except SqlError as error:
            part.status = Status.ABORTED if isinstance(error, Cancelled) else Status.FAILED
            part.error = f"ERROR: {error}"
            raise
        finally:
            part.duration, part.updated = time.perf_counter_ns() - began, time.time()
        part.status, part.rows, part.columns = Status.FINISHED, outcome.count, outcome.columns
        part.size = sum(len(body) for _, body in outcome.pages)
        if outcome.columns is not None:
            self.results[statement.id, place + 1] = outcome.pages

    def close(self) -> None:
        """End all."""
        self._root.close()


def _fail(statement: Statement, error: SqlError) -> None:
    cancelled = isinstance(error, Cancelled)
    statement.status = Status.ABORTED if cancelled else Status.FAILED
    failed = next((n for n, part in enumerate(statement.parts, 1) if part.status is Status.FAILED), 0)
    prefix = f"Query #{failed} failed with " if statement.is_batch and failed else ""
    statement.error = f"{prefix}ERROR: {error}"
    for part in statement.parts:
        if not part.status.is_final:
            part.status = Status.ABORTED
