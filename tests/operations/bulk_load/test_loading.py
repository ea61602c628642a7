"""Bulk loads of empty tables: on the laptop, and by an emulation of DynamoDB's own over DynamoDB Local."""

import gzip
import json
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from commerce.batches.paths import EXPORTS, export_prefix
from commerce.batches.records import Export
from commerce.summaries import summaries
from operations.bulk_load import loading
from operations.bulk_load.loading import BulkLoad
from operations.bulk_load.plan import Price, price, request, sentences
from operations.bulk_load.under_way import check_no_load
from operations.cost.prices import read
from operations.errors import Refused, StoreUnreachable
from stores.dynamodb.items import line_item, summary_item
from stores.dynamodb.tables import Tables
from stores.retries import never
from stores.s3.batches import Batches
from tests.operations.backfill.test_stage import a_mapping
from tests.operations.bulk_load.emulated import served
from tests.operations.real_platform import RealPlatform
from tests.operations.stage.aws import Aws, Stage
from tests.operations.stage.aws import stage as deployed
from tests.orders import some_lines
from tests.parts import S3

LINES = some_lines(90)
EXPORT = Export("now", ("a", "b"), len(LINES), len(summaries(LINES)), 20_000)


def test_the_price_is_said_before_anything_is_loaded_and_what_is_not_known_is_not_guessed() -> None:
    prices = read()
    its = price(Export("x", ("a",), 2_000_000, 100_000, 1024**3), prices, Decimal("0.10"))
    assert its == Price(Decimal(1), Decimal("0.10"), Decimal("2.2") * Decimal("0.625"))
    said = sentences(EXPORT, price(EXPORT, prices, None), prices)
    assert said[1].startswith(
        "the price of a bulk load is not known here: --dollars-per-gb gives it, from https://aws.amazon.com"
    )
    assert "90 lines" in said[0]


class Platform:
    """A platform whose bucket has an export of `LINES`, and whose tables are empty."""

    def __init__(self, real: RealPlatform) -> None:
        self.real = real
        for table, items in (
            ("invoices", map(line_item, LINES)),
            ("customers", map(summary_item, summaries(LINES))),
        ):
            text = b"".join(msgspec.json.encode({"Item": item}) + b"\n" for item in items)
            key = f"{export_prefix('now', table)}00000.json.gz"
            real.s3.put_object(Bucket=real.target.lake_bucket, Key=key, Body=gzip.compress(text))

    def items(self, invoices: str, customers: str) -> list[str]:
        found = []
        for name in (invoices, customers):
            pages = self.real.dynamodb.get_paginator("scan").paginate(TableName=name)
            found += [json.dumps(item, sort_keys=True) for page in pages for item in page["Items"]]
        return sorted(found)

    def exported(self) -> list[str]:
        """The keys of the export's items that are in the bucket."""
        bucket, prefix = self.real.target.lake_bucket, f"{EXPORTS}now/"
        return [it["Key"] for it in self.real.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())]

    def check_loaded(self) -> None:
        """The tables hold what the stream's consumer makes of the lines, and both ledgers every batch."""
        target = self.real.target
        loaded = self.items(target.invoices_table, target.customers_table)
        for item in self.real.dynamodb.scan(TableName=target.invoices_table)["Items"]:
            self.real.dynamodb.delete_item(
                TableName=target.invoices_table, Key={name: item[name] for name in ("InvoiceNo", "LineKey")}
            )
        for item in self.real.dynamodb.scan(TableName=target.customers_table)["Items"]:
            self.real.dynamodb.delete_item(
                TableName=target.customers_table, Key={name: item[name] for name in ("CustomerID", "InvoiceNo")}
            )
        Tables(self.real.dynamodb, target.invoices_table, target.customers_table).add(LINES)
        assert loaded == self.items(target.invoices_table, target.customers_table)
        batches = Batches(self.real.s3, target.lake_bucket)
        assert [batches.loaded(ledger) for ledger in loading.LEDGERS] == [{"a", "b"}] * 2


@pytest.fixture
def platform(kafka: str, dynamodb: str, s3: S3, tmp_path: Path) -> Platform:
    return Platform(RealPlatform.start(kafka, dynamodb, s3, tmp_path))


@pytest.mark.parts
def test_the_laptops_tables_are_filled_and_only_if_they_are_empty(platform: Platform) -> None:
    work = BulkLoad(platform.real.target, print)
    work.check_empty()
    work.check_unfed()
    work.load(EXPORT)
    with pytest.raises(Refused, match="holds items: `tillstream job load_tables --again --all`"):
        work.check_empty()
    platform.check_loaded()
    work.discard("now")
    assert platform.exported() == []


@pytest.mark.parts
def test_a_wrong_count_is_refused_and_no_batch_is_noted(platform: Platform) -> None:
    with pytest.raises(Refused, match="90 items in invoices and .*, and the export 91 items in invoices"):
        BulkLoad(platform.real.target, print).load(msgspec.structs.replace(EXPORT, lines=91))
    assert Batches(platform.real.s3, platform.real.target.lake_bucket).loaded("tables") == set()


@pytest.mark.parts
def test_a_stages_tables_are_filled_by_dynamodb_itself(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LOOK_SECONDS", 0.0)
    with served(platform.real.target) as (target, loads):
        work = BulkLoad(target, print)
        work.check_no_load()
        work.load(EXPORT)
        work.check_no_load()
    assert loads.asked == [
        request(EXPORT, target.lake_bucket, table, name)
        for table, name in (("invoices", target.invoices_table), ("customers", target.customers_table))
    ]
    platform.check_loaded()


@pytest.mark.parts
def test_a_bulk_load_that_leaves_items_out_is_refused(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LOOK_SECONDS", 0.0)
    said = f"{platform.real.target.invoices_table}: FAILED.*; .*: FAILED.*job load_tables --again --all"
    with served(platform.real.target, "IN_PROGRESS", "FAILED") as (target, _):
        work = BulkLoad(target, print)
        with pytest.raises(Refused, match=said):
            work.load(EXPORT)
        work.discard("now")
    assert platform.exported() == []


@pytest.mark.parts
def test_while_dynamodb_loads_its_items_stay_and_no_other_load_begins(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "sleep", interrupted)
    with served(platform.real.target, "IN_PROGRESS") as (target, loads):
        work, said = BulkLoad(target, (lines := list[str]()).append), lines
        with pytest.raises(KeyboardInterrupt):
            work.load(EXPORT)
        work.discard("now")
        assert len(platform.exported()) == 2
        assert "stay, since DynamoDB may read them still" in said[-1]
        with pytest.raises(Refused, match=f"of table {target.invoices_table} is under way"):
            BulkLoad(target, print).check_no_load()
        loads.ends = ("COMPLETED",)
        BulkLoad(target, print).check_no_load()


@pytest.mark.parts
def test_a_start_whose_answer_is_lost_is_asked_for_again_and_loads_once(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "LOOK_SECONDS", 0.0)
    with served(platform.real.target) as (target, loads):
        loads.lost = 1
        BulkLoad(target, print).load(EXPORT)
    assert [it["ClientToken"] for it in loads.asked] == ["now-invoices", "now-invoices", "now-customers"]
    assert len(loads.looks) == 2
    platform.check_loaded()


@pytest.mark.parts
def test_the_items_stay_where_no_answer_says_whether_a_load_began_and_go_where_it_was_refused(
    platform: Platform,
) -> None:
    with served(platform.real.target) as (target, loads):
        loads.lost = 1
        work = BulkLoad(target, print, never())
        with pytest.raises(StoreUnreachable):
            work.load(EXPORT)
        work.discard("now")
        assert len(platform.exported()) == 2
        loads.refusal = "ResourceNotFoundException"
        work = BulkLoad(target, print)
        with pytest.raises(StoreUnreachable, match="ResourceNotFound"):
            work.load(EXPORT)
        work.discard("now")
        assert platform.exported() == []


@pytest.mark.parts
def test_a_load_whose_table_is_answered_as_an_arn_is_found_too(platform: Platform) -> None:
    with served(platform.real.target, "IN_PROGRESS") as (target, loads):
        loads.by_arn = True
        loads.begin(f"another-{target.customers_table}")
        check_no_load(target)
        arn = loads.begin(target.customers_table)
        with pytest.raises(Refused, match=f"the bulk load {arn} of table {target.customers_table} is under way"):
            check_no_load(target)


@pytest.mark.parts
def test_a_load_of_anothers_table_may_not_be_seen_and_stands_in_nobodys_way(platform: Platform) -> None:
    with served(platform.real.target, "IN_PROGRESS") as (target, loads):
        loads.others = ("orders-of-another-team",)
        loads.begin("orders-of-another-team")
        check_no_load(target)
        loads.others = (target.invoices_table,)
        loads.begin(target.invoices_table)
        with pytest.raises(StoreUnreachable, match="AccessDenied"):
            check_no_load(target)


def test_while_the_tables_consumer_is_fed_a_stages_tables_are_not_filled() -> None:
    account = Aws()
    with deployed(account) as it:
        target = Stage(**vars(it.target))
        fed = a_mapping(target.order_tables_group)
        account.mappings = {"usual": fed}
        with pytest.raises(Refused, match=f"aws lambda update-event-source-mapping --uuid {fed['UUID']} --no-enabled"):
            BulkLoad(target, print).check_unfed()
        fed["State"] = "Disabled"
        BulkLoad(target, print).check_unfed()
