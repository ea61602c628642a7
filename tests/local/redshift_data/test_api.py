"""The calls answer in the API's shapes, over HTTP, signed, through boto3."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.redshift_data.api.operations import DataApi
from local.redshift_data.api.service import Service
from local.redshift_data.copy.objects import Bucket
from local.redshift_data.engine.database import Database
from local.sigv4 import Keys
from tests.local.redshift_data.databases import FakeS3
from tests.redshift import REGION, WAREHOUSE, Redshift, serving


@pytest.fixture(scope="module")
def redshift() -> Iterator[Redshift]:
    with started(None) as redshift:
        redshift.run("CREATE TABLE t (n INTEGER NOT NULL, x VARCHAR(5) DEFAULT 'a')")
        yield redshift


@contextmanager
def started(file: Path | None) -> Iterator[Redshift]:
    database = Database(file, Bucket(FakeS3))
    api = DataApi({WAREHOUSE.workgroup: (WAREHOUSE, database)})
    with serving(Service(api, Keys("KEY", "secret"), REGION)) as port:
        endpoint = f"http://127.0.0.1:{port}"
        yield Redshift(client(endpoint), None, endpoint, "KEY", "secret")
    api.close()
    database.close()


def client(endpoint: str, secret: str = "secret") -> Any:
    session = boto3.session.Session("KEY", secret, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return session.client("redshift-data", endpoint_url=endpoint, config=config)


LOGIN = {"WorkgroupName": WAREHOUSE.workgroup, "Database": WAREHOUSE.database, "SecretArn": WAREHOUSE.secret}


def test_a_statement_is_described_as_aws_does(redshift: Redshift) -> None:
    submitted = redshift.client.execute_statement(Sql="SELECT 1 AS one", StatementName="first", **LOGIN)
    described = redshift.finished(submitted["Id"])
    assert submitted["WorkgroupName"] == described["WorkgroupName"] == WAREHOUSE.workgroup
    assert (described["Status"], described["ResultRows"], described["HasResultSet"]) == ("FINISHED", 1, True)
    assert described["QueryString"] == "SELECT 1 AS one"
    assert described["Duration"] > 0
    result = redshift.client.get_statement_result(Id=submitted["Id"])
    assert result["Records"] == [[{"longValue": 1}]]
    assert result["TotalNumRows"] == 1
    assert result["ColumnMetadata"] == [
        {
            "isCaseSensitive": False, "isCurrency": False, "isSigned": True, "label": "one", "name": "one",
            "nullable": 1, "precision": 10, "scale": 0, "schemaName": "", "tableName": "", "typeName": "int4",
            "length": 0,
        }
    ]  # fmt: skip


def test_every_kind_of_value_has_its_field(redshift: Redshift) -> None:
    identity = redshift.submit(
        "SELECT TRUE, CAST(1 AS BIGINT), 1.50, CAST(0.5 AS DOUBLE PRECISION), 'a', DATE '2010-12-01', "
        "TIMESTAMP '2010-12-01 08:26:00', CAST(NULL AS INTEGER)"
    )
    redshift.finished(identity)
    assert redshift.client.get_statement_result(Id=identity)["Records"] == [
        [
            {"booleanValue": True}, {"longValue": 1}, {"stringValue": "1.50"}, {"doubleValue": 0.5},
            {"stringValue": "a"}, {"stringValue": "2010-12-01"}, {"stringValue": "2010-12-01 08:26:00"},
            {"isNull": True},
        ]
    ]  # fmt: skip


def test_a_long_result_comes_in_pages(redshift: Redshift) -> None:
    digits = "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
    joins = " CROSS JOIN ".join(f"{digits} AS d{place}" for place in range(5))
    numbers = " + ".join(f"d{place}.n * {5**place}" for place in range(5))
    identity = redshift.submit(f"SELECT {numbers} AS number FROM {joins} ORDER BY number")
    redshift.finished(identity)
    first = redshift.client.get_statement_result(Id=identity)
    assert (len(first["Records"]), first["TotalNumRows"]) == (1000, 3125)
    assert redshift.rows(identity) == [(number,) for number in range(3125)]


def test_a_batch_has_its_results_by_sub_statement(redshift: Redshift) -> None:
    identity = redshift.submit("SELECT 1 AS a", "CREATE TEMP TABLE s (a INTEGER)", "SELECT 2 AS b")
    described = redshift.finished(identity)
    parts = described["SubStatements"]
    assert [(it["Id"], it["Status"], it["HasResultSet"]) for it in parts] == [
        (f"{identity}:1", "FINISHED", True), (f"{identity}:2", "FINISHED", False), (f"{identity}:3", "FINISHED", True)
    ]  # fmt: skip
    assert redshift.rows(f"{identity}:3") == [(2,)]
    with pytest.raises(ClientError, match="ValidationException.*can only be retrieved with sub-statement id"):
        redshift.client.get_statement_result(Id=identity)
    with pytest.raises(ClientError, match="ResourceNotFoundException.*Query does not have result"):
        redshift.client.get_statement_result(Id=f"{identity}:2")


def test_a_token_answers_with_the_old_statement_even_if_it_failed(redshift: Redshift) -> None:
    first = redshift.submit("SELECT nothing", token="token-1")
    assert redshift.finished(first)["Status"] == "FAILED"
    assert redshift.submit("SELECT 1", token="token-1") == first
    assert redshift.submit("SELECT 1", token="token-2") != first


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"Sql": ""}, "ValidationException"),
        ({"Sql": "SELECT '" + "x" * 102_400 + "'"}, "ValidationException.*larger than 100"),
        ({"Sql": "SELECT 1", "Database": "other"}, "ValidationException.*other"),
        ({"Sql": "SELECT 1", "WorkgroupName": "other"}, "ValidationException.*other"),
        ({"Sql": "SELECT 1", "SecretArn": "other"}, "ValidationException.*secret"),
        ({"Sql": "SELECT 1", "ClientToken": "x" * 65}, "ValidationException.*clientToken"),
        ({"Sql": "SELECT 1", "DbUser": "me"}, "ValidationException.*DbUser"),
        ({"Sql": "SELECT 1", "SessionKeepAliveSeconds": 5}, "ValidationException.*SessionKeepAliveSeconds"),
        ({"Sql": "SELECT 1", "ResultFormat": "CSV"}, "ValidationException.*ResultFormat"),
        ({"Sql": 1}, "ValidationException"),
        ({}, "ValidationException"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_runs(
    redshift: Redshift, request_: dict[str, Any], error: str
) -> None:
    with pytest.raises(ClientError, match=error):
        redshift.client.execute_statement(**{**LOGIN, **request_})


def test_a_batch_has_at_most_forty_statements(redshift: Redshift) -> None:
    with pytest.raises(ClientError, match="ValidationException.*less than or equal to 40"):
        redshift.client.batch_execute_statement(Sqls=["SELECT 1"] * 41, **LOGIN)
    assert redshift.finished(redshift.client.batch_execute_statement(Sqls=["SELECT 1"] * 40, **LOGIN)["Id"])


def test_unknown_statements_and_calls_are_refused(redshift: Redshift) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        redshift.client.describe_statement(Id="00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="ValidationException.*ListSessions"):
        redshift.client.list_sessions()


def test_a_wrong_secret_key_is_refused(redshift: Redshift) -> None:
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client(redshift.endpoint, "other").list_databases(**LOGIN)


def test_statements_are_listed_by_name_and_status(redshift: Redshift) -> None:
    for sql in ("SELECT 1", "SELECT nothing"):
        redshift.finished(redshift.client.execute_statement(Sql=sql, StatementName="listed-1", **LOGIN)["Id"])
    listed = redshift.client.list_statements(StatementName="listed", Status="ALL")["Statements"]
    assert [(it["QueryString"], it["Status"]) for it in listed] == [
        ("SELECT nothing", "FAILED"),
        ("SELECT 1", "FINISHED"),
    ]
    assert len(redshift.client.list_statements(StatementName="listed")["Statements"]) == 1
    page = redshift.client.list_statements(StatementName="listed", Status="ALL", MaxResults=1)
    following = redshift.client.list_statements(StatementName="listed", Status="ALL", NextToken=page["NextToken"])
    assert [it["QueryString"] for it in following["Statements"]] == ["SELECT 1"]


def test_the_catalog_is_listed(redshift: Redshift) -> None:
    assert redshift.client.list_databases(**LOGIN)["Databases"] == [WAREHOUSE.database]
    assert redshift.client.list_schemas(**LOGIN)["Schemas"] == ["public"]
    assert redshift.client.list_tables(TablePattern="t%", **LOGIN)["Tables"] == [
        {"name": "t", "schema": "public", "type": "TABLE"}
    ]
    columns = redshift.client.describe_table(Table="t", Schema="public", **LOGIN)["ColumnList"]
    records = [(it["name"], it["typeName"], it["nullable"], it.get("columnDefault")) for it in columns]
    assert records == [("n", "int4", 0, None), ("x", "varchar", 1, "'a'")]


def test_a_finished_statement_cannot_be_cancelled(redshift: Redshift) -> None:
    identity = redshift.submit("SELECT 1")
    redshift.finished(identity)
    with pytest.raises(ClientError, match="ValidationException.*already in FINISHED"):
        redshift.client.cancel_statement(Id=identity)


def test_results_tokens_and_tables_outlive_the_server(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with started(file) as redshift:
        redshift.run("CREATE TABLE t (n INTEGER)")
        redshift.run("INSERT INTO t VALUES (7)")
        redshift.run("CREATE VIEW halves AS SELECT n / 2 AS half, GETDATE() AS seen FROM t")
        identity = redshift.submit("SELECT n FROM t", token="kept")
        redshift.finished(identity)
    with started(file) as redshift:
        assert redshift.rows(identity) == [(7,)]
        assert redshift.submit("SELECT 2", token="kept") == identity
        assert redshift.run("SELECT half FROM halves") == [(3,)]


def test_what_is_older_than_a_day_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "warehouse.duckdb"
    with started(file) as redshift:
        identity = redshift.submit("SELECT 1")
        redshift.finished(identity)
    database = Database(file, Bucket(FakeS3))
    database.journal.forget(time.time() + 1)
    database.close()
    with started(file) as redshift, pytest.raises(ClientError, match="ResourceNotFoundException"):
        redshift.client.describe_statement(Id=identity)
