"""Every example of every `--help`, and the pages `own-tools.md` and `course.md`, followed on one platform."""

import gzip
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests
import sqlglot

import tillstream
from local.glue.spark import laptop_conf
from tests.console.examples import examples_of, session
from tests.end_to_end.driver import one_driver
from tests.end_to_end.laptop import CHECKOUT, STREAM, Laptop
from tests.test_documents import blocks
from tests.web.chromium import NO_CHROMIUM, chromium
from web.building import WEB, install, run_node

pytestmark = pytest.mark.parts

TOOLS = CHECKOUT / "docs" / "own-tools.md"
COURSE = CHECKOUT / "docs" / "course.md"
INVOICE = 707000
NOT_RUN = (
    *("tillstream up", "tillstream down", "tillstream reset"),  # they start or end the fixture's platform
    "tillstream job all",  # tests.local.glue.test_command runs it; here one Spark runs the same jobs
    "tillstream top",  # it ends by Ctrl-C alone
    "tillstream doctor --stage",  # it asks AWS, by credentials of an account
    "tillstream fill",  # the session has filled the tables
    # the records that they name are in no new platform
    *(f"tillstream quarantine {name}" for name in ("show", "redrive --rule", "discard --rule")),
)
"""The beginnings of the examples that are not run beside the others."""
COURSE_ROWS = """\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536373,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,12/1/2010 9:02,2.55,17850,United Kingdom
536373,71053,WHITE METAL LANTERN,6,12/1/10 9:02,3.39,17850,United Kingdom
536373,84406B,CREAM CUPID HEARTS COAT HANGER,8,12/1/10 9:02,2.75,,United Kingdom
"""
ANSWERS = {
    "kcat": '"InvoiceNo":"70',
    "confluent_kafka": '"InvoiceNo":"70',
    "aws s3 ls": "raw/order-lines/epoch=0001/day=",
    "zcat": '{"Partition":',
    "aws dynamodb": str(INVOICE),
    "aws cloudwatch": "OK",
    "curl": f'"InvoiceNo":"{INVOICE}"',
    "duckdb": "messages",
    "pyspark": "Partition",
    "pyiceberg": "StockCode",
}
"""A word by which a block is known, and what its output holds."""


@dataclass(frozen=True)
class Shell:
    """A reader's shell, in which `eval "$(tillstream env)"` was typed."""

    laptop: Laptop
    folder: Path

    def run(self, text: str) -> str:
        """Run a block of shell that must succeed; its output."""
        path = f"{Path(sys.executable).parent}:{self.laptop.environment['PATH']}"
        inside = {**self.laptop.environment, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
        script = f'eval "$(tillstream env)"\n{text}'
        call = ["bash", "-e", "-o", "pipefail", "-c", script]
        done = subprocess.run(call, cwd=self.folder, env=inside, capture_output=True, text=True, check=False)
        # a reader that stops early, as `head` does, ends the writer by a broken pipe
        ended_early = "head" in text and done.returncode in (120, 141, 255)
        assert done.returncode == 0 or ended_early, f"{text}\n{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def run_python(self, text: str, *arguments: str) -> str:
        (self.folder / "block.py").write_text(text, "utf-8")
        # a script's Spark starts as quickly as a job's; what it reads and how is the script's own
        conf = laptop_conf({}, self.folder / "unused.db", self.folder)
        quick = [word for name in ("ClassPath", "JavaOptions") for word in ("--conf", setting(conf, name))]
        submit = shlex.quote(shlex.join([*quick, "pyspark-shell"]))
        return self.run(f"export PYSPARK_SUBMIT_ARGS={submit}\npython block.py {shlex.join(arguments)}")


def setting(conf: Mapping[str, str], name: str) -> str:
    """The option of `spark-submit` for one of the driver's settings."""
    return f"spark.driver.extra{name}={conf[f'spark.driver.extra{name}']}"


@pytest.fixture(scope="module")
def shell(shared_laptop: Laptop) -> Shell:
    day = shared_laptop.home / "day.csv"
    shared_laptop.do("generate", "2010-12-01", "-o", str(day))
    shared_laptop.do("replay", str(day))
    # the day of the examples: none of them need wait for the consumers
    shared_laptop.reconcile(str(day), "--hops", STREAM)
    return Shell(shared_laptop, shared_laptop.home)


def test_a_browser_shows_an_invoice_of_the_running_platform(shell: Shell) -> None:
    browser = chromium()
    if not browser:
        pytest.skip(NO_CHROMIUM)
    install()
    rows = (shell.folder / "day.csv").read_bytes().splitlines()
    lines = sum(row.startswith(b"%d," % INVOICE) for row in rows)
    address = shell.laptop.do("open", "--print").strip()
    shown = run_node(WEB / "tests" / "live.ts", address, str(INVOICE), variables={"CHROMIUM": browser})
    assert (int(shown), lines > 1) == (lines, True)


def examples() -> list[str]:
    """All that can run beside each other: first the session that sends a day, last what waits for the next batch."""
    rest = sorted(tillstream.COMMANDS, key=lambda name: name == "put")
    found = [*session(), *(example for name in rest for example in examples_of(name))]
    # a deployed stage is AWS's
    return [example for example in dict.fromkeys(found) if not example.startswith(NOT_RUN) and "--stack" not in example]


def test_every_example_of_every_help_runs_in_an_empty_folder(shell: Shell, tmp_path: Path) -> None:
    environment = {**shell.laptop.environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    failed = {}
    with one_driver(shell.laptop.state) as driver:
        for job in ("curate", "load_tables", "load_warehouse"):
            driver.run(job)
    for example in examples():
        call = ["bash", "-e", "-o", "pipefail", "-c", example]
        done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            failed[example] = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert not failed, "\n".join(f"$ {example}\n{said}" for example, said in failed.items())


def test_each_graph_of_the_dashboard_draws_what_the_session_did(shell: Shell) -> None:
    if shell.laptop.run("lake", "SELECT 1 FROM order_lines").returncode:
        shell.laptop.do("job", "all")  # no example has made the lake yet
    cloudwatch = shell.laptop.target.client("cloudwatch")
    [entry] = cloudwatch.list_dashboards()["DashboardEntries"]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"])
    states, *graphs = (widget["properties"] for widget in body["widgets"])
    described = cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]
    assert sorted(states["alarms"]) == sorted(alarm["AlarmArn"] for alarm in described)
    # without a fault nothing fails, and nobody has published a verdict or a message that is no order line
    empty = {(graph["title"], name) for graph in graphs for name in drawn_empty(cloudwatch, graph["metrics"])}
    assert empty <= {
        ("failed invocations", "Errors"),
        ("broken verdicts", "VerdictBroken"),
        ("tables: rows", "MessagesQuarantined"),
    }


def drawn_empty(cloudwatch: Any, metrics: list[list[Any]]) -> set[str]:
    """The names of a graph's metrics without a value in the last hour."""
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": of, "Value": value} for of, value in batched(pairs)],
                },
                "Period": options["period"],
                "Stat": options["stat"],
            },
        }
        for number, (namespace, name, *pairs, options) in enumerate(metrics)
    ]
    now = datetime.now(UTC)
    window = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}
    results = cloudwatch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    return {metric[1] for metric, result in zip(metrics, results, strict=True) if not result["Values"]}


def batched(pairs: list[str]) -> list[tuple[str, str]]:
    """Names and values in turn, as pairs."""
    return list(zip(pairs[::2], pairs[1::2], strict=True))


def raw_files(shell: Shell) -> Path:
    """A copy of the bucket's `raw/`, as the page makes it."""
    (copying,) = (block for block in blocks(TOOLS, "") if block.startswith("aws s3 sync"))
    shell.run(copying)
    return shell.folder / "raw"


def named(block: str) -> list[str]:
    return [
        answer for word, answer in ANSWERS.items() if re.search(rf"^\s*(from |import )?{word}\b|\| {word}", block, re.M)
    ]


@pytest.mark.parametrize("block", blocks(TOOLS, ""), ids=lambda block: " ".join(block.split())[:40])
def test_a_command_of_the_page_shows_what_it_promises(shell: Shell, block: str) -> None:
    if block.startswith("kcat") and not shutil.which("kcat"):
        pytest.skip("kcat is not installed (Debian: apt-get install kcat)")
    said = shell.run(block)
    for answer in named(block):
        assert answer in said


@pytest.mark.parametrize("block", blocks(TOOLS, "python"), ids=lambda block: " ".join(block.split())[:40])
def test_a_script_of_the_page_shows_what_it_promises(shell: Shell, block: str) -> None:
    if "pyiceberg" in block and shell.laptop.run("lake", "SELECT 1 FROM order_lines").returncode:
        shell.laptop.do("job", "curate")  # no example has made the lake yet
    if "raw/**" in block or '"raw"' in block:
        raw_files(shell)
    said = shell.run_python(block)
    answers = named(block)
    assert answers
    for answer in answers:
        assert answer in said


def test_the_course_client_works_unchanged_with_its_file_and_its_question(shell: Shell) -> None:
    (shell.folder / "data.csv").write_text(COURSE_ROWS, "utf-8")
    (client,) = blocks(COURSE, "python")
    said = shell.run_python(client)
    assert [line.split()[0] for line in said.splitlines()] == ["202", "202", "202"]
    # the rows of the generated day stand beside these: the stores are judged by the file's own
    shell.laptop.do("reconcile", str(shell.folder / "data.csv"), "--hops", "topic,s3,dynamodb")
    (_, question) = blocks(COURSE, "")
    assert '"Lines":3,"Units":20' in shell.run(question)


def test_the_open_resource_opens_no_other(shell: Shell) -> None:
    for path in ("order-lines", f"invoices/{INVOICE}", "openapi.json"):
        assert requests.get(f"{shell.laptop.target.api_url}/{path}", timeout=300).status_code == 403


ATHENA = """
import sys
from pathlib import Path
from pyspark.sql import SparkSession

table, raw, file = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.sql.warehouse.dir", raw)
    .config("spark.hadoop.javax.jdo.option.ConnectionURL", "jdbc:derby:memory:metastore;create=true")
    .enableHiveSupport().getOrCreate()
)
spark.sql(Path(table).read_text())
folder = Path(file).parent
spark.sql(
    "ALTER TABLE raw_messages ADD PARTITION (raw_epoch='0001', raw_day='2026-01-01', raw_partition=0) "
    f"LOCATION '{folder}'"
)
for row in spark.sql("SELECT message FROM raw_messages").collect():
    print(row.message)
"""


def test_the_table_for_athena_reads_raw_files_and_its_view_takes_the_fields_out(shell: Shell) -> None:
    table, view = blocks(TOOLS, "sql")
    raw = raw_files(shell)
    file = min(raw.rglob("*.jsonl.gz"))
    (shell.folder / "table.sql").write_text(table.replace("s3://BUCKET/raw/", f"{raw}/"), "utf-8")
    said = shell.run_python(ATHENA, "table.sql", str(raw), str(file))
    messages = [line for line in said.splitlines() if line.startswith("{")]
    written = [
        line for it in file.parent.glob("*.gz") for line in gzip.decompress(it.read_bytes()).decode().splitlines()
    ]
    assert sorted(messages) == sorted(written)

    query = sqlglot.transpile(view.split("AS\n", 1)[1], read="athena", write="duckdb")[0]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE raw_messages (message TEXT, raw_day TEXT)")
    connection.executemany("INSERT INTO raw_messages VALUES (?, '2026-01-01')", [[message] for message in messages])
    first = min(map(json.loads, messages), key=lambda message: message["Offset"])
    line = first["Line"]
    result = connection.execute(f"SELECT * FROM ({query}) ORDER BY kafka_offset LIMIT 1").fetchone()
    assert result is not None
    assert result[1:6] == (first["Partition"], first["Offset"], line["InvoiceNo"], line["StockCode"], line["Quantity"])
    assert (float(result[6]), result[7]) == (line["UnitPrice"], line["LineId"])
