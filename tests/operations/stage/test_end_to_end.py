"""Commands with `--stack`, end to end: the laptop's platform stands for the stage, and IAM holds each to its policy."""

import json
import signal
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from time import sleep
from typing import Final

import msgspec
import pytest
from confluent_kafka import Producer

from commerce.batches.paths import BATCHES
from commerce.paths import DEAD_LETTERS, DECISIONS, ERASURES, INCOMING, QUARANTINE, RAW
from operations.operator_policy.needs import COMMANDS
from stores.s3.dead_letters import DeadLetters
from tests.consumers.kafka import an_event, line_messages
from tests.end_to_end.laptop import Laptop, hops, platform
from tests.end_to_end.test_erasure import GONE, LEFT, LINES, a_day
from tests.operations.stage.account import Stack
from tests.operations.stage.operator import Operator, operator, stack_of
from tests.orders import a_line, cells, csv_document
from tests.runbook.test_laptop_pages import empty_the_tables
from tests.stores.s3.test_dead_letters import LETTER

pytestmark = [pytest.mark.parts, pytest.mark.scale, pytest.mark.timeout(5400)]

STORES: Final = "dynamodb,lake,redshift,s3"
UNSEEN: Final[Mapping[str, str]] = {
    "cloudformation:DescribeStacks stack/tillstream-laptop/*": "the test gives the stack's outputs",
    "glue:GetTable catalog": "the laptop's catalog is a SQLite file",
    "glue:GetTable database/tillstream_laptop": "the laptop's catalog is a SQLite file",
    "glue:GetTable table/tillstream_laptop/order_lines": "the laptop's catalog is a SQLite file",
    "logs:FilterLogEvents *": "of the functions, which write into files here",
    "logs:DescribeLogStreams *": "of the functions, which write into files here",
    "redshift-data:CancelStatement *": "of a statement that is not waited for any longer",
    "reconcile execute-api:Invoke a1b2c3d4e5/P/GET/topic/messages": "while a consumer has messages to read",
    "reconcile dynamodb:BatchGetItem invoices": "while the tables' consumer has messages to read",
    "reconcile dynamodb:BatchGetItem customers": "while the tables' consumer has messages to read",
    "put s3:ListBucket ": "S3 then answers 404, not 403, for a name that is free",
    "reconcile s3:GetObject /incoming/*": "of a file that curate has not taken",
    "fill dynamodb:PutItem invoices": "DynamoDB puts the items in the operator's name",
    "fill dynamodb:PutItem customers": "DynamoDB puts the items in the operator's name",
    "erase dynamodb:PutItem customers": "where an invoice has lines of another customer too",
    **{
        f"{call} job/tillstream-laptop-*": "of a job that fails, which `job` shows"
        for call in ("erase glue:GetJob", "fill glue:GetJob", "fill glue:GetJobRuns")
    },
    "s3:AbortMultipartUpload /incoming/*": "of a large upload that breaks",
    "s3:ListBucketVersions ": "S3Proxy keeps none; tests/operations/erasure/test_versions.py plays one that does",
    **{
        f"s3:DeleteObjectVersion /{prefix}*": "S3Proxy keeps no versions"
        for prefix in (RAW, INCOMING, BATCHES, QUARANTINE, DEAD_LETTERS, DECISIONS, ERASURES)
    },
}
"""The permissions that the commands do not use here, some with the command before them, and the reason."""

CHECKED: Final[set[str]] = set()
"""The commands whose policy was checked."""
EXCUSED: Final[set[str]] = set()
"""The entries of `UNSEEN` that excused an unused permission of theirs."""


def check(it: Operator) -> None:
    """The policy of a command has a permission for each call that it made, and none that it did not need."""
    assert it.refused == set()
    excused = {use: {use, f"{it.command} {use}"} & UNSEEN.keys() for use in it.unused}
    assert sorted(use for use, entries in excused.items() if not entries) == []
    CHECKED.add(it.command)
    EXCUSED.update(*excused.values())


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A platform that holds two customers in every store, one of them in quarantine and in a dead letter too."""
    home = tmp_path_factory.mktemp("stage")
    streamed, dropped = a_day(home / "streamed.csv", 536_365), a_day(home / "dropped.csv", 536_367)
    with platform(home) as running:
        running.do("replay", streamed)
        running.do("reconcile", streamed, "--hops", "topic,s3,dynamodb")
        running.do("put", dropped)
        quarantine(running)
        running.do("job", "all")
        yield running


def quarantine(laptop: Laptop) -> None:
    """Leave a message, a row of a file and a dead letter that name the customer."""
    target = laptop.target
    producer = Producer({"bootstrap.servers": target.bootstrap_servers})
    producer.produce(target.topic, json.dumps({"CustomerID": GONE}).encode())
    assert producer.flush(300) == 0
    bad = csv_document(cells(CustomerID=GONE, Quantity="many", InvoiceNo="536380"))
    target.client("s3").put_object(Bucket=target.lake_bucket, Key="incoming/bad.csv", Body=bad)
    event = an_event(*line_messages([a_line(CustomerID=int(GONE))]))
    letter = msgspec.structs.replace(LETTER, payload=json.dumps(event))
    letters = DeadLetters(target.client("s3"), target.lake_bucket)
    letters.put("aws/lambda/m/order-lines-0/2010/12/01/x", letter)


@pytest.fixture(scope="module")
def stack(laptop: Laptop) -> Stack:
    return stack_of(laptop)


def files(laptop: Laptop) -> tuple[str, str]:
    """The files whose rows are in the stores: by the stream, and dropped."""
    return str(laptop.home / "streamed.csv"), str(laptop.home / "dropped.csv")


def test_the_commands_that_look_and_run_jobs(laptop: Laptop, stack: Stack, tmp_path: Path) -> None:
    acting = partial(operator, laptop, stack, tmp_path)
    with acting("job") as it:
        assert "maintain_lake succeeded" in it.do("job", "maintain_lake")
        assert "maintain_lake succeeded" in it.do("job", "all")
        stack.fails, stack.again = True, (("SUCCEEDED",),)
        assert "Glue runs it again by itself" in it.run("job", "curate").stderr
        stack.fails, stack.again = False, ()
        check(it)
    with acting("status") as it:
        assert "consumer order-tables: 0 messages behind" in it.do("status")
        check(it)
    with acting("logs") as it:
        assert "maintain_lake" in it.do("logs")
        assert "RunsSucceeded" in it.do("logs", "maintain_lake")
        check(it)
    with acting("smoke") as it:
        assert "ok" in it.do("smoke")
        check(it)


def test_the_commands_of_files_and_quarantine(laptop: Laptop, stack: Stack, tmp_path: Path) -> None:
    acting = partial(operator, laptop, stack, tmp_path)
    with acting("put") as it:
        file = tmp_path / "refused.csv"
        file.write_bytes(csv_document(cells(CustomerID=LEFT, Quantity="many")))
        it.do("put", str(file))
        check(it)
    with acting("quarantine") as it:
        [record, *_] = json.loads(it.do("quarantine", "list", "--json"))
        it.do("quarantine", "show", record["id"])
        it.do("quarantine", "discard", record["id"], "--yes", "--reason", "a test")
        it.do("quarantine", "list", "--state", "all")  # reads the decision
        check(it)


def reconciled(it: Laptop, *named: str) -> dict[str, int]:
    """The lines that each store holds, where every rule holds."""
    answer = json.loads(it.do("reconcile", *named, "--exact", "--hops", STORES, "--json"))
    return {name: hop["lines"] for name, hop in hops(answer).items()} | {"erased": answer["erased_rows"]}


def held(it: Operator, customer: str) -> dict[str, tuple[int, int]]:
    """Rows of lines and other records, by store, of those that hold any of the customer."""
    found = json.loads(it.do("erase", customer, "--dry-run", "--json"))["found"]
    return {store["store"]: (store["rows"], store["others"]) for store in found if store["rows"] or store["others"]}


def erased_at_last(it: Operator, customer: str) -> str:
    """The output of an erasure, begun again while a job of a killed one runs: each job runs once at a time."""
    while (
        "runs already, and its template allows one run at a time" in (done := it.run("erase", customer, "--yes")).stderr
    ):
        sleep(1)  # between two tries, until the job has ended
    assert done.returncode == 0, done
    return done.stdout


def test_a_customer_is_erased_from_a_stage_though_the_command_is_killed(
    laptop: Laptop, stack: Stack, tmp_path: Path
) -> None:
    with operator(laptop, stack, tmp_path, "erase") as it:
        for table in (it.target.invoices_table, it.target.customers_table):
            stack.loads.ends = ("IN_PROGRESS",)
            arn = stack.loads.begin(table)
            loading = it.run("erase", GONE, "--yes")
            assert (loading.returncode, f"{arn} of table {table} is under way" in loading.stderr) == (1, True), loading
            stack.loads.looks.clear()
        before = held(it, GONE)
        assert set(before) == {
            *("raw objects", "tables", "lake", "dropped files", "staged files", "warehouse", "quarantine"),
        }
        killed = it.start("erase", GONE, "--yes")
        assert killed.stderr is not None
        assert any("erasing: lake" in line for line in killed.stderr)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert "erased but for" in erased_at_last(it, GONE)
        assert held(it, GONE) == {}
        assert it.do("erase", GONE, "--yes").endswith("no store holds anything of this customer\n")
        check(it)
    counted = reconciled(laptop, *files(laptop))
    assert counted == {
        **dict.fromkeys(("csv", "dynamodb", "lake", "redshift"), LINES),
        "s3": LINES // 2,
        "erased": LINES,
    }


def test_the_commands_that_compare_and_ask(laptop: Laptop, stack: Stack, tmp_path: Path) -> None:
    acting = partial(operator, laptop, stack, tmp_path)
    with acting("reconcile") as it:
        it.do("reconcile", *files(laptop), "--publish")
        it.do("reconcile", *files(laptop), "--customer", LEFT, "--hops", "dynamodb")
        check(it)
    with acting("sql") as it:
        assert json.loads(it.do("sql", "SELECT count(*) AS n FROM order_lines", "--json"))[0]["n"] >= LINES
        check(it)
    with acting("lake") as it:
        it.do("lake", "SELECT count(*) FROM order_lines")
        check(it)
    with acting("backfill") as it:
        stack.lags = [[70.0], [0.0] * 3]
        it.do("backfill", "order_tables", "--from-offset", "0=0", "--yes")
        check(it)


def test_the_empty_tables_of_a_stage_are_filled_at_a_price_that_is_said_first(
    laptop: Laptop, stack: Stack, tmp_path: Path
) -> None:
    rows = reconciled(laptop, *files(laptop))
    with operator(laptop, stack, tmp_path, "fill") as it:
        full = it.run("fill", "--yes", "--dollars-per-gb", "0.10")
        assert (full.returncode, "holds items" in full.stderr) == (1, True), full
        empty_the_tables(laptop)
        fed = it.run("fill", "--yes", "--dollars-per-gb", "0.10")
        assert (fed.returncode, "update-event-source-mapping --uuid usual --no-enabled" in fed.stderr) == (1, True), fed
        stack.mappings["usual"]["State"] = "Disabled"
        assert "the price of a bulk load is not known" in it.do("fill", "--dry-run")
        unpriced = it.run("fill", "--yes")
        assert (unpriced.returncode, "say --dollars-per-gb" in unpriced.stderr) == (2, True), unpriced

        # killed while DynamoDB loads
        stack.loads.ends = ("IN_PROGRESS",)
        killed = it.start("fill", "--yes", "--dollars-per-gb", "0.10")
        assert killed.stderr is not None
        assert any("the bulk load of" in line for line in killed.stderr)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert it.run("fill", "--yes", "--dollars-per-gb", "0.10").returncode == 1
        empty_the_tables(laptop)
        waiting = it.run("fill", "--yes", "--dollars-per-gb", "0.10")
        assert (waiting.returncode, "is under way" in waiting.stderr) == (1, True), waiting

        stack.loads.ends = ("COMPLETED",)
        said = it.do("fill", "--yes", "--dollars-per-gb", "0.10")
        assert f"loaded and counted: {LINES + 1:,} lines and 2 summaries" in said  # one is of `smoke`
        assert said.index("the bulk load costs $0.0000") < said.index("loaded and counted")
        check(it)
    assert reconciled(laptop, *files(laptop)) == rows
    assert "load_tables: there was nothing new" in laptop.do("job", "load_tables")
    with operator(laptop, stack, tmp_path, "erase") as it:
        assert "exports" in held(it, LEFT)


def test_each_permission_that_counts_as_unseen_is_one_that_no_command_used() -> None:
    same_as_another, asks_nothing = {"top"}, {"env"}
    if COMMANDS.keys() - CHECKED - same_as_another - asks_nothing:
        pytest.skip("not every command was run before")
    assert UNSEEN.keys() - EXCUSED == set()
