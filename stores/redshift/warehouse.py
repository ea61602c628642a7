"""The client of the warehouse: Redshift's Data API, which takes SQL over HTTPS without a connection or VPC.

A statement is submitted, asked after until it has ended, and its rows are fetched page by page. Everything that the
warehouse refuses is raised with its own words.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import inf
from typing import Any, Final, NoReturn
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from commerce.errors import StatementFailed
from stores.redshift.statement_errors import refusal
from stores.retries import CLIENT, code, within
from stores.target import Target

DEADLINE_SECONDS: Final = 600.0
"""Seconds for which the query of a person or of a check is waited for."""

BATCH_STATEMENTS: Final = 40
"""The number of statements that the Data API runs in one transaction."""

_ENDED: Final = ("FINISHED", "FAILED", "ABORTED")
_LEAST_SECONDS: Final = 10.0
"""Seconds that one request has at least, however little time its statement has left."""

_FIRST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 2.0
_GROWTH: Final = 1.5

_OF_A_STATEMENT: Final = {
    "BatchExecuteStatementException",
    "DatabaseConnectionException",
    "ExecuteStatementException",
    "ResourceNotFoundException",
    "ValidationException",
}
"""The Data API's codes for a statement that it refuses at once."""

_PYTHON: Final[dict[str, Callable[[str], Any]]] = {
    "numeric": Decimal,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "date": date.fromisoformat,
}
"""Python's type for Redshift types that are sent as text although they are not, by the name of the type."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a result: its label, and Redshift's name of its type, such as `varchar` or `int4`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A result: NULL is None, a decimal a Decimal, a timestamp a datetime. `rows` can be iterated once.

    A statement without columns may have changed rows: `changed` is their number, or None where that is not known.
    """

    columns: tuple[Column, ...]
    rows: Iterator[tuple[Any, ...]]
    changed: int | None = None


class Warehouse:
    """One database of one workgroup, as the user whose password the secret holds.

    Without a secret it is the user of the caller's own role, which Redshift makes at the first login: `IAMR:` and the
    role's name. A statement that has not ended after `deadline_seconds` raises; a request is tried so many `attempts`.
    `sleep` and `clock` are seams for tests.
    """

    def __init__(
        self, client: Any, workgroup: str, database: str, secret_arn: str | None, *,
        deadline_seconds: float = DEADLINE_SECONDS,
        attempts: int = 16,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._client = client
        self._place = {"WorkgroupName": workgroup, "Database": database}
        self._login = {**self._place, **({"SecretArn": secret_arn} if secret_arn else {})}
        self._deadline_seconds = deadline_seconds
        self._attempts = attempts
        self._sleep = sleep
        self._clock = clock

    def query(self, sql: str, **parameters: object) -> Rows:
        """The result of one statement, with these values for its `:names`; without columns if it returns none.

        Raises `StatementFailed`. A query that is not waited for any longer is cancelled.
        """
        request: dict[str, Any] = {**self._login, "Sql": sql, "ClientToken": uuid4().hex}
        if parameters:
            request["Parameters"] = [{"name": name, "value": str(value)} for name, value in parameters.items()]
        statement = self._submit(self._client.execute_statement, request)
        try:
            ended = self._ended(statement)
        except BaseException:
            self._cancel(statement)
            raise
        if ended.get("HasResultSet"):
            return self._rows(statement)
        changed = int(ended.get("ResultRows", -1))
        return Rows((), iter(()), changed if changed >= 0 else None)

    def rows_of(self, table: str) -> int:
        """The number of rows of a platform table: 0 before the first load creates it. Raises `StatementFailed`."""
        try:
            [[count]] = self.query(f"SELECT COUNT(*) FROM {table}").rows
        except StatementFailed as error:
            if f'relation "{table}" does not exist' in error.reason:
                return 0
            raise
        return int(count)

    def batch(self, statements: Sequence[str], token: str, *, name: str = "") -> tuple[int, ...]:
        """Run the statements in one transaction; the number of rows that each returned or changed (-1: neither).

        Sent again with the same token within eight hours, it is the same transaction: it is waited for, and not run
        again, even where it failed. Raises `StatementFailed`, and `Conflict` where another transaction was in the way:
        then it may be sent again with another token. One that is not waited for any longer goes on.
        """
        request = {**self._login, "Sqls": list(statements), "ClientToken": token}
        if name:
            request["StatementName"] = name
        statement = self._submit(self._client.batch_execute_statement, request)
        parts = self._ended(statement, name)["SubStatements"]
        return tuple(int(part.get("ResultRows", -1)) for part in parts)

    def ended(self, name: str) -> int:
        """The number of transactions with this name that ended, well or badly, in the last 24 hours."""
        request: dict[str, Any] = {**self._place, "StatementName": name, "Status": "ALL"}
        ended = 0
        while True:
            page = self._ask(lambda: self._client.list_statements(**request))
            # asked by name, the Data API answers with all whose names begin with it
            alike = [it for it in page["Statements"] if it.get("StatementName") == name]
            ended += sum(it["Status"] in _ENDED for it in alike)
            if not page.get("NextToken"):
                return ended
            request["NextToken"] = page["NextToken"]

    def _submit(self, submit: Callable[..., Any], request: dict[str, Any]) -> str:
        return str(self._ask(lambda: submit(**request))["Id"])

    def _ended(self, statement: str, name: str = "") -> Any:
        """The statement's description once it has finished; raises if it failed."""
        end, pause = self._clock() + self._deadline_seconds, _FIRST_PAUSE_SECONDS
        while True:
            described = self._ask(lambda: self._client.describe_statement(Id=statement), end - self._clock())
            status = described["Status"]
            if status == "FINISHED":
                return described
            if status in _ENDED:
                raise refusal(described, name)
            if self._clock() + pause > end:
                raise StatementFailed(f"still {status} after {self._deadline_seconds:g} s", id=statement, name=name)
            self._sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE_SECONDS)

    def _rows(self, statement: str) -> Rows:
        first = self._page(statement)
        columns = tuple(
            Column(it.get("label") or it.get("name", ""), it.get("typeName", "")) for it in first["ColumnMetadata"]
        )
        readers = [_PYTHON.get(column.type) for column in columns]

        def rows() -> Iterator[tuple[Any, ...]]:
            page = first
            while True:
                for record in page["Records"]:
                    yield tuple(map(_value, record, readers))
                if not page.get("NextToken"):
                    return
                page = self._page(statement, NextToken=page["NextToken"])

        return Rows(columns, rows())

    def _page(self, statement: str, **token: str) -> Any:
        return self._ask(lambda: self._client.get_statement_result(Id=statement, **token))

    def _cancel(self, statement: str) -> None:
        # it may have ended meanwhile, which is as good, and what went wrong before matters more
        with suppress(ClientError, BotoCoreError):
            self._client.cancel_statement(Id=statement)

    def _ask(self, request: Callable[[], Any], seconds: float = inf) -> Any:
        """The answer to a request that may take these seconds, but no more than a statement; at least ten."""
        most = max(min(seconds, self._deadline_seconds), _LEAST_SECONDS)
        try:
            return within(most, attempts=self._attempts).ask(request)
        except ClientError as error:
            if code(error) not in _OF_A_STATEMENT:
                raise
            _refused_at_once(error)


def _refused_at_once(error: ClientError) -> NoReturn:
    """Raise the error of a statement that the Data API refused before it ran anything."""
    raise StatementFailed(f"{code(error)}: {error.response['Error'].get('Message', '')}") from error


def _value(field: dict[str, Any], read: Callable[[str], Any] | None) -> Any:
    """The value of a record's field, which has one entry, named by its kind."""
    if field.get("isNull"):
        return None
    (value,) = field.values()
    return read(value) if read else value


def warehouse(workgroup: str, database: str, *, deadline_seconds: float) -> Warehouse:
    """The warehouse for a job, as its role's user; it is found by the environment like every other service."""
    client = boto3.client("redshift-data", config=CLIENT)
    return Warehouse(client, workgroup, database, None, deadline_seconds=deadline_seconds)


def of(target: Target, *, deadline_seconds: float = DEADLINE_SECONDS) -> Warehouse:
    """The warehouse of a platform; raises `NoTarget` if it has none."""
    names = target.warehouse_workgroup, target.warehouse_database, target.warehouse_secret
    # somebody waits at a terminal
    return Warehouse(
        target.client("redshift-data", config=CLIENT), *names, deadline_seconds=deadline_seconds, attempts=8
    )
