"""The pages about jobs, stores and the laptop's parts, followed in a shell on one platform, each after its accident."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import pytest
from confluent_kafka import Producer

from commerce import wire
from local.cloudwatch.alarms import ALARM, OK, state
from local.cloudwatch.logs import Follower
from local.config import RunConfig
from local.processes import wait_until
from local.state import State
from operations.bucket import Bucket
from producer.api import Api
from tests.end_to_end.laptop import CHECKOUT, STREAM, Laptop, pid_of, platform
from tests.end_to_end.raised import raised
from tests.growth.channel import Grown
from tests.orders import a_line, cells, csv_document
from tests.runbook.faults import ALARMS, raises
from tests.runbook.pages import Page

pytestmark = [pytest.mark.parts, pytest.mark.scale, pytest.mark.timeout(5400)]

SECONDS = 600
LOOKS = ("tillstream top",)
"""Commands that go on until Ctrl-C."""
HOURS = {"CurateOverdue": 3, "LoadTablesOverdue": 3, "LoadWarehouseOverdue": 3, "MaintainLakeOverdue": 48}
"""The hours without a run that succeeds after which each of these alarms is raised."""
LATER = "2011-05-05 08:26:00"
"""The date of lines that are of no file: `reconcile` judges the days of its files alone."""
FAULT = '    raise ValueError("no line")\n'
FAULTY = {
    name: ((line, FAULT + line),)
    for name, line in (
        ("lambdas/http.py", "    try:\n        wanted = request(event)"),
        ("lambdas/census/handler.py", "    its, settings = stores(context)"),
        ("commerce/kafka_events.py", "    partitions = [(name"),
    )
}
"""A fault in the code of every function."""


@dataclass
class Reader:
    """A person in a folder with `day.csv`, whose rows are in every store."""

    laptop: Laptop
    folder: Path
    since: float = 0
    """The time from which alarms are watched: the beginning of a test."""
    ended: set[str] = field(default_factory=set)
    """The alarms of a test that were raised, and ended."""

    def say(self, command: str) -> tuple[int, str]:
        """Run a line of a page in a shell."""
        path = f"{Path(sys.executable).parent}:{self.laptop.environment['PATH']}"
        inside = {**self.laptop.environment, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
        call = ["bash", "-e", "-o", "pipefail", "-c", command]
        done = subprocess.run(call, cwd=self.folder, env=inside, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def sees(self, page: Page, *commands: str) -> str:
        """The output of these commands, which must hold one of the page's messages, whatever its numbers."""
        said = "\n".join(self.say(command)[1] for command in commands)
        assert page.is_seen_in(said), said
        return said

    def sees_at_last(self, page: Page, command: str) -> None:
        """Wait until the output of this command holds one of the page's messages."""
        wait_until(lambda: page.is_seen_in(self.say(command)[1]), SECONDS)
        self.sees(page, command)

    def carry_out(self, page: Page, over: Callable[[str], bool] = bool) -> str:
        """Carry out the page, of which each command must succeed, until the last one's output is that of the end."""
        for command in page.commands("Do"):
            self.succeed(command)
        seen: list[str] = []

        def again() -> bool:
            seen[:] = [self.succeed(command) for command in page.commands("It is over when")]
            return over(seen[-1])

        assert wait_until(again, SECONDS), seen[-1]
        return seen[-1]

    def succeed(self, command: str) -> str:
        """The output of a command, which must succeed; one that goes on until Ctrl-C gets it after some seconds."""
        code, said = self.say(f"timeout --signal INT 20 {command} || test $? = 124" if command in LOOKS else command)
        assert code == 0, f"{command}\n{said}"
        return said

    def follow(self, page: Page) -> None:
        """Carry out the page; its last command must find every row counted, in every store."""
        assert "every row is counted" in self.carry_out(page)
        answer = json.loads(self.laptop.do("reconcile", str(self.folder / "day.csv"), "--json"))
        assert {"lake", "redshift"} <= {hop["name"] for hop in answer["hops"]}

    def rings(self, *alarms: str) -> None:
        """Wait until each of these alarms has been raised since the test began."""
        wait_until(lambda: set(alarms) <= raised(self.laptop, self.since), SECONDS)
        assert set(alarms) - raised(self.laptop, self.since) == set()

    def silent_again(self, *alarms: str) -> None:
        """Wait until none of these alarms, which were raised, is raised any more."""
        wait_until(lambda: {self.state(it, time()) for it in alarms} == {OK}, SECONDS)
        assert {it: self.state(it, time()) for it in alarms} == dict.fromkeys(alarms, OK)
        self.ended |= set(alarms)

    def state(self, name: str, at: float) -> str:
        """The state of an alarm at this time, if nothing more is published until then."""
        [alarm] = [alarm for alarm in self.config.platform.alarms if alarm.name == name]
        return state(alarm, Follower(self.laptop.state / "logs").look(time()), at, since=0)

    def publish(self, value: bytes) -> None:
        """Publish a message of this value past the API."""
        producer = Producer({"bootstrap.servers": self.laptop.target.bootstrap_servers})
        producer.produce(self.laptop.target.topic, value)
        assert producer.flush(SECONDS) == 0

    @property
    def config(self) -> RunConfig:
        return RunConfig.load(State(self.laptop.state).config_file)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    home = tmp_path_factory.mktemp("runbook")
    with platform(home) as laptop:
        laptop.do("generate", "2010-12-01", "--invoices", "8", "-o", str(home / "day.csv"))
        laptop.do("replay", str(home / "day.csv"))
        laptop.reconcile(str(home / "day.csv"))
        laptop.do("job", "all")
        yield Reader(laptop, home)


@pytest.fixture(autouse=True)
def each_alarm_that_a_test_names_was_raised_by_its_fault_and_ended_by_its_page(
    reader: Reader, request: pytest.FixtureRequest
) -> Iterator[None]:
    reader.since, reader.ended = time(), set()
    yield
    assert {name for mark in request.node.iter_markers(ALARMS) for name in mark.args} - reader.ended == set()


def empty_the_tables(laptop: Laptop) -> None:
    """Delete every item of the two tables."""
    target = laptop.target
    dynamodb = target.client("dynamodb")
    for table, names in (
        (target.invoices_table, ("InvoiceNo", "LineKey")),
        (target.customers_table, ("CustomerID", "InvoiceNo")),
    ):
        for item in laptop.items(table):
            dynamodb.delete_item(TableName=table, Key={name: item[name] for name in names})


def test_tables_emptied(reader: Reader) -> None:
    page = Page("tables-emptied")
    empty_the_tables(reader.laptop)
    _, said = reader.say("tillstream job load_tables; tillstream status")
    assert f"the way back: docs/runbook/{page.name}.md" in said
    code, said = reader.say("tillstream reconcile day.csv")
    assert (code, f"the way back: docs/runbook/{page.name}.md" in said) == (1, True), said
    reader.follow(page)


def test_tables_emptied_and_the_topic_still_holds_the_lines(reader: Reader) -> None:
    empty_the_tables(reader.laptop)
    for consumer in ("order_tables", "raw_archive"):  # the archive drops what it has filed
        code, said = reader.say(f"tillstream backfill {consumer} --from-time 2000-01-01 --yes")
        assert (code, f"{consumer} has read " in said) == (0, True), said
    code, said = reader.say("tillstream reconcile day.csv --exact")
    assert (code, "every row is counted" in said) == (0, True), said


@pytest.mark.parametrize("emptied", [("order_lines",), ("loaded_batches", "order_lines")], ids=" and ".join)
def test_warehouse_emptied(reader: Reader, emptied: tuple[str, ...]) -> None:
    page = Page("warehouse-emptied")
    for table in emptied:
        reader.laptop.do("sql", f"DELETE FROM {table}")
    assert f"the way back: docs/runbook/{page.name}.md" in reader.say("tillstream status")[1]
    code, said = reader.say("tillstream reconcile day.csv")
    assert (code, f"the way back: docs/runbook/{page.name}.md" in said) == (1, True), said
    if emptied == ("order_lines",):
        reader.sees(page, "tillstream job load_warehouse")
        assert "JobsFailures" in raised(reader.laptop, reader.since)
    reader.follow(page)


def test_lake_rolled_back(reader: Reader) -> None:
    page = Page("lake-rolled-back")
    reader.config.lake_db.unlink()  # the laptop's catalog: the table is dropped
    code, said = reader.say("tillstream reconcile day.csv")
    assert code == 1, said
    reader.follow(page)


def test_poisoned_file(reader: Reader) -> None:
    page, target = Page("poisoned-file"), reader.laptop.target
    target.client("s3").put_object(Bucket=target.lake_bucket, Key="incoming/day.csv", Body=b"")
    reader.sees(page, "tillstream job curate")
    reader.rings("RowsQuarantined")  # now: the log of a job's run begins anew with the next one
    reader.follow(page)


def test_raw_object_lost_and_status_names_the_page(reader: Reader) -> None:
    page, target = Page("raw-object-lost"), reader.laptop.target
    lost = {key.partition: key for key in Bucket(target).raw_keys()}
    for key in lost.values():
        target.client("s3").delete_object(Bucket=target.lake_bucket, Key=str(key))
    for partition, key in lost.items():  # the ledger goes back as well, as by a restore
        target.client("dynamodb").update_item(
            TableName=target.offsets_table,
            Key={"Cluster": {"S": target.cluster}, "TopicPartition": {"S": f"{target.topic}#{partition}"}},
            UpdateExpression="SET NextOffset = :next",
            ExpressionAttributeValues={":next": {"N": str(key.first_offset)}},
        )
    reader.laptop.do("replay", str(reader.folder / "day.csv"))
    assert wait_until(lambda: "stands still" in reader.say("tillstream status")[1], SECONDS)
    assert "the way back: docs/runbook/raw-object-lost.md" in reader.sees(page, "tillstream status")
    assert "RawArchiveErrors" in raised(reader.laptop, reader.since)
    reader.follow(page)
    assert wait_until(lambda: "raw-archive: 0 messages behind" in reader.say("tillstream status")[1], SECONDS)


def test_function_fails_where_its_table_is_missing(reader: Reader) -> None:
    page, target = Page("function-fails"), reader.laptop.target
    target.client("dynamodb").delete_table(TableName=target.offsets_table)
    reader.laptop.do("replay", str(reader.folder / "day.csv"))
    named = f"the way back: docs/runbook/{page.name}.md"
    assert wait_until(lambda: named in reader.say("tillstream status")[1], SECONDS)
    said = reader.say("tillstream status")[1]
    assert "raw-archive stands still" in said
    assert "ResourceNotFoundException" in said
    reader.rings("RawArchiveErrors")
    reader.follow(page)
    reader.silent_again("RawArchiveErrors")
    assert wait_until(lambda: named not in reader.say("tillstream status")[1], SECONDS)


SIX = ("IngestErrors", "QueryErrors", "BrowseErrors", "CensusErrors", "RawArchiveErrors", "OrderTablesErrors")


@raises(*SIX, by="code that raises at each event is deployed", page="function-fails")
def test_function_fails_where_its_code_has_a_fault(reader: Reader, tmp_path: Path) -> None:
    page = Page("function-fails")
    reader.laptop.do("down")
    Laptop(reader.laptop.home, Grown.whole(tmp_path / "faulty", FAULTY).folder).do("up", "--detach")
    target = reader.laptop.target
    reader.publish(wire.encode(a_line(InvoiceNo="600003", InvoiceDate=LATER)))
    api = Api(target).connect()
    assert {api.get(path).status for path in ("/invoices/536365", "/pipeline")} == {502}
    [census] = [it.name for it in reader.config.platform.functions if "census" in it.name]
    assert "FunctionError" in target.client("lambda").invoke(FunctionName=census)
    assert api.post_lines(b"[]").status == 502
    reader.rings(*SIX)
    reader.sees_at_last(page, "tillstream status")
    reader.follow(page)
    reader.silent_again(*SIX)


@contextmanager
def silent(reader: Reader, part: str) -> Iterator[None]:
    """A server of the platform that answers nothing inside the block."""
    process = pid_of(reader.laptop, part)
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@raises("IngestUnacknowledged", by="the broker answers nothing while rows are sent", page="brokers-silent")
def test_brokers_silent(reader: Reader) -> None:
    page = Page("brokers-silent")
    with silent(reader, "kafka"):
        replay = reader.laptop.start("replay", str(reader.folder / "day.csv"), stdout=subprocess.DEVNULL)
        reader.rings("IngestUnacknowledged")
    replay.wait(SECONDS)
    reader.sees(page, "tillstream logs ingest")
    reader.follow(page)
    reader.silent_again("IngestUnacknowledged")


@raises("JobsFailures", by="the lake's catalog cannot be read", page="job-failed")
def test_job_failed(reader: Reader) -> None:
    page, catalog = Page("job-failed"), reader.config.lake_db
    kept = catalog.rename(catalog.with_suffix(".kept"))
    catalog.write_bytes(b"no catalog")
    try:
        reader.sees(page, "tillstream job curate")
    finally:
        kept.replace(catalog)
    reader.rings("JobsFailures")
    reader.follow(page)
    reader.silent_again("JobsFailures")


@raises(*HOURS, by="no job runs for the hours after its last run (the clock is put on)", page="job-failed")
def test_a_job_that_does_not_run_is_overdue_until_its_page_is_followed(reader: Reader) -> None:
    reader.follow(Page("job-failed"))
    later = {name: reader.state(name, time() + hours * 3_600 + 1) for name, hours in HOURS.items()}
    assert later == dict.fromkeys(HOURS, ALARM)
    reader.silent_again(*HOURS)


@raises("MessagesQuarantined", by="a message without a Country comes past the API", page="quarantined")
@raises("RowsQuarantined", by="a dropped file has a row without a Country", page="quarantined")
def test_quarantined(reader: Reader) -> None:
    page, target = Page("quarantined"), reader.laptop.target
    of_topic = wire.parse(wire.encode(a_line(InvoiceNo="600001", InvoiceDate=LATER))) | {"Country": ""}
    reader.publish(wire.encode_answer(of_topic))
    reader.rings("MessagesQuarantined")
    of_file = csv_document(cells(InvoiceNo="600002", InvoiceDate=LATER, Country=""))
    target.client("s3").put_object(Bucket=target.lake_bucket, Key="incoming/other.csv", Body=of_file)
    assert reader.say("tillstream job curate")[0] == 0
    reader.rings("RowsQuarantined")
    reader.sees(page, "tillstream status")
    said = reader.carry_out(page)
    assert "600001" not in said
    assert "other.csv" not in said
    reader.silent_again("MessagesQuarantined", "RowsQuarantined")


BEHIND = ("RawArchiveLag", "OrderTablesLag", "RawArchiveAge", "OrderTablesAge")


@raises(*BEHIND, by="DynamoDB answers nothing for over a minute while 70,000 rows are sent", page="consumer-behind")
def test_consumer_behind(reader: Reader) -> None:
    page, many = Page("consumer-behind"), str(reader.folder / "many.csv")
    reader.laptop.do("generate", "2010-12-02", "--invoices", "3500", "-o", many)
    with silent(reader, "dynamodb"):
        reader.laptop.do("replay", many)
        sent = time()
        reader.rings("RawArchiveLag", "OrderTablesLag")
        assert wait_until(lambda: time() - sent > 70, SECONDS)  # what waits grows older than the alarms allow
    reader.sees(page, "tillstream status")
    reader.carry_out(page, over=lambda said: said.count(": 0 messages behind") == 2)
    reader.rings(*BEHIND)
    reader.silent_again(*BEHIND)
    reader.laptop.reconcile(many, "--hops", STREAM)


def test_part_ended(reader: Reader) -> None:
    page = Page("part-ended")
    os.kill(pid_of(reader.laptop, "kafka"), signal.SIGKILL)
    assert wait_until(lambda: "without `tillstream down`" in reader.say("tillstream status")[1], SECONDS)
    assert "the way back: docs/runbook/part-ended.md" in reader.sees(page, "tillstream status")
    reader.follow(page)
