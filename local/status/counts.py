"""Counts of deliveries or lines in each store, and the last files: cheap enough for each second.

What a hop tells of itself is taken at its word; `tillstream reconcile` is what counts and compares rows.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from heapq import nlargest
from itertools import chain
from typing import Any, Final

from botocore.exceptions import ClientError

from commerce.paths import DEAD_LETTERS, DECISIONS, INCOMING, QUARANTINE, RAW, is_stream_quarantine
from commerce.quarantined.records import count
from local.config import RunConfig
from local.parts.provisioning import client
from stores.s3 import erasures
from stores.s3.batches import Batches
from stores.s3.objects import Lake
from stores.target import Target

LAST_FILES: Final = 5
DECIDED: Final = f"{DECISIONS}made/"
LEDGERS: Final = {"dynamodb": "tables", "redshift": "warehouse"}
"""The ledger of the load into each hop that holds the lake's lines too."""
_RECORDS: Final[dict[tuple[str, str, str], int]] = {}
"""The number of records by bucket, key and ETag, so that a watch reads no object twice."""
_ADDED: Final[dict[tuple[str, str], int]] = {}
"""The lines that a batch added, by bucket and batch: a manifest never changes."""

_METADATA: Final = "SELECT metadata_location FROM iceberg_tables WHERE table_namespace = ? AND table_name = ?"


def archived(config: RunConfig, table: str) -> int:
    """The deliveries that the raw archive has filed: the sum of its ledger, if it is there, over all its rows."""
    dynamodb = client(config, "dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    try:
        rows = [item for page in pages for item in page["Items"]]
    except dynamodb.exceptions.ResourceNotFoundException:
        return 0
    return sum(int(item["NextOffset"]["N"]) for item in rows if "NextOffset" in item)


def in_lake(config: RunConfig, table: str) -> int:
    """The rows of the lake's table by its newest snapshot; 0 before a job has created it."""
    _, database, name = table.split(".")
    try:
        with closing(sqlite3.connect(f"file:{config.lake_db}?mode=ro", uri=True, timeout=1)) as catalog:
            found = catalog.execute(_METADATA, (database, name)).fetchone()
        if found is None:
            return 0
        bucket, _, key = found[0].partition("://")[2].partition("/")
        metadata = json.load(client(config, "s3").get_object(Bucket=bucket, Key=key)["Body"])
    except (sqlite3.OperationalError, ClientError):  # no catalog yet; or maintain_lake has just removed the file
        return 0
    return total_records(metadata)


def total_records(metadata: dict[str, Any]) -> int:
    """The rows of the current snapshot in a table's metadata (the Iceberg specification, snapshots' `summary`).

    >>> total_records({"current-snapshot-id": 2, "snapshots": [{"snapshot-id": 2, "summary": {"total-records": "7"}}]})
    7
    """
    newest = metadata.get("current-snapshot-id")
    summaries = [it["summary"] for it in metadata.get("snapshots", ()) if it["snapshot-id"] == newest]
    return int(summaries[0].get("total-records", 0)) if summaries else 0


def files(config: RunConfig, bucket: str) -> dict[str, Any]:
    """The numbers of raw and dropped objects of a bucket and of its open quarantined records, and the last objects."""
    prefixes = (RAW, INCOMING, QUARANTINE, DEAD_LETTERS, DECIDED)
    found = {prefix: objects(config, bucket, prefix) for prefix in prefixes}
    shown = chain(*(found[prefix] for prefix in (RAW, INCOMING, QUARANTINE)))
    records = sum(records_in(config, bucket, it) for it in (*found[QUARANTINE], *found[DEAD_LETTERS]))
    last = nlargest(LAST_FILES, shown, key=lambda it: (it["LastModified"], it["Key"]))
    return {
        "raw_objects": len(found[RAW]),
        "incoming": len(found[INCOMING]),
        "quarantine": records - len(found[DECIDED]),
        "last_files": [
            {"key": it["Key"], "bytes": it["Size"], "written": it["LastModified"].isoformat()} for it in last
        ],
    }


def records_in(config: RunConfig, bucket: str, found: dict[str, Any]) -> int:
    """The records in a quarantined object, as `tillstream quarantine` counts them; an object never changes."""
    key, identity = found["Key"], (bucket, found["Key"], found["ETag"])
    if is_stream_quarantine(key):
        return 1
    if identity not in _RECORDS:
        _RECORDS[identity] = count(key, client(config, "s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    return _RECORDS[identity]


def objects(config: RunConfig, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """The objects below a prefix, as S3 lists them; S3Proxy lists one that is being put without its ETag."""
    pages = client(config, "s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [it for page in pages for it in page.get("Contents", ()) if "ETag" in it]


def counts(config: RunConfig, target: Target, known: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The count of each hop; `known` has the counts of topics, tables and warehouses already.

    Topic and raw archive hold deliveries, where a row that was sent twice stands twice; the others hold lines.
    """
    items = {table["name"]: table["items"] or 0 for table in known["tables"]}
    ends = {topic["name"]: topic["end_offset"] for topic in known["topics"]}
    return {
        "deliveries": {"topic": ends.get(target.topic, 0), "s3": archived(config, target.offsets_table)},
        "lines": {
            "dynamodb": items.get(target.invoices_table, 0),
            "lake": in_lake(config, target.lake_table),
            "redshift": sum(it["order_lines"] for it in known["warehouses"]),
        },
    }


def emptied(batches: Batches, lines: Mapping[str, int], *, tables_read: bool) -> list[str]:
    """The hops that hold fewer lines than the lake although no load has yet to bring them any.

    `lines` has the count of each hop. The tables are judged once their consumer has read everything, `tables_read`, as
    they have the lines of the stream from it; and nothing is judged while a batch is being made. Lines of an erasure
    that is not carried out may still be in the lake.
    """
    fewer = [hop for hop in LEDGERS if lines[hop] < lines["lake"] and (tables_read or hop != "dynamodb")]
    if not fewer or batches.unfinished():
        return []
    lake = Lake(batches.client, batches.bucket, batches.retries)
    erased = sum(len(it.lines) for it in erasures.records(lake) if erasures.proof(lake, it.id) is None)
    due = {hop: sum(added(batches, it) for it in set(batches.ids()) - batches.loaded(LEDGERS[hop])) for hop in fewer}
    return [hop for hop in fewer if lines[hop] + due[hop] + erased < lines["lake"]]


def added(batches: Batches, batch: str) -> int:
    """The lines that a batch added; 0 for one that takes erased lines away, which tables lack before it is loaded."""
    if (batches.bucket, batch) not in _ADDED:
        _ADDED[batches.bucket, batch] = max(0, batches.manifest(batch).lines_added)
    return _ADDED[batches.bucket, batch]
