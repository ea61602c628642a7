"""The pages about the topic, the raw objects and the ledger, followed on real Kafka, DynamoDB Local and S3Proxy."""

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from time import time

import pytest

from commerce.metrics import BUCKET
from local.cloudformation import reader as templates
from local.cloudwatch import alarms
from local.cloudwatch.logs import Follower
from local.cloudwatch.points import series
from local.platform import KafkaAddress
from operations.bucket import Bucket
from stores.s3.objects import Lake
from tests.infra.conftest import read
from tests.operations.cloudwatch import cloudwatch
from tests.operations.real_platform import RealPlatform, csv_file
from tests.orders import a_line
from tests.parts import S3
from tests.runbook.faults import raises
from tests.runbook.pages import Page

pytestmark = pytest.mark.parts

LINES = [a_line(InvoiceNo=f"{600_000 + number}", Occurrence=1) for number in range(90)]
FIRST, LATER = LINES[:60], LINES[60:]


@dataclass
class Reader:
    """A person who follows a page on a platform that has filed the first lines and is to go on with the later ones."""

    platform: RealPlatform
    capsys: pytest.CaptureFixture[str]

    def say(self, command: str) -> tuple[int, str]:
        """Run a command of a page; the consumers read on after it."""
        self.capsys.readouterr()
        words = shlex.split(command)
        assert words[0] == "tillstream"
        if words[1] == "replay":  # there is no API here: what it would publish is published
            self.platform.publish(LINES)
            code = 0
        else:
            code = self.platform.run(*words[1:])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def stalls(self) -> str:
        """The text of the error that the archive raises at the messages that it has not read."""
        with pytest.raises(ExceptionGroup) as raised:
            self.read_on()
        return str(raised.value)

    def read_on(self) -> None:
        """Let both consumers read from where their group stands."""
        self.platform.read_on()

    def follow(self, page: Page) -> list[tuple[int, str]]:
        """Carry out the page; the last command must find every row counted."""
        done = [self.say(command) for command in page.commands("Do")]
        self.read_on()
        over = [self.say(command) for command in page.commands("It is over when")]
        assert [code for code, _ in over] == [0] * len(over), over
        assert "every row is counted" in over[-1][1]
        return [*done, *over]


@pytest.fixture
def reader(
    kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Reader:  # fmt: skip
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    platform = RealPlatform.start(kafka, dynamodb, s3, tmp_path)
    csv_file(tmp_path / "day.csv", LINES)
    platform.publish(FIRST)
    platform.consume()
    return Reader(platform, capsys)


def lose_last_objects(platform: RealPlatform) -> None:
    """Delete the last object of each partition."""
    keys = {key.partition: key for key in Bucket(platform.target).raw_keys()}
    for key in keys.values():
        platform.s3.delete_object(Bucket=platform.target.lake_bucket, Key=str(key))


def test_raw_object_lost(reader: Reader) -> None:
    page = Page("raw-object-lost")
    lose_last_objects(reader.platform)
    code, said = reader.say("tillstream reconcile day.csv --hops topic,s3 --wait 0")
    assert (code, page.is_seen_in(said)) == (1, True), said
    (code, said), *_ = reader.follow(page)
    assert (code, "0 messages filed again" in said) == (0, False)


def test_raw_object_lost_with_the_ledgers_rows(reader: Reader) -> None:
    page = Page("raw-object-lost")
    lose_last_objects(reader.platform)
    lose_rows(reader.platform)
    reader.platform.publish(LATER)
    assert page.is_seen_in(reader.stalls())
    assert reader.say("tillstream ledger rebuild --yes")[0] == 1
    reader.follow(page)


def test_topic_recreated(reader: Reader) -> None:
    page = Page("topic-recreated")
    reader.platform.delete_topic()
    reader.platform.create_topic()
    reader.platform.publish(LATER)
    assert page.is_seen_in(reader.stalls())
    reader.follow(page)


def test_dated_by_senders(reader: Reader) -> None:
    page, platform = Page("dated-by-senders"), reader.platform
    platform.date_by("CreateTime")
    platform.publish(LATER[:10])
    platform.date_by("LogAppendTime")
    platform.publish(LATER[10:20])
    assert page.is_seen_in(reader.stalls())
    done = reader.follow(page)
    assert [code for code, _ in done] == [0] * len(done)
    assert "0 offsets are given up" in done[-2][1]


def test_messages_dated_by_senders_are_not_let_go_too_early(reader: Reader) -> None:
    platform, let_go = reader.platform, "tillstream ledger let-go --yes"
    platform.date_by("CreateTime")
    platform.publish(LATER[:10])
    code, said = reader.say(let_go)
    assert (code, "still has message.timestamp.type=CreateTime" in said) == (1, True), said
    platform.date_by("LogAppendTime")
    before = [(it.partition(), it.offset()) for it in platform.messages()]
    code, said = reader.say(let_go)
    assert (code, "order_tables has not read offsets" in said) == (1, True), said
    assert [(it.partition(), it.offset()) for it in platform.messages()] == before
    reader.stalls()
    assert reader.say(let_go)[0] == 0


def test_ledger_lost_with_its_rows(reader: Reader) -> None:
    page = Page("ledger-lost")
    lose_rows(reader.platform)
    reader.platform.publish(LATER)
    reader.follow(page)


def test_ledger_lost_by_a_restore_to_an_earlier_time(reader: Reader) -> None:
    page = Page("ledger-lost")
    table = reader.platform.target.offsets_table
    earlier = reader.platform.dynamodb.scan(TableName=table)["Items"]
    reader.platform.publish(LATER[:15])
    reader.read_on()
    for item in earlier:
        reader.platform.dynamodb.put_item(TableName=table, Item=item)
    reader.platform.publish(LATER[15:])
    assert page.is_seen_in(reader.stalls())
    reader.follow(page)


def test_topic_moved(reader: Reader) -> None:
    page, platform = Page("topic-moved"), reader.platform
    platform.delete_topic()
    platform.target = replace(platform.target, cluster=f"{platform.target.cluster}-new")
    platform.target.save(platform.home / ".tillstream")
    platform.create_topic()
    platform.publish(LATER)
    assert page.is_seen_in(reader.stalls())
    reader.follow(page)


def test_bucket_restored(reader: Reader) -> None:
    page, platform = Page("bucket-restored"), reader.platform
    bucket = platform.target.lake_bucket
    for key in map(str, Bucket(platform.target).raw_keys()):
        copy = platform.home / "copy" / key
        copy.parent.mkdir(parents=True, exist_ok=True)
        platform.s3.download_file(bucket, key, str(copy))
    before = {key: Lake(platform.s3, bucket).extent(key) for key in map(str, Bucket(platform.target).raw_keys())}
    platform.publish(LATER)
    reader.read_on()
    for key in map(str, Bucket(platform.target).raw_keys()):
        platform.s3.delete_object(Bucket=bucket, Key=key)
    code, said = reader.say("tillstream reconcile day.csv --hops topic,s3 --wait 0")
    assert (code, page.is_seen_in(said)) == (1, True), said
    done = reader.follow(page)
    assert [code for code, _ in done] == [0] * len(done)
    assert {key: Lake(platform.s3, bucket).extent(key) for key in before} == before
    code, said = reader.say("tillstream ledger restore copy --yes")
    assert f"0 raw objects were put back, and {len(before)} were there already" in said


@raises("VerdictBroken", by="raw objects are deleted, and a reconciliation is published", page="verdict-broken")
def test_verdict_broken_raises_its_alarm_until_one_that_holds_is_published(reader: Reader) -> None:
    page = Page("verdict-broken")
    reader.platform.publish(LATER)
    reader.read_on()
    lose_last_objects(reader.platform)
    with cloudwatch(reader.platform, reader.platform.home / ".tillstream" / "logs"):
        code, said = reader.say("tillstream reconcile day.csv --hops topic,s3 --wait 0 --publish")
        assert (code, page.is_seen_in(said), verdict_alarm(reader)) == (1, True, alarms.ALARM), said
        for command in page.commands("Do"):
            named = reader.say(command)[1].rpartition("docs/runbook/")[2].partition(".md")[0]
        reader.follow(Page(named))
        assert verdict_alarm(reader) == alarms.ALARM  # what was lost is there again, and nobody has said so
        assert [reader.say(command)[0] for command in page.commands("It is over when")] == [0]
        assert verdict_alarm(reader) == alarms.OK


def verdict_alarm(reader: Reader) -> str:
    """The state of the templates' alarm over the verdicts on this platform's bucket."""
    kafka = KafkaAddress("127.0.0.1:9", "PLAINTEXT")
    laptop = templates.load(read("laptop").folder, kafka=kafka, api_url="http://127.0.0.1:9")
    [alarm] = [alarm for alarm in laptop.alarms if alarm.name == "VerdictBroken"]
    [watched] = alarm.metrics
    assert watched.series.dimensions == ((BUCKET, laptop.outputs["LakeBucket"]),)
    ours = series(watched.series.namespace, watched.series.name, {BUCKET: reader.platform.target.lake_bucket})
    points = Follower(reader.platform.home / ".tillstream" / "logs").look(time())
    return alarms.state(replace(alarm, metrics=(replace(watched, series=ours),)), points, time(), since=0)


def lose_rows(platform: RealPlatform) -> None:
    """Delete the ledger's rows."""
    for item in platform.dynamodb.scan(TableName=platform.target.offsets_table)["Items"]:
        key = {name: item[name] for name in ("Cluster", "TopicPartition")}
        platform.dynamodb.delete_item(TableName=platform.target.offsets_table, Key=key)
