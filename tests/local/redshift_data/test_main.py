"""The process: kept over a stop, killed in the middle of a batch, and used in a wrong way."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.config import RunConfig
from local.parts.ports import free_port
from local.platform import Platform
from tests.processes import SAYS_READY
from tests.redshift import REGION, WAREHOUSE, Redshift

pytestmark = pytest.mark.parts


@pytest.fixture
def config(tmp_path: Path) -> Path:
    platform = Platform("laptop", REGION, "000000000000", (), (), (), (), (), (), {}, warehouses=(WAREHOUSE,))
    run = RunConfig(
        platform=platform,
        endpoints={"s3": "http://127.0.0.1:1"},
        bootstrap_servers="",
        access_key_id="KEY",
        secret_access_key="secret",
        region=REGION,
        gateway_port=0,
        lambda_port=0,
        state=tmp_path,
        redshift_port=free_port(),
        warehouse_db=tmp_path / "data" / "warehouse.duckdb",
    )
    run.save(tmp_path / "config.json")
    return tmp_path / "config.json"


@contextmanager
def running(config: Path) -> Iterator[tuple[Redshift, "subprocess.Popen[str]"]]:
    command = [sys.executable, "-m", "local.redshift_data", str(config)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3], env=SAYS_READY
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        endpoint = f"http://127.0.0.1:{RunConfig.load(config).redshift_port}"
        client: Any = boto3.session.Session("KEY", "secret", region_name=REGION).client(
            "redshift-data", endpoint_url=endpoint
        )
        yield Redshift(client, None, endpoint, "KEY", "secret"), process
    finally:
        process.kill()
        process.wait()


def test_it_stops_when_asked_and_keeps_its_tables(config: Path) -> None:
    with running(config) as (redshift, process):
        redshift.run("CREATE TABLE t AS SELECT 1 AS n")
        process.terminate()
        assert process.wait(300) == 0
    with running(config) as (redshift, _):
        assert redshift.run("SELECT n FROM t") == [(1,)]


def test_a_kill_in_the_middle_of_a_batch_leaves_nothing_of_it(config: Path) -> None:
    with running(config) as (redshift, process):
        redshift.run("CREATE TABLE t (n INTEGER)")
        redshift.run("INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)")
        cross = ", ".join(f"t AS t{n}" for n in range(12))
        identity = redshift.submit("DELETE FROM t WHERE n > 5", f"SELECT COUNT(*) FROM {cross} WHERE t0.n > t11.n")
        deadline = time.monotonic() + 300
        while redshift.client.describe_statement(Id=identity)["SubStatements"][1]["Status"] != "STARTED":
            assert time.monotonic() < deadline
            time.sleep(0.01)
        # only now does the batch hold the table: sent earlier, this could come first
        waiting = redshift.submit("INSERT INTO t VALUES (99)")
        process.kill()
    with running(config) as (redshift, _):
        assert redshift.run("SELECT COUNT(*) FROM t") == [(10,)]
        for lost in (identity, waiting):
            described = redshift.client.describe_statement(Id=lost)
            assert described["Status"] == "FAILED"
            assert "stopped before the statement ended" in described["Error"]


def test_a_wrong_use_exits_with_two() -> None:
    used = subprocess.run([sys.executable, "-m", "local.redshift_data"], capture_output=True, text=True, check=False)
    assert (used.returncode, used.stderr) == (2, "usage: python -m local.redshift_data CONFIG.json\n")
