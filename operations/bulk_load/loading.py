"""Loads an export into empty tables: by DynamoDB itself on AWS, by BatchWriteItem on the laptop."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from time import sleep
from typing import Any, Final

import msgspec
from botocore.exceptions import ClientError

from commerce.batches.paths import EXPORTS, export_prefix
from commerce.batches.records import Export
from console.counts import counted
from operations.asking import READER, in_order, patient
from operations.bulk_load.plan import request
from operations.bulk_load.under_way import UNDER_WAY, check_no_load
from operations.errors import Refused, StoreUnreachable, reading
from stores.dynamodb.client import pages
from stores.parallel import batches
from stores.retries import Retries, invites
from stores.s3.batches import Batches
from stores.s3.listing import listed
from stores.s3.objects import Lake
from stores.target import Target

LOOK_SECONDS: Final = 10.0
PUT_AT_ONCE: Final = 25

LEDGERS: Final = ("tables", "tables-all")
"""The ledgers of load_tables: after a bulk load all batches are loaded, those of the stream too."""


class BulkLoad:
    """The two tables of a target and its exports; raises `StoreUnreachable` if a store does not answer."""

    def __init__(self, target: Target, say: Callable[[str], None], retries: Retries | None = None) -> None:
        self._target, self._say, self._retries = target, say, retries or patient()
        self._dynamodb = target.client("dynamodb", config=READER)
        self._lake = Lake(target.client("s3", config=READER), target.lake_bucket, self._retries)
        self._batches = Batches(self._lake.client, target.lake_bucket, self._retries)
        self._tables: Mapping[str, str] = {"invoices": target.invoices_table, "customers": target.customers_table}
        self._loading: set[str] = set()
        """The tables that DynamoDB may be loading, since this command asked for it and has not seen the end."""
        self._job_may_write = False

    def check(self) -> None:
        """Raise `Refused` if the tables may not be loaded now: they hold items, or are loaded or written already."""
        self.check_empty()
        self.check_no_load()
        self.check_unfed()

    def check_curated(self) -> None:
        """Raise `Refused` if there is nothing to load: no batch holds a line."""
        with reading(f"bucket {self._target.lake_bucket}"):
            # one by one, since the first mostly holds a line
            outcomes = (self._batches.manifest(batch).outcome for batch in self._batches.ids())
            if not any(it.staged_files or it.staged_stream for it in outcomes):
                raise Refused(
                    "curate has taken no order line yet, so there is nothing to load: `tillstream job curate` takes "
                    "what the dropped files and the raw archive hold"
                )

    def check_empty(self) -> None:
        """Raise `Refused` if a table holds an item: a bulk load puts items over existing ones."""
        for name in self._tables.values():
            with reading(f"table {name}"):
                found: Any = self._retries.ask(partial(self._dynamodb.scan, TableName=name, Limit=1))
            if found["Items"]:
                raise Refused(
                    f"table {name} holds items: `tillstream job load_tables --again --all` adds what it lacks"
                )

    def check_unfed(self) -> None:
        """Raise `Refused` while the tables' consumer is fed: what it writes meanwhile would be overwritten."""
        if self._target.is_laptop:
            return  # nothing but a replay feeds it; the command says so
        client, group = self._target.client("lambda", config=READER), self._target.order_tables_group
        with reading("Lambda"):
            found = client.get_paginator("list_event_source_mappings").paginate(EventSourceArn=self._target.cluster)
            fed = [it for page in found for it in page["EventSourceMappings"] if _group(it).startswith(group)]
        for it in fed:
            if it["State"] != "Disabled":
                raise Refused(
                    f"order_tables is fed by the event source mapping {it['UUID']} ({it['State']}): "
                    f"`aws lambda update-event-source-mapping --uuid {it['UUID']} --no-enabled` pauses it, "
                    "`--enabled` afterwards lets it go on where it stopped"
                )

    def check_no_load(self) -> None:
        """Raise `Refused` while DynamoDB itself loads one of the tables: a second load would be paid twice."""
        check_no_load(self._target, self._retries)

    @contextmanager
    def exporting(self) -> Iterator[None]:
        """The job writes the items within the block; a stage's goes on where only the waiting for it ended."""
        try:
            yield
        except (KeyboardInterrupt, StoreUnreachable):
            self._job_may_write = not self._target.is_laptop
            raise

    def export(self, name: str) -> Export:
        """The record of an export."""
        with reading(f"bucket {self._target.lake_bucket}"):
            return self._batches.export(name)

    def load(self, export: Export) -> None:
        """Load the export, count both tables, and note all batches as loaded; raises `Refused` if a count is wrong."""
        with reading("DynamoDB"):
            if self._target.is_laptop:
                for table, name in self._tables.items():
                    self._put(export_prefix(export.export, table), name)
            else:
                self._load_by_itself(export)
            held = {table: self._count(name) for table, name in self._tables.items()}
        expected = {"invoices": export.lines, "customers": export.summaries}
        if held != expected:
            raise Refused(
                f"the tables hold {_said(held)}, and the export {_said(expected)}: see `tillstream reconcile`"
            )
        self._note(export)

    def discard(self, name: str) -> None:
        """Delete the items of the export of this name from the bucket.

        They stay while DynamoDB may still read them, or the job write them; an erasure deletes those of its customer.
        """
        if self._loading or self._job_may_write:
            below = f"s3://{self._target.lake_bucket}/{EXPORTS}{name}/"
            why = "DynamoDB may read them still" if self._loading else "the job load_tables may write them still"
            self._say(f"the items below {below} stay, since {why}: delete them when it has ended")
            return
        with reading(f"bucket {self._target.lake_bucket}"):
            for table in self._tables:
                for it in listed(self._retries, self._lake.client, self._lake.bucket, export_prefix(name, table)):
                    delete = partial(self._lake.client.delete_object, Bucket=self._lake.bucket, Key=it["Key"])
                    self._retries.ask(delete)

    def _load_by_itself(self, export: Export) -> None:
        """Let DynamoDB load both tables; raises `Refused` if it does not complete, or leaves an item out."""
        bucket = self._target.lake_bucket
        loads = {it[1]: self._started(request(export, bucket, *it)) for it in self._tables.items()}
        failed = []
        for name, arn in loads.items():
            ended = self._ended(arn)
            self._loading.remove(name)
            if ended["BulkOperationStatus"] != "COMPLETED" or ended.get("FailedItemCount"):
                why = ended.get("FailureMessage") or f"{counted(ended.get('FailedItemCount', 0), 'item')} failed"
                failed.append(f"the bulk load of {name}: {ended['BulkOperationStatus']}: {why}")
        if failed:
            reports = f"s3://{self._target.lake_bucket}/{EXPORTS}{export.export}/"
            raise Refused(
                f"{'; '.join(failed)} (DynamoDB's reports are below {reports}). "
                "`tillstream job load_tables --again --all` adds what the tables lack"
            )

    def _started(self, asked: Mapping[str, Any]) -> str:
        """Start a bulk load; its ARN. The request's ClientToken lets a repeated one begin no second load."""
        name = asked["TableName"]
        self._loading.add(name)  # also where no answer comes
        try:
            answer: Any = self._retries.ask(partial(self._dynamodb.start_bulk_put_items, **asked))
        except ClientError as error:
            if not invites(error):
                self._loading.remove(name)
            raise
        arn = str(answer["BulkOperationDescription"]["BulkOperationArn"])
        self._say(f"the bulk load of {name} is {arn}; Ctrl-C ends the waiting, not the load")
        return arn

    def _ended(self, arn: str) -> Any:
        look = partial(self._dynamodb.describe_bulk_operation, BulkOperationArn=arn)
        while True:
            answer: Any = self._retries.ask(look)
            if (found := answer["BulkOperationDescription"])["BulkOperationStatus"] not in UNDER_WAY:
                return found
            sleep(LOOK_SECONDS)

    def _put(self, prefix: str, table: str) -> None:
        """Put the items below a prefix into a table."""
        for _ in in_order(partial(self._put_some, table), batches(self._items(prefix), PUT_AT_ONCE)):
            pass

    def _items(self, prefix: str) -> Iterator[Any]:
        for found in listed(self._retries, self._lake.client, self._lake.bucket, prefix):
            for text in gzip.decompress(self._lake.read(found["Key"])).splitlines():
                yield msgspec.json.decode(text)["Item"]

    def _put_some(self, table: str, items: list[Any]) -> None:
        def put(left: list[Any]) -> list[Any]:
            answer: Any = self._retries.ask(partial(self._dynamodb.batch_write_item, RequestItems={table: left}))
            return list(answer.get("UnprocessedItems", {}).get(table, []))

        requests = [{"PutRequest": {"Item": item}} for item in items]
        self._retries.drain(put, requests, f"{table} took not all of {len(items)} items in time")

    def _count(self, table: str) -> int:
        """The items of a table, counted one by one."""
        scan = partial(self._dynamodb.scan, ProjectionExpression="InvoiceNo")
        return sum(len(page) for page in pages(self._retries, scan, TableName=table))

    def _note(self, export: Export) -> None:
        """Note every batch as loaded; the newest has the sample by which load_tables checks its tables."""
        for batch in export.batches:
            is_newest = batch == export.batches[-1]
            entry = {"batch": batch, "lines": 0, "invoices": 0, "export": export.export}
            entry |= {"lines": export.lines, "sample": export.sample} if is_newest else {"sample": ()}
            for ledger in LEDGERS:
                self._batches.put_loaded(ledger, batch, entry)


def _group(mapping: Mapping[str, Any]) -> str:
    return str(mapping.get("AmazonManagedKafkaEventSourceConfig", {}).get("ConsumerGroupId", ""))


def _said(items: Mapping[str, int]) -> str:
    """The items of each table, such as "6 items in invoices and 3 items in customers"."""
    return " and ".join(f"{counted(count, 'item')} in {table}" for table, count in items.items())
