"""An own count of what each store holds, read from the stores, not by the code that the platform counts with.

LineIds are computed anew from the files, by the rule of ADR 1. Each count is of the whole stores, but reads once what
no fault that is played here changes: a file's rows, and a raw object as long as its ETag and its size are the same.
"""

import csv
import gzip
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from local.config import RunConfig
from local.parts import provisioning
from operations.lake.table import LakeTable
from stores.target import Target
from tests.brokers import messages
from tests.faults.platform import Platform

SUMS: Final = ("Lines", "Units", "Amount")
"""The attributes of a customer's summary that are sums over its lines."""

Deliveries = Counter[tuple[int, int, str]]
"""How often each message is there: its partition, its offset and its LineId."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The number of lines that one store lacks, and of those that it holds too often or should not hold."""

    store: str
    lost: int
    repeated: int

    def __str__(self) -> str:
        return f"{self.store}: {self.lost} lost, {self.repeated} repeated"


def line_ids(files: Iterable[Path]) -> set[str]:
    """The ids of the files' lines; each is a file as `tillstream generate` writes it."""
    found = set()
    for file in files:
        copies: Counter[tuple[object, ...]] = Counter()
        for row in csv.DictReader(map(decoded, file.read_bytes().splitlines())):
            values = (
                row["InvoiceNo"].strip(),
                row["StockCode"].strip(),
                row["Description"] or None,
                int(row["Quantity"]),
                row["InvoiceDate"].replace(" ", "T"),
                int(Decimal(row["UnitPrice"]).scaleb(3)),
                int(Decimal(row["CustomerID"])) if row["CustomerID"] else None,
                row["Country"].strip(),
            )
            copies[values] += 1
            canonical = json.dumps([*values, copies[values]], ensure_ascii=False, separators=(",", ":"))
            found.add(hashlib.sha256(canonical.encode()).hexdigest()[:32])
    return found


def decoded(row: bytes) -> str:
    """A file's row, which is UTF-8, or else Windows-1252."""
    try:
        return row.decode()
    except UnicodeDecodeError:
        return row.decode("cp1252")


def in_the_topic(direct: RunConfig, topic: str) -> Deliveries:
    """Every message of the topic."""
    found: Deliveries = Counter()
    for message in messages(direct.bootstrap_servers, topic):
        value, at = message.value(), message.offset()
        assert value is not None
        found[message.partition() or 0, at or 0, json.loads(value)["LineId"]] += 1
    return found


class Archive:
    """The raw objects of a bucket, each fetched once for each content that it has."""

    def __init__(self, direct: RunConfig, bucket: str) -> None:
        self._s3, self._bucket = provisioning.client(direct, "s3"), bucket
        self._known: dict[tuple[str, str, int], Deliveries] = {}

    def deliveries(self) -> Deliveries:
        """Every message of every raw object that is there now."""
        found: Deliveries = Counter()
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix="raw/"):
            for entry in page.get("Contents", []):
                if "ETag" not in entry:  # S3Proxy lists an object so while it is being put again
                    found.update(self._fetched(entry["Key"]))
                    continue
                content = (entry["Key"], entry["ETag"], entry["Size"])
                if content not in self._known:
                    self._known[content] = self._fetched(entry["Key"])
                found.update(self._known[content])
        return found

    def _fetched(self, key: str) -> Deliveries:
        body = gzip.decompress(self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read())
        messages = map(json.loads, body.splitlines())
        return Counter((it["Partition"], it["Offset"], it["Line"]["LineId"]) for it in messages)


def scanned(direct: RunConfig, table: str, *names: str) -> list[dict[str, Any]]:
    """Every item of a table, with its attributes of these names."""
    pages = provisioning.client(direct, "dynamodb").get_paginator("scan")
    placeholders = {f"#{name}": name for name in names}  # "Lines" is a reserved word
    asked = {"ProjectionExpression": ",".join(placeholders), "ExpressionAttributeNames": placeholders}
    return [item for page in pages.paginate(TableName=table, ConsistentRead=True, **asked) for item in page["Items"]]


def wrong_summaries(lines: list[dict[str, Any]], customers: list[dict[str, Any]]) -> tuple[int, int]:
    """The summaries that are missing or differ from their lines, and those of no lines."""
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for line in lines:
        if "CustomerID" in line:
            sums = expected[line["CustomerID"]["N"], line["LineKey"]["S"].partition("#")[0]]
            units = Decimal(line["Quantity"]["N"])
            for at, value in enumerate((Decimal(1), units, units * Decimal(line["UnitPrice"]["N"]))):
                sums[at] += value
    stored = {
        (it["CustomerID"]["N"], it["InvoiceNo"]["S"]): [Decimal(it[name]["N"]) for name in SUMS] for it in customers
    }
    return sum(stored.get(key) != sums for key, sums in expected.items()), len(stored.keys() - expected.keys())


def in_the_warehouse(direct: RunConfig, target: Target) -> Counter[str]:
    """How often each LineId is there."""
    client = provisioning.client(direct, "redshift-data")
    place = {"WorkgroupName": target.warehouse_workgroup, "Database": target.warehouse_database}
    sql = "SELECT LineId FROM order_lines"
    asked = client.execute_statement(**place, SecretArn=target.warehouse_secret, Sql=sql)["Id"]
    while (described := client.describe_statement(Id=asked))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
        pass
    assert described["Status"] == "FINISHED", described
    pages = client.get_paginator("get_statement_result").paginate(Id=asked)
    return Counter(record[0]["stringValue"] for page in pages for record in page["Records"])


def in_the_lake(direct: RunConfig, target: Target) -> Counter[str]:
    """How often each LineId is there."""
    endpoints = dict(direct.endpoints)
    batches = LakeTable(Target(**{**vars(target), "endpoints": endpoints})).batches(["LineId"])
    return Counter(line_id for it in batches for line_id in it.column("LineId").to_pylist())


def between(store: str, holds: Counter[Any], must: set[Any]) -> Difference:
    """The difference of a store that must hold each of these once; a line that nobody sent counts as repeated."""
    return Difference(store, len(must - holds.keys()), sum(holds.values()) - len(holds.keys() & must))


class Count:
    """The count of a platform's stores against the files of all rounds that were played on it so far."""

    def __init__(self, platform: Platform) -> None:
        self._direct, self._target = platform.direct, platform.laptop.target
        self._files: list[Path] = []
        self.forget()

    def forget(self) -> None:
        """Let the next count read everything anew."""
        self._lines: dict[Path, set[str]] = {}
        self._archive = Archive(self._direct, self._target.lake_bucket)

    def add(self, file: Path) -> None:
        """Expect the lines of this file in every store as well."""
        self._files.append(file)

    def differences(self, *, jobs: bool) -> list[Difference]:
        """The differences of each store from the files, and of the archive from the topic; with `jobs`, of all six."""
        direct, target, must = self._direct, self._target, self._expected()
        topic = in_the_topic(direct, target.topic)
        lines = scanned(direct, target.invoices_table, "LineId", "LineKey", "CustomerID", "Quantity", "UnitPrice")
        customers = scanned(direct, target.customers_table, "CustomerID", "InvoiceNo", *SUMS)
        found = [
            # a message may be published twice, when its acknowledgement was lost: it is the same line then
            between("topic", Counter({line_id for _, _, line_id in topic}), must),
            between("raw archive", self._archive.deliveries(), set(topic)),
            between("Invoices", Counter(item["LineId"]["S"] for item in lines), must),
            Difference("Customers", *wrong_summaries(lines, customers)),
        ]
        if jobs:
            found.append(between("lake", in_the_lake(direct, target), must))
            found.append(between("Redshift", in_the_warehouse(direct, target), must))
        return found

    def _expected(self) -> set[str]:
        for file in self._files:
            if file not in self._lines:
                self._lines[file] = line_ids([file])
        return set().union(*self._lines.values())
