"""The commands on real Kafka, DynamoDB Local and S3Proxy, with the consumers' own code to fill them."""

import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from commerce import raw
from commerce.batches.paths import staged_key
from commerce.batches.records import Manifest, Outcome, Taken
from commerce.paths import NEWEST_VERDICT, parse_raw_key
from commerce.verdicts import PublishedVerdict
from glue_jobs.staging import LineFile
from operations.bucket import Bucket
from operations.reconcile import waiting
from operations.reconcile.hops import dynamodb
from operations.reconcile.hops.incoming import Incoming
from operations.reconcile.signs import WorkInBatches
from operations.reconcile.unread_work import Pending
from operations.topic import Topic
from stores.dynamodb.ledger import Ledger
from stores.dynamodb.tables import Tables
from tests.operations.cloudwatch import cloudwatch
from tests.operations.real_platform import PARTITIONS, RealPlatform, csv_file, shuffled
from tests.orders import a_line
from tests.parts import S3

pytestmark = pytest.mark.parts

LINES = [
    a_line(
        InvoiceNo=f"{'C' if number % 7 == 0 else ''}{600_000 + number // 5}",
        StockCode=f"{number % 5}",
        Quantity=number % 11 - 5 or 1,
        CustomerID=None if number % 3 == 0 else 12_000 + number % 4,
        Occurrence=1,
    )
    for number in range(240)
]
LINES += [a_line(Occurrence=2, **{name: getattr(LINES[-1], name) for name in LINES[-1].__struct_fields__[:8]})]


@pytest.fixture
def platform(kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealPlatform:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    return RealPlatform.start(kafka, dynamodb, s3, tmp_path)


class Reconciled:
    """The answer of `tillstream reconcile --json`."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.err = code, err
        self.answer: dict[str, Any] = json.loads(out)
        self.hops = {hop["name"]: hop for hop in self.answer["hops"]}
        self.broken = {rule["name"] for rule in self.answer["rules"] if not rule["holds"]}


@pytest.fixture
def reconcile(platform: RealPlatform, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    file = csv_file(tmp_path / "rows.csv", LINES)

    def run(*options: str) -> Reconciled:
        capsys.readouterr()
        code = platform.run("reconcile", file, "--json", *options)
        return Reconciled(code, *capsys.readouterr())

    return run


def ledger(platform: RealPlatform, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert platform.run("ledger", *arguments, "--json") == 0
    entries: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return entries


def test_every_row_is_counted_through_real_stores(platform: RealPlatform, reconcile: Any, tmp_path: Path) -> None:
    platform.publish([*shuffled(LINES), *Random(1).sample(LINES, 30)], [b"no line", None])
    platform.consume()
    with cloudwatch(platform, tmp_path) as client:
        done = reconcile("--publish")
        [metric] = client.list_metrics(MetricName="VerdictBroken")["Metrics"]
    assert metric["Dimensions"] == [{"Name": "LakeBucket", "Value": platform.target.lake_bucket}]
    assert (done.code, done.answer["agree"]) == (0, True), done.answer["rules"]
    kept = platform.s3.get_object(Bucket=platform.target.lake_bucket, Key=NEWEST_VERDICT)["Body"].read()
    published = msgspec.json.decode(kept, type=PublishedVerdict)
    assert (published.outcome, published.sentence) == (
        "holds",
        f"every row is counted ({len(LINES):,} rows, 4 hops agree)",
    )
    assert [(hop.name, hop.rows, hop.lines) for hop in published.hops] == [
        (hop["name"], hop["rows"], hop["lines"]) for hop in done.answer["hops"]
    ]
    assert done.hops["topic"] == done.hops["s3"] | {"name": "topic"}
    assert (done.hops["topic"]["rows"], done.hops["topic"]["rejected"]) == (len(LINES) + 32, 2)
    assert {(hop["lines"], hop["net_amount"], hop["digest"]) for hop in done.answer["hops"]} == {
        (len(LINES), done.hops["csv"]["net_amount"], done.hops["csv"]["digest"])
    }
    assert done.answer["raw"]["objects"] > PARTITIONS
    for options in (["--customer", "12001"], ["--invoice", "600003"], ["--rows", "100"], ["--hops", "dynamodb"]):
        assert reconcile(*options).code == 0, options


def test_what_is_lost_or_changed_in_a_store_is_named(platform: RealPlatform, reconcile: Any) -> None:
    platform.publish(shuffled(LINES), [b"no line"])
    platform.consume()
    item = platform.dynamodb.scan(TableName=platform.target.invoices_table, Limit=1)["Items"][0]
    key = {name: item[name] for name in ("InvoiceNo", "LineKey")}
    platform.dynamodb.delete_item(TableName=platform.target.invoices_table, Key=key)
    done = reconcile()
    assert (done.code, done.broken - {"customers"}) == (1, {"dynamodb-lines"})
    assert done.hops["dynamodb"]["missing"] == [item["LineId"]["S"]]
    platform.dynamodb.put_item(TableName=platform.target.invoices_table, Item=item)
    assert reconcile().code == 0

    contents = platform.s3.list_objects_v2(Bucket=platform.target.lake_bucket)["Contents"]
    quarantined = next(found["Key"] for found in contents if found["Key"].startswith("quarantine/"))
    raw = next(found["Key"] for found in contents if found["Key"].startswith("raw/"))
    platform.s3.delete_object(Bucket=platform.target.lake_bucket, Key=quarantined)
    stored = platform.s3.get_object(Bucket=platform.target.lake_bucket, Key=raw)
    platform.s3.put_object(
        Bucket=platform.target.lake_bucket, Key=raw, Body=stored["Body"].read()[:-9], Metadata=stored["Metadata"]
    )
    done = reconcile()
    assert (done.code, done.broken) == (1, {"quarantine", "s3-objects", "s3-deliveries"})


def test_a_lag_that_does_not_fall_is_given_up_and_shown(platform: RealPlatform, reconcile: Any) -> None:
    platform.publish(LINES)
    found = platform.messages()
    platform.archive(found[:-5])
    platform.commit(found[:-5], platform.target.raw_archive_group)
    done = reconcile("--wait", "1")
    assert (done.code, done.answer["outcome"]) == (3, "due")
    assert done.answer["lag"] == {
        platform.target.raw_archive_group: 5,
        platform.target.order_tables_group: len(LINES),
    }
    assert done.broken == {"s3-deliveries", "dynamodb-lines"}
    assert [rule["count"] for rule in done.answer["rules"] if not rule["holds"]] == [0, 0]
    groups = platform.target.order_tables_group, platform.target.raw_archive_group
    assert done.answer["due"] == [f"the consumer {group} has read on" for group in groups]
    assert f"{platform.target.raw_archive_group} has 5 messages left" in done.err
    assert reconcile("--wait", "0", "--hops", "dynamodb").answer["outcome"] == "due"


def test_messages_past_the_retention_are_expired(platform: RealPlatform, reconcile: Any) -> None:
    platform.publish(LINES)
    platform.consume()
    platform.expire(dict.fromkeys(range(PARTITIONS), 20))
    done = reconcile()
    assert (done.code, done.answer["expired"]) == (0, 20 * PARTITIONS)
    assert done.hops["topic"]["missing"] == []
    assert done.hops["topic"]["lines"] == len(LINES) - 20 * PARTITIONS


def test_a_recreated_topic_goes_on_in_a_new_epoch_and_never_before(
    platform: RealPlatform, reconcile: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES[:200])
    platform.consume()
    assert platform.run("ledger", "new-epoch", "--yes") == 1
    assert "the topic was not recreated" in capsys.readouterr().err
    platform.delete_topic()
    platform.create_topic()
    platform.publish(LINES[200:])
    with pytest.raises(ExceptionGroup, match="new-epoch"):
        platform.archive(platform.messages())
    assert platform.run("ledger", "new-epoch") == 2  # nobody said yes
    assert "nothing was changed" in capsys.readouterr().err
    entries = ledger(platform, capsys, "new-epoch", "--yes")
    assert [(entry["epoch"], entry["next_offset"]) for entry in entries] == [(2, 0)] * PARTITIONS
    platform.consume()
    done = reconcile()
    assert (done.code, done.answer["expired"], done.answer["raw"]["epoch"]) == (0, 200, 2)


def test_a_lost_ledger_is_rebuilt_from_the_raw_objects(
    platform: RealPlatform, reconcile: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES)
    platform.consume()
    before = ledger(platform, capsys, "show")
    assert [entry["next_offset"] for entry in before] == [entry["topic_end"] for entry in before]
    for item in platform.dynamodb.scan(TableName=platform.target.offsets_table)["Items"]:
        key = {name: item[name] for name in ("Cluster", "TopicPartition")}
        platform.dynamodb.delete_item(TableName=platform.target.offsets_table, Key=key)
    assert [entry["next_offset"] for entry in ledger(platform, capsys, "show")] == [None] * PARTITIONS
    assert ledger(platform, capsys, "rebuild", "--yes") == before
    assert reconcile().code == 0


def test_messages_that_are_gone_for_good_are_given_up_by_a_start_and_counted_as_missing(
    platform: RealPlatform, reconcile: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES)
    found = platform.messages()
    gone = [message for message in found if message.partition() == 0][:10]
    platform.tabulate(found)
    assert platform.run("ledger", "start", "--partition", "0", "--offset", "10", "--yes") == 1
    assert "still holds offset 0, which is not filed yet" in capsys.readouterr().err
    platform.expire({0: 10})
    with pytest.raises(ExceptionGroup, match="ledger start"):
        platform.archive(platform.messages())
    entries = ledger(platform, capsys, "start", "--partition", "0", "--offset", "10", "--yes")
    assert entries[0]["recorded_start"] == 10
    platform.consume()
    done = reconcile()
    assert (done.code, done.broken) == (1, {"topic-lines"})
    lost = sorted(json.loads(message.value() or b"")["LineId"] for message in gone)
    assert done.hops["topic"]["missing"] == done.hops["s3"]["missing"] == lost
    assert done.answer["raw"]["gaps"] == ["epoch 1, partition 0, offsets 0 to 9"]


def test_raw_objects_that_were_lost_are_filed_again_from_the_topic_and_the_archive_goes_on(
    platform: RealPlatform, reconcile: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES[:200])
    platform.consume()
    before = ledger(platform, capsys, "show")
    for entry in before[:2]:
        platform.s3.delete_object(Bucket=platform.target.lake_bucket, Key=entry["last_object"])
    assert platform.run("ledger", "rebuild", "--yes") == 1
    assert "objects were lost, and a row that went back would stall the archive" in capsys.readouterr().err
    assert reconcile("--hops", "topic,s3").code == 1
    assert ledger(platform, capsys, "refile", "--yes") == before
    platform.publish(LINES[200:])
    platform.consume()
    assert reconcile().code == 0


def test_lost_messages_that_have_expired_are_named_and_given_up(
    platform: RealPlatform, reconcile: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.publish(LINES)
    platform.consume()
    first, *_ = Bucket(platform.target).raw_keys()
    platform.s3.delete_object(Bucket=platform.target.lake_bucket, Key=str(first))
    platform.expire({first.partition: 5})
    assert platform.run("ledger", "refile", "--yes") == 1
    told = f"accept it with `tillstream ledger start --partition {first.partition} --offset 5`"
    assert f"partition {first.partition}: offsets 0 to 4 are gone for good" in (said := capsys.readouterr().err)
    assert told in said
    assert "s3-objects" in reconcile().broken
    assert platform.run("ledger", "start", "--partition", str(first.partition), "--offset", "5", "--yes") == 0
    assert platform.run("ledger", "refile", "--yes") == 0
    done = reconcile()
    assert (done.broken, len(done.hops["s3"]["missing"])) == ({"topic-lines"}, 5)
    # the rows are still in the file: sent again, they are the same lines
    platform.publish(LINES)
    platform.consume()
    assert reconcile().code == 0


def test_a_platform_that_does_not_answer_is_one_sentence(
    platform: RealPlatform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    platform.publish(LINES)
    platform.consume()
    platform.dynamodb.delete_table(TableName=platform.target.invoices_table)
    assert platform.run("reconcile", csv_file(tmp_path / "rows.csv", LINES)) == 1
    assert f"table {platform.target.invoices_table} cannot be read" in capsys.readouterr().err
    platform.dynamodb.delete_table(TableName=platform.target.offsets_table)
    assert platform.run("reconcile", csv_file(tmp_path / "rows.csv", LINES)) == 1
    assert platform.run("ledger", "show") == 1
    assert platform.target.offsets_table in capsys.readouterr().err


def test_a_scan_gives_every_item_as_boto3_does_whatever_the_number_of_segments(
    platform: RealPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tables(platform.dynamodb, platform.target.invoices_table, platform.target.customers_table).add(LINES)
    odd = {"InvoiceNo": {"N": "7"}, "LineKey": {"S": "£"}, "x": {"L": [{"NULL": True}, {"M": {"y": {"BOOL": False}}}]}}
    platform.dynamodb.put_item(TableName=platform.target.invoices_table, Item=odd)
    whole = platform.dynamodb.scan(TableName=platform.target.invoices_table)["Items"]
    for size in (1, 30, 10_000):
        monkeypatch.setattr(dynamodb, "ITEMS_OF_A_SEGMENT", size)
        found = [item for page in dynamodb.Store(platform.target).scan_invoices(0) for item in page]
        assert sorted(found, key=str) == sorted(whole, key=str)


def test_what_consumers_and_jobs_have_not_taken_yet_is_read(platform: RealPlatform, tmp_path: Path) -> None:
    target = platform.target
    platform.publish(LINES[:100])
    platform.consume()
    incoming = Incoming(target)
    taken, *_ = incoming.batches.raw_objects(target.topic)
    file = Path(csv_file(tmp_path / "rows.csv", LINES[:50]))
    for name in ("taken.csv", "untaken.csv", "broken.csv"):
        platform.s3.upload_file(str(file), target.lake_bucket, f"incoming/{name}")
    platform.s3.put_object(Bucket=target.lake_bucket, Key="incoming/broken.csv", Body=file.read_bytes() + b'"')
    of_files = [it for it in incoming.batches.incoming() if it.key == "incoming/taken.csv"]
    with LineFile(tmp_path / "lines.parquet") as staged:
        for line in LINES[:7]:
            staged.add(line)
    key = staged_key("b1", "incoming", 0)
    platform.s3.upload_file(str(staged.path), target.lake_bucket, key)
    for batch, keys in (("b0", ()), ("b1", (key,))):
        files = tuple(Taken(it.key, it.etag, 0, 0, 0) for it in of_files)
        outcome = Outcome(files, (Taken(taken.key, taken.etag, 1, 1, 0),), keys, (), ())
        incoming.batches.put_manifest(Manifest(batch, 1, 7, outcome))
    incoming.batches.put_loaded("tables", "b0", {})
    platform.publish(LINES[100:110])
    groups = [target.raw_archive_group, target.order_tables_group]
    with Topic(target) as topic:
        settled = waiting.settled(topic, groups, 0, lambda _: None)
        pending = Pending(target, topic, lambda: settled, incoming, Bucket(target))
        unread = [json.loads(it.value or b"")["LineId"] for it in pending.unread_by_tables()]
        assert sorted(unread) == sorted(line.LineId for line in LINES[100:110])
        assert list(pending.unread_by_archive()) == list(pending.unread_by_tables())
        assert list(pending.published_since()) == []
        offsets = {(it.partition, it.offset) for it in pending.untaken_objects()}
        assert offsets
        assert len(offsets) == 100 - next(len(list(raw.lines(it.body))) for it in _fetched(target, taken.key))
        # a job that runs from here on may have filled a store after it was read
        incoming.batches.put_loaded("tables", "b1", {})
        [late] = [it for it in incoming.batches.incoming() if it.key == "incoming/untaken.csv"]
        now_taken = Outcome((Taken(late.key, late.etag, 0, 0, 0),), (), (), (), ())
        incoming.batches.put_manifest(Manifest("b2", 1, 7, now_taken))
        assert list(pending.untaken_files()) == LINES[:50]
        assert list(pending.unloaded("tables")) == LINES[:7]
        assert list(Pending(target, topic, lambda: settled, incoming, Bucket(target)).untaken_files()) == []
        signs = WorkInBatches(topic, Ledger(platform.dynamodb, target.offsets_table, target.cluster),
                              dynamodb.Store(target), target.order_tables_group)  # fmt: skip
        before = signs(settled.bounds, settled.committed)
        platform.tabulate([it for it in platform.messages() if (it.offset() or 0) >= 0][-5:])
        after = signs(settled.bounds, settled.committed)
        assert before.keys() == after.keys()
        assert sum(after.values()) > sum(before.values())


def _fetched(target: Any, key: str) -> Any:
    found = parse_raw_key(key)
    assert found
    return Bucket(target).fetched([found])


def test_the_bucket_says_which_stores_a_batch_was_ever_loaded_into(platform: RealPlatform) -> None:
    incoming, bucket = Incoming(platform.target), platform.target.lake_bucket
    assert (incoming.filled_lake(), incoming.filled_warehouse()) == (False, False)
    platform.s3.put_object(Bucket=bucket, Key="lake/tillstream/order_lines/metadata/1.metadata.json", Body=b"{}")
    assert not incoming.filled_lake()  # a table that never had a row
    platform.s3.put_object(Bucket=bucket, Key="lake/tillstream/order_lines/data/1.parquet", Body=b"")
    assert (incoming.filled_lake(), incoming.filled_warehouse()) == (True, False)
    incoming.batches.put_loaded("warehouse", "b1", {})
    assert incoming.filled_warehouse()
