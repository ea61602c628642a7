"""`tillstream job` and `up --schedules` on the real platform: the template's jobs, on real Spark."""

import csv
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from commerce.selection import Selection
from console.forms import forms
from local.config import RunConfig
from local.glue import scheduler
from local.processes import wait_until
from local.state import State
from operations.reconcile.hops.csv import entries
from operations.reconcile.run import reconcile
from operations.stage.deployed import Deployed
from operations.stage.looking import look
from operations.stage.topic import StageTopic
from operations.topic import Topic
from producer.api import Api
from stores.redshift import warehouse
from tests.end_to_end.laptop import Laptop, platform
from tests.local.permissions.seen import NOT_MADE, held, refused, used
from tests.operations.stage.aws import Aws, stage

pytestmark = pytest.mark.parts

NAMES = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A platform whose schedules are off: none of its jobs runs but by the tests."""
    with platform(tmp_path_factory.mktemp("laptop")) as running:
        yield running


def test_without_the_course_option_nothing_answers_an_unsigned_request(laptop: Laptop) -> None:
    """It is here for the platform that runs here."""
    for path in ("hello", "order-lines", "invoices/536373", "openapi.json"):
        assert requests.get(f"{laptop.target.api_url}/{path}", timeout=300).status_code == 403


def a_file(path: Path, invoice: str, lines: int) -> Path:
    """A CSV of one invoice."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(NAMES)
        rows.writerows(
            [invoice, f"S{n}", "MUG", n + 1, "2010-12-01 08:26:00", "2.55", 17850, "France"] for n in range(lines)
        )
    return path


def in_the_lake(laptop: Laptop, invoice: str) -> dict[str, int]:
    """Lines and units of an invoice, as the command reads them."""
    query = f"SELECT count(*) AS lines, sum(Quantity) AS units FROM order_lines WHERE InvoiceNo = '{invoice}'"
    [row] = json.loads(laptop.do("lake", query, "--json"))
    return dict(row)


def loaded(laptop: Laptop, sql: str) -> list[tuple[Any, ...]]:
    """The rows of the warehouse's answer to a statement."""
    return list(warehouse.of(laptop.target).query(sql).rows)


@pytest.fixture(scope="module")
def workflow(laptop: Laptop) -> str:
    """The workflow's output over three streamed lines and the first file, whose lines the tests find in the stores."""
    streamed = str(a_file(laptop.home / "streamed.csv", "536360", 3))
    laptop.do("replay", streamed)
    laptop.do("reconcile", streamed, "--hops", "topic,s3,dynamodb")
    laptop.do("put", str(a_file(laptop.home / "day.csv", "536365", 7)))
    return laptop.do("job", "all")


@pytest.fixture(scope="module")
def maintained(laptop: Laptop, workflow: str) -> tuple[str, str]:
    """The lake's rows and units, as JSON, before and after maintenance."""
    query = ("lake", "SELECT count(*) AS lines, sum(Quantity) AS units FROM order_lines", "--json")
    before = laptop.do(*query)
    laptop.do("job", "maintain_lake")
    return before, laptop.do(*query)


def test_the_workflow_takes_a_dropped_file_into_the_lake_the_tables_and_the_warehouse(
    laptop: Laptop, workflow: str
) -> None:
    assert [f"{job} succeeded" in workflow for job in ("curate", "load_tables", "load_warehouse")] == [True] * 3
    assert "curate: 1 dropped file and 1 raw object with 10 rows were read: 10 lines are new in the lake" in workflow
    assert "load_tables: 7 lines of 1 invoice were written" in workflow
    assert "load_warehouse: 10 lines were loaded, 10 of them new" in workflow
    assert in_the_lake(laptop, "536365") == {"lines": 7, "units": 28}
    assert len([it for it in laptop.items(laptop.target.invoices_table) if it["InvoiceNo"] == {"N": "536365"}]) == 7
    assert json.loads(laptop.do("invoice", "536365", "--json"))["Units"] == 28
    assert loaded(
        laptop, "SELECT count(*), sum(quantity), sum(quantity * unitprice) FROM order_lines WHERE invoiceno = '536365'"
    ) == [(7, 28, Decimal("71.400"))]
    assert loaded(laptop, "SELECT lines_staged, lines, lines_added FROM loaded_batches ORDER BY batch")[:1] == [
        (10, 10, 10)
    ]
    answer = json.loads(laptop.do("status", "--json"))
    assert [(it["order_lines"],) for it in answer["warehouses"]] == loaded(laptop, "SELECT count(*) FROM order_lines")


@pytest.mark.usefixtures("workflow")
def test_a_run_killed_leaves_nothing_and_the_next_one_ends_as_if_it_had_not_been(
    laptop: Laptop, tmp_path: Path
) -> None:
    laptop.do("put", str(a_file(tmp_path / "next.csv", "536366", 5)))
    log = laptop.home / ".tillstream" / "logs" / "job-tillstream-laptop-curate.log"
    log.unlink(missing_ok=True)
    first = laptop.start("job", "curate", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert wait_until(lambda: bool(jvms(laptop)), 300)
        refused = laptop.run("job", "curate")
        assert refused.returncode == 2
        assert "curate runs already" in refused.stderr
        first.send_signal(signal.SIGKILL)
    finally:
        first.kill()
        first.wait()
    assert wait_until(lambda: not jvms(laptop), 300), jvms(laptop)

    laptop.do("job", "curate")
    records = map(json.loads, laptop.do("job", "load_warehouse", "--json").splitlines())
    [record] = [it for it in records if "batch" in it]

    assert (record["lines"], record["lines_added"]) == (5, 5)
    assert in_the_lake(laptop, "536366") == {"lines": 5, "units": 15}
    assert loaded(laptop, "SELECT count(*), count(DISTINCT lineid) FROM order_lines") == [(15, 15)]


def jvms(laptop: Laptop) -> list[int]:
    """The Sparks of this laptop, by the catalog that their command names."""
    catalog = f"jdbc:sqlite:{laptop.home}/".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = entry.joinpath("cmdline").read_bytes()
            except OSError:
                continue
            if (command.startswith(b"java") and catalog in command) or (b"/java\0" in command and catalog in command):
                found.append(int(entry.name))
    return found


def test_maintenance_leaves_the_rows_as_they_are(maintained: tuple[str, str]) -> None:
    before, after = maintained
    assert after == before


@pytest.mark.usefixtures("maintained")
@pytest.mark.usefixtures("workflow")
def test_a_census_that_is_due_counts_the_platform_within_its_role_and_the_api_gives_its_verdict(
    laptop: Laptop, capfd: pytest.CaptureFixture[str]
) -> None:
    config = RunConfig.load(State(laptop.state).config_file)
    [timer] = config.platform.timers
    scheduler.invoke(timer, config, datetime.now(UTC))
    found = json.loads(capfd.readouterr().err.partition(" answered ")[2])
    # a table that has lost nothing; what is due depends on the tests before
    assert found["outcome"] in ("holds", "due"), found
    verdict = json.loads(Api(laptop.target).connect().get("/verdict").body)
    assert (verdict["origin"], verdict["sentence"]) == ("census", found["sentence"])


def test_functions_and_jobs_need_every_permission_of_their_roles_and_no_other(laptop: Laptop) -> None:
    laptop.do("invoice", "536365")
    laptop.do("customer", "17850")
    config = RunConfig.load(State(laptop.state).config_file)
    given, made = held(config), used(config)
    assert sorted(refused(config)) == [], "permissions are missing"
    assert sorted(given - made - NOT_MADE.keys()) == [], "permissions are superfluous, or only needed in other cases"
    assert sorted(NOT_MADE.keys() - given) == [], "the table names permissions that no role has"
    assert len(made) > 30


def test_a_job_that_is_none_is_refused_and_those_that_are_named(laptop: Laptop) -> None:
    refused = laptop.run("job", "copy")
    assert refused.returncode == 2
    assert "no job 'copy'; it has curate, load_tables, load_warehouse, maintain_lake, all" in refused.stderr


def test_status_shows_what_would_be_due(laptop: Laptop) -> None:
    answer = json.loads(laptop.do("status", "--json"))
    assert {(*it["jobs"], it["next"]) for it in answer["schedules"]} == {("curate", None), ("maintain_lake", None)}
    assert "curate (off: `tillstream up --schedules`)" in laptop.do("status")


@pytest.mark.usefixtures("workflow")
def test_a_deployed_stage_shows_by_its_api_what_the_laptop_shows_by_its_stores(laptop: Laptop) -> None:
    with stage(Aws()) as it:
        target = replace(laptop.target, endpoints={**laptop.target.endpoints, **it.target.endpoints})
        seen = look(Deployed(it.stack, target), Api(target).connect())
    here = json.loads(laptop.do("status", "--json"))
    assert {name: seen[name] for name in ("deliveries", "topics")} == {
        "deliveries": here["deliveries"],
        "topics": here["topics"],
    }
    lines = {**here["lines"], "warehouse": here["lines"]["redshift"]}
    assert seen["lines"] == {name: lines[name] for name in ("dynamodb", "lake", "warehouse")}
    assert [group["lag"] for group in seen["groups"]] == [group["lag"] for group in here["groups"]]


@pytest.mark.usefixtures("workflow")
def test_a_deployed_stage_is_reconciled_without_its_brokers(laptop: Laptop) -> None:
    rows = entries([laptop.home / "streamed.csv"], forms([], [laptop.home / "streamed.csv"]))
    seen = StageTopic(laptop.target, Api(laptop.target).connect())
    hops = ("csv", "s3", "dynamodb")
    verdict = reconcile(rows, Selection(), laptop.target, hops, 60.0, lambda *_: None, exact=False, seen=seen)
    broken = {rule.name for rule in verdict.rules if rule.against.count or rule.due}
    # other tests drop files here, which the tables do not hold before load_tables has run
    assert ([hop.name for hop in verdict.hops], broken - {"dynamodb-others"}) == (["csv", "s3", "dynamodb"], set())
    assert set(verdict.facts["lag"].values()) == {0}
    [partition] = [it for it in seen.partitions() if seen.bounds(it)[1]]
    start, end = seen.bounds(partition)
    with Topic(laptop.target) as topic:
        assert list(seen.read(partition, start, end)) == list(topic.read(partition, start, end))


def test_without_a_platform_no_job_runs(tmp_path: Path) -> None:
    refused = Laptop(tmp_path).run("job", "curate")
    assert (refused.returncode, "no platform runs" in refused.stderr) == (2, True)


def test_an_argument_that_no_job_knows_is_refused_whatever_runs_here(tmp_path: Path) -> None:
    refused = Laptop(tmp_path).run("job", "load_tables", "--agian")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "unrecognized arguments: --agian; did you mean --again?" in refused.stderr
