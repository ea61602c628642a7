"""The way into the warehouse: types, pages and words as the Data API gives them, tokens, and when it gives up."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from commerce.errors import Conflict, StatementFailed
from stores.redshift.warehouse import Column, Warehouse
from tests.redshift import Redshift


@pytest.fixture
def database(redshift: Redshift) -> Warehouse:
    place = redshift.workgroup, redshift.database, redshift.secret
    return Warehouse(redshift.client, *place, deadline_seconds=600)


@pytest.mark.parts
class TestOnTheLaptop:
    def test_values_come_back_in_pythons_types(self, database: Warehouse) -> None:
        result = database.query(
            "SELECT CAST('£' AS VARCHAR(4)) AS text, CAST(7 AS INTEGER) AS few, CAST(5000000000 AS BIGINT) AS many, "
            "CAST(-2.550 AS DECIMAL(13,3)) AS price, CAST('2010-12-01 08:26:00' AS TIMESTAMP) AS moment, "
            "CAST('2010-12-01' AS DATE) AS day, CAST(NULL AS BIGINT) AS nothing, TRUE AS yes, "
            "CAST(0.5 AS FLOAT8) AS half"
        )
        moment = datetime(2010, 12, 1, 8, 26)
        row = ("£", 7, 5_000_000_000, Decimal("-2.550"), moment, date(2010, 12, 1), None, True, 0.5)
        assert list(result.rows) == [row]
        names = ["text", "few", "many", "price", "moment", "day", "nothing", "yes", "half"]
        assert [column.name for column in result.columns] == names
        assert result.columns[1:4] == (Column("few", "int4"), Column("many", "int8"), Column("price", "numeric"))

    def test_a_parameter_stands_where_it_is_named_and_cannot_leave_its_place(self, database: Warehouse) -> None:
        database.query("CREATE TABLE names (name VARCHAR(40))")
        database.query("INSERT INTO names VALUES (:name)", name="o'brien'); DROP TABLE names; --")
        assert list(database.query("SELECT name FROM names").rows) == [("o'brien'); DROP TABLE names; --",)]

    def test_a_statement_without_a_result_has_no_columns(self, database: Warehouse) -> None:
        result = database.query("CREATE TABLE a (b INTEGER)")
        assert (result.columns, list(result.rows)) == ((), [])

    def test_a_table_that_no_load_has_made_yet_has_no_rows_and_only_that_one(self, database: Warehouse) -> None:
        assert database.rows_of("batches") == 0
        database.query("CREATE TABLE batches (id INTEGER)")
        database.query("INSERT INTO batches VALUES (1), (2)")
        assert database.rows_of("batches") == 2
        with pytest.raises(StatementFailed, match="nowhere"):
            database.rows_of("batches CROSS JOIN nowhere")

    def test_a_transaction_says_how_many_rows_each_statement_touched(self, database: Warehouse) -> None:
        database.query("CREATE TABLE a (b INTEGER)")
        counts = database.batch(
            ["INSERT INTO a VALUES (1), (2), (3)", "DELETE FROM a WHERE b > 1", "SELECT b FROM a"], "token-1"
        )
        assert counts == (3, 2, 1)

    def test_a_token_sent_again_is_the_same_transaction_even_where_it_failed(self, database: Warehouse) -> None:
        database.query("CREATE TABLE a (b INTEGER)")
        for _ in range(2):
            database.batch(["INSERT INTO a VALUES (1)"], "good-1", name="good")
        assert list(database.query("SELECT b FROM a").rows) == [(1,)]
        for _ in range(2):
            with pytest.raises(StatementFailed, match="nowhere"):
                database.batch(["DROP TABLE nowhere"], "bad-1", name="bad")
        database.query("CREATE TABLE nowhere (b INTEGER)")
        with pytest.raises(StatementFailed, match="nowhere"):
            database.batch(["DROP TABLE nowhere"], "bad-1", name="bad")
        assert database.batch(["DROP TABLE nowhere"], "bad-2", name="bad") == (-1,)

    def test_transactions_that_have_ended_are_counted_by_their_name_alone(self, database: Warehouse) -> None:
        database.batch(["SELECT 1 AS a"], "load-b-1", name="load-b")
        with pytest.raises(StatementFailed):
            database.batch(["DROP TABLE nowhere"], "load-b-2", name="load-b")
        database.batch(["SELECT 1 AS a"], "load-b2-1", name="load-b2")
        assert [database.ended(name) for name in ("load-b", "load-b2", "load")] == [2, 1, 0]

    def test_a_failure_is_raised_in_the_warehouses_own_words_with_the_statement(self, database: Warehouse) -> None:
        check = "SELECT CAST('counted ' || CAST(COUNT(*) AS VARCHAR(20)) AS INTEGER) AS n FROM (SELECT 1 AS a) AS one"
        with pytest.raises(StatementFailed, match="counted 1") as failed:
            database.batch(["SELECT 1 AS a", check], "t-1", name="load-b")
        assert (failed.value.name, failed.value.sql) == ("load-b", check)
        assert failed.value.reason.startswith("ERROR: ")
        assert failed.value.id in str(failed.value)

    def test_what_the_data_api_refuses_at_once_is_raised_alike(self, redshift: Redshift) -> None:
        elsewhere = Warehouse(redshift.client, redshift.workgroup, "nowhere", redshift.secret)
        with pytest.raises(StatementFailed, match='ValidationException: FATAL: database "nowhere"'):
            elsewhere.query("SELECT 1 AS a")

    def test_a_long_result_is_fetched_page_by_page(self, database: Warehouse, redshift: Redshift) -> None:
        digits = " UNION ALL ".join(f"SELECT {digit} AS d" for digit in range(10))
        crossed = f"SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM ({digits}) AS a"
        crossed += "".join(f" CROSS JOIN ({digits}) AS {name}" for name in "bce")
        pages = []
        redshift.client.meta.events.register(
            "before-call.redshift-data.GetStatementResult", lambda params, **_: pages.append(params)
        )
        result = database.query(f"SELECT n, '{'x' * 200}' AS wide FROM ({crossed}) AS ns ORDER BY n")
        assert len(pages) == 1
        assert [row[0] for row in result.rows] == list(range(10_000))
        assert len(pages) > 1


class Scripted:
    """A Data API whose only statement is described so, one answer after another; it notes what it was asked."""

    def __init__(self, *descriptions: Mapping[str, Any], refused: tuple[str, ...] = ()) -> None:
        self._descriptions = list(descriptions)
        self._refused = list(refused)
        self.asked: list[str] = []

    def __getattr__(self, operation: str) -> Any:
        def ask(**request: Any) -> Any:
            self.asked.append(operation)
            if self._refused:
                raise ClientError({"Error": {"Code": self._refused.pop(0), "Message": "not now"}}, operation)
            if operation == "describe_statement":
                answer = self._descriptions.pop(0) if len(self._descriptions) > 1 else self._descriptions[0]
                return {"Id": "7", **answer}
            return {"Id": "7"}

        return ask


def scripted(client: Scripted, deadline_seconds: float = 60) -> tuple[Warehouse, list[float]]:
    """The way into a scripted Data API, and the pauses that it makes."""
    pauses: list[float] = []
    place = "w", "d", "s"
    database = Warehouse(
        client, *place, deadline_seconds=deadline_seconds, sleep=pauses.append, clock=lambda: sum(pauses)
    )
    return database, pauses


RUNNING = {"Status": "STARTED"}
FINISHED = {"Status": "FINISHED", "SubStatements": [{"Id": "7:1", "Status": "FINISHED", "ResultRows": 3}]}


def test_it_asks_after_a_statement_with_pauses_that_grow() -> None:
    client = Scripted(*[RUNNING] * 30, FINISHED)
    database, pauses = scripted(client)
    assert database.batch(["SELECT 1"], "t") == (3,)
    assert pauses == sorted(pauses)
    assert (len(pauses), pauses[0] < 0.1, pauses[-1]) == (30, True, 2.0)


def test_a_query_that_takes_too_long_is_cancelled_and_raises() -> None:
    client = Scripted(RUNNING)
    database, pauses = scripted(client, deadline_seconds=5)
    with pytest.raises(StatementFailed, match="^statement 7: still STARTED after 5 s"):
        database.query("SELECT 1")
    assert client.asked[-1] == "cancel_statement"
    assert sum(pauses) <= 5


def test_a_query_whose_caller_gives_up_is_cancelled() -> None:
    client = Scripted(RUNNING)
    database, _ = scripted(client)

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    database._sleep = interrupted
    with pytest.raises(KeyboardInterrupt):
        database.query("SELECT 1")
    assert client.asked[-1] == "cancel_statement"


def test_a_transaction_that_takes_too_long_goes_on_and_raises() -> None:
    client = Scripted(RUNNING)
    database, _ = scripted(client, deadline_seconds=5)
    with pytest.raises(StatementFailed, match="load-b .*still STARTED after 5 s"):
        database.batch(["SELECT 1"], "t", name="load-b")
    assert "cancel_statement" not in client.asked


@pytest.mark.parametrize(
    "error",
    [
        "ERROR: 1023\n  Detail: Serializable isolation violation on table - 1256109, transactions forming the cycle",
        "ERROR: Serializable isolation violation on table in Redshift",
        "ERROR: canceling statement due to lock timeout",
        "ERROR: deadlock detected",
    ],
)
def test_another_transaction_in_the_way_is_a_conflict(error: str) -> None:
    parts = [
        {"Id": "7:1", "Status": "FINISHED"},
        {"Id": "7:2", "Status": "FAILED", "Error": error, "QueryString": "LOCK a"},
        {"Id": "7:3", "Status": "ABORTED"},
    ]
    failed = {"Status": "FAILED", "Error": f"Query #2 failed with {error}", "SubStatements": parts}
    database, _ = scripted(Scripted(failed))
    with pytest.raises(Conflict) as raised:
        database.batch(["SELECT 1"], "t", name="load-b")
    assert (raised.value.reason, raised.value.sql) == (error, "LOCK a")


def test_a_count_of_1023_is_no_conflict() -> None:
    error = 'ERROR: invalid input syntax for integer: "batch b must have 7 lines, counted 1023"'
    database, _ = scripted(Scripted({"Status": "FAILED", "Error": error, "SubStatements": []}))
    with pytest.raises(StatementFailed) as raised:
        database.batch(["SELECT 1"], "t")
    assert not isinstance(raised.value, Conflict)


def test_a_cancelled_statement_says_so() -> None:
    database, _ = scripted(Scripted({"Status": "ABORTED"}))
    with pytest.raises(StatementFailed, match="was aborted"):
        database.query("SELECT 1")


def test_a_data_api_that_is_busy_is_asked_again() -> None:
    client = Scripted(FINISHED, refused=("ActiveStatementsExceededException", "ThrottlingException"))
    database, _ = scripted(client)
    assert database.batch(["SELECT 1"], "t") == (3,)
    assert client.asked[:3] == ["batch_execute_statement"] * 3


def test_a_refusal_that_is_not_of_the_statement_is_raised_as_it_is() -> None:
    database, _ = scripted(Scripted(FINISHED, refused=("AccessDeniedException",)))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        database.query("SELECT 1")
