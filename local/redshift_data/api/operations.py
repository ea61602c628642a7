"""The calls of the Data API, on the databases of a platform."""

import itertools
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Any, Final

from local.aws_json.refusals import ValidationException
from local.aws_json.requests import checked
from local.platform import Warehouse
from local.redshift_data.api import answers, metadata
from local.redshift_data.api.refusals import ActiveStatementsExceededException, ResourceNotFoundException
from local.redshift_data.engine.database import Database
from local.redshift_data.engine.statements import Statement, Status, SubStatement

MAX_SQL_BYTES: Final = 100 * 1024
MAX_ACTIVE: Final = 500
TOKEN_SECONDS: Final = 8 * 3600.0
"""Seconds for which a client token means the statement that it was first sent with."""

WORKERS: Final = 16
_UNSUPPORTED: Final = ("ClusterIdentifier", "DbUser", "SessionId", "SessionKeepAliveSeconds", "WithEvent")

Answer = dict[str, Any]
_log: Final = logging.getLogger(__name__)


class DataApi:
    """Answers calls; safe to use from several threads."""

    def __init__(self, warehouses: Mapping[str, tuple[Warehouse, Database]]) -> None:
        """`warehouses` are by the workgroup's name."""
        self._warehouses = warehouses
        self._statements = {it.id: it for _, database in warehouses.values() for it in database.journal.statements()}
        self._changed = Condition()
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="statement")
        self._pids = itertools.count(1_073_741_824)
        self._calls: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "ExecuteStatement": self._execute,
            "BatchExecuteStatement": self._batch_execute,
            "DescribeStatement": self._describe,
            "GetStatementResult": self._result,
            "ListStatements": self._list,
            "CancelStatement": self._cancel,
            "ListDatabases": lambda request: {"Databases": [self._warehouse(request)[0].database]},
            "ListSchemas": lambda request: self._catalog(request, metadata.schemas),
            "ListTables": lambda request: self._catalog(request, metadata.tables),
            "DescribeTable": lambda request: self._catalog(request, metadata.columns),
        }

    def call(self, action: str, request: Any) -> Answer:
        """The answer to one call; raises `Refusal`."""
        call = self._calls.get(action)
        if call is None:
            raise ValidationException(f"The laptop's Redshift has no {action} (docs/redshift-local.md)")
        return call(checked("redshift-data", action, request))

    def close(self) -> None:
        """Let running statements end, and start no others."""
        self._workers.shutdown(cancel_futures=True)

    def _execute(self, request: dict[str, Any]) -> Answer:
        return self._submit(request, [request["Sql"]], is_batch=False)

    def _batch_execute(self, request: dict[str, Any]) -> Answer:
        return self._submit(request, request["Sqls"], is_batch=True)

    def _submit(self, request: dict[str, Any], sqls: Iterable[str], *, is_batch: bool) -> Answer:
        warehouse, database = self._warehouse(request)
        for sql in sqls:
            if len(sql.encode()) > MAX_SQL_BYTES:
                raise ValidationException("Cannot process query string larger than 100kB.")
            if not sql.strip():
                raise ValidationException("Sql must not be empty")
        with self._changed:
            statement = self._by_token(warehouse.workgroup, request.get("ClientToken"))
            if statement is None:
                if sum(not it.status.is_final for it in self._statements.values()) >= MAX_ACTIVE:
                    raise ActiveStatementsExceededException("Active statements exceeded the allowed quota (500).")
                statement = self._new(warehouse, request, list(sqls), is_batch)
                database.journal.submitted(statement)
                self._statements[statement.id] = statement
                self._workers.submit(self._run, statement, database)
        self._wait(statement, request)
        return answers.submitted(statement)

    def _new(self, warehouse: Warehouse, request: dict[str, Any], sqls: list[str], is_batch: bool) -> Statement:
        now = time.time()
        return Statement(
            id=str(uuid.uuid4()),
            parts=[SubStatement(sql, Status.SUBMITTED, now, now) for sql in sqls],
            is_batch=is_batch,
            workgroup=warehouse.workgroup,
            database=warehouse.database,
            secret=request.get("SecretArn"),
            name=request.get("StatementName"),
            token=request.get("ClientToken"),
            parameters=tuple((it["name"], it["value"]) for it in request.get("Parameters", ())),
            created=now,
            updated=now,
            pid=next(self._pids),
        )

    def _run(self, statement: Statement, database: Database) -> None:
        try:
            database.run(statement)
        except Exception:  # the pool would keep it to itself
            _log.exception("statement %s failed inside the emulator", statement.id)
            raise
        finally:
            with self._changed:
                self._changed.notify_all()

    def _by_token(self, workgroup: str, token: str | None) -> Statement | None:
        if token is None:
            return None
        oldest = time.time() - TOKEN_SECONDS
        return next(
            (
                it
                for it in self._statements.values()
                if it.token == token and it.workgroup == workgroup and it.created > oldest
            ),
            None,
        )

    def _warehouse(self, request: dict[str, Any]) -> tuple[Warehouse, Database]:
        for name in _UNSUPPORTED:
            if request.get(name):
                raise ValidationException(f"The laptop's Redshift does not know {name} (docs/redshift-local.md)")
        for name, only in (("ResultFormat", "JSON"), ("ExecutionMode", "TRANSACTION")):
            if request.get(name, only) != only:
                raise ValidationException(f"The laptop's Redshift knows only {name} {only} (docs/redshift-local.md)")
        workgroup = request.get("WorkgroupName", "").rpartition("/")[2]
        if workgroup not in self._warehouses:
            raise ValidationException(f"Redshift endpoint doesn't exist in this region: workgroup '{workgroup}'.")
        warehouse, database = self._warehouses[workgroup]
        if request.get("Database") != warehouse.database:
            raise ValidationException(f'FATAL: database "{request.get("Database", "")}" does not exist')
        if request.get("SecretArn", warehouse.secret) != warehouse.secret:
            raise ValidationException("Secrets Manager can't find the specified secret.")
        return warehouse, database

    def _describe(self, request: dict[str, Any]) -> Answer:
        statement, _ = self._find(request["Id"])
        self._wait(statement, request)
        return answers.described(statement)

    def _result(self, request: dict[str, Any]) -> Answer:
        statement, number = self._find(request["Id"])
        self._wait(statement, request)
        part = statement.parts[number - 1] if number or not statement.is_batch else None
        if part is None:
            raise ValidationException("BatchExecuteStatement result can only be retrieved with sub-statement id.")
        if part.columns is None or statement.status is not Status.FINISHED:
            raise ResourceNotFoundException(
                "Query does not have result. Please check query status with DescribeStatement.",
                ResourceId=request["Id"],
            )
        journal = self._warehouses[statement.workgroup][1].journal
        return answers.result(part, lambda page: journal.page(statement.id, number or 1, page), request)

    def _find(self, name: str) -> tuple[Statement, int]:
        """The statement, and the number of the part that is meant, 0 for the whole."""
        identity, _, number = name.partition(":")
        with self._changed:
            statement = self._statements.get(identity)
        if statement is None or int(number or 0) > len(statement.parts):
            raise ResourceNotFoundException("Query does not exist.", ResourceId=name)
        return statement, int(number or 0)

    def _wait(self, statement: Statement, request: dict[str, Any]) -> None:
        seconds = request.get("WaitTimeSeconds")
        if seconds is not None:
            with self._changed:
                self._changed.wait_for(lambda: statement.status.is_final, seconds)

    def _list(self, request: dict[str, Any]) -> Answer:
        with self._changed:
            statements = list(self._statements.values())
        return answers.listed(statements, request)

    def _cancel(self, request: dict[str, Any]) -> Answer:
        statement, _ = self._find(request["Id"])
        if statement.status.is_final:
            raise ValidationException(f"Could not cancel a query that is already in {statement.status} state")
        self._warehouses[statement.workgroup][1].cancel(statement)
        return {"Status": True}

    def _catalog(self, request: dict[str, Any], answer: Callable[[Database, dict[str, Any]], Answer]) -> Answer:
        return answer(self._warehouse(request)[1], request)
