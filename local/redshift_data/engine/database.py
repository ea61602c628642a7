"""The one database of a workgroup: its file, its transactions, and the journal of submitted statements."""

import itertools
import time
from pathlib import Path
from threading import Lock, Thread

import duckdb

from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.journal import Journal, Pages
from local.redshift_data.engine.locks import LOCK_TIMEOUT_SECONDS, Holder, Locks
from local.redshift_data.engine.session import Session
from local.redshift_data.engine.statements import Statement, Status, SubStatement
from local.redshift_data.sql import catalog, words
from local.redshift_data.sql.functions import sessions
from local.redshift_data.sql.words import Cancelled, SqlError


class Database:
    """Runs statements, each submission in one transaction, and keeps the outcomes."""

    def __init__(
        self, file: Path | None, bucket: Bucket, *, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS
    ) -> None:
        """Open `file`, or a database in memory."""
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        self._root = duckdb.connect(":memory:" if file is None else str(file))
        self._root.execute("SET GLOBAL TimeZone = 'UTC'")
        catalog.prepare(self._root)
        self._bucket = bucket
        self._locks = Locks(lock_timeout_seconds)
        self._numbers = itertools.count(int(time.time()))
        self._running: dict[str, Session] = {}
        self._guard = Lock()
        self.journal = Journal(self._root.cursor())

    def run(self, statement: Statement) -> None:
        """Run all parts of `statement` in one transaction; the outcome is written to `statement`."""
        with self._root.cursor() as connection:
            name = statement.database.replace("'", "''")
            connection.execute(f"SET VARIABLE {sessions.DATABASE} = '{name}'")
            holder = Holder(next(self._numbers), lambda: statement.cancelled)
            session = Session(connection, self._bucket, self._locks, holder, in_batch=statement.is_batch)
            statement.status, statement.updated = Status.STARTED, time.time()
            began = time.perf_counter_ns()
            with self._guard:
                self._running[statement.id] = session
            try:
                self._commit(statement, session, began)
            except SqlError as error:
                session.rollback()
                _fail(statement, error, began)
                self.journal.ended(None, statement, {})
            except BaseException:
                session.rollback()
                _fail(statement, SqlError("internal error: see the log of the laptop's Redshift"), began)
                self.journal.ended(None, statement, {})
                raise
            finally:
                with self._guard:
                    del self._running[statement.id]

    def _commit(self, statement: Statement, session: Session, began: int) -> None:
        results: dict[int, Pages] = {}
        for number, part in enumerate(statement.parts, 1):
            pages = self._run_part(statement, part, session)
            if pages is not None:
                results[number] = pages
        if statement.cancelled:
            raise Cancelled
        # the end is committed with the work, so that a kill leaves both or neither; clients see it only then
        finished = statement.copy()
        _end(finished, Status.FINISHED, began)
        try:
            self.journal.ended(session.connection, finished, results)
        except duckdb.Error as error:
            raise words.of_duckdb(error) from error
        session.commit()
        _end(statement, Status.FINISHED, began)

    def _run_part(self, statement: Statement, part: SubStatement, session: Session) -> Pages | None:
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
        part.size, part.pages = sum(len(body) for _, body in outcome.pages), len(outcome.pages)
        return None if outcome.columns is None else outcome.pages

    def cancel(self, statement: Statement) -> None:
        """Interrupt the statement if it runs; it is aborted unless it ends first."""
        statement.cancelled = True
        Thread(target=self._interrupt, args=(statement.id,), daemon=True).start()

    def _interrupt(self, identity: str) -> None:
        # again and again: DuckDB forgets one that comes between two of its statements
        while True:
            with self._guard:
                session = self._running.get(identity)
                if session is None:
                    return
                session.interrupt()
            time.sleep(0.02)  # between two tries, until the statement runs no more

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for reading the catalog."""
        return self._root.cursor()

    def close(self) -> None:
        """Close the DuckDB database behind all sessions."""
        self._root.close()


def _end(statement: Statement, status: Status, began: int) -> None:
    statement.duration, statement.updated = time.perf_counter_ns() - began, time.time()
    statement.status = status


def _fail(statement: Statement, error: SqlError, began: int) -> None:
    failed = next((n for n, part in enumerate(statement.parts, 1) if part.status is Status.FAILED), 0)
    prefix = f"Query #{failed} failed with " if statement.is_batch and failed else ""
    statement.error = f"{prefix}ERROR: {error}"
    for part in statement.parts:
        if not part.status.is_final:
            part.status = Status.ABORTED
    _end(statement, Status.ABORTED if isinstance(error, Cancelled) else Status.FAILED, began)
