"""Asks for quarantined records, and for the decisions about them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, Final

from commerce.paths import bulk_quarantine_source, decision_key, is_stream_quarantine, published_key
from commerce.quarantined.answers import QuarantinedRecord, answer
from commerce.quarantined.decisions import decision, state
from commerce.quarantined.records import Kind, Record, bulk_records, records_in
from lambdas.browse.platform import Platform
from lambdas.browse.quarantine import PREFIXES, AskedRecords, QuarantinePage, place
from lambdas.query.paging import fitting, token_of
from stores.s3.listing import listed

AT_ONCE: Final = 8
"""Requests that go to S3 together."""

MOST_READ: Final = 100
"""The most objects that one call reads for their records."""

_ALL: Final = 999_999_999
"""More records than an object holds."""


def quarantine(platform: Platform, asked: AskedRecords) -> QuarantinePage:
    """The requested page of records."""
    objects = list(islice(_objects(platform, asked), MOST_READ + 1))
    found = list(islice(_records(platform, objects[:MOST_READ], asked), asked.limit + 1))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda it: _answer(platform, it[1]), found[: asked.limit]))
    count = fitting(answers)
    following = None
    if count < len(found):
        following = token_of(found[count - 1][0])
    elif len(objects) > MOST_READ:
        following = token_of(place(objects[MOST_READ - 1]["Key"], _ALL))
    return QuarantinePage([it for it in answers[:count] if asked.state in (None, it.state)], following)


def _objects(platform: Platform, asked: AskedRecords) -> Iterator[Any]:
    """The quarantined objects from the requested place on, as S3 lists them."""
    for kind, prefix in PREFIXES.items():
        if kind not in asked.kinds or (asked.key > prefix and not asked.key.startswith(prefix)):
            continue
        # S3 begins behind a key: this one sorts just before that of the place
        after = asked.key[:-1] if asked.key.startswith(prefix) else ""
        found = listed(platform.lake.retries, platform.lake.client, platform.lake.bucket, prefix, after)
        yield from (it for it in found if _is_a_record(kind, it))


def _is_a_record(kind: Kind, it: Any) -> bool:
    key = it["Key"]
    return kind is Kind.DESTINATION or is_stream_quarantine(key) or bulk_quarantine_source(key) is not None


def _records(platform: Platform, objects: list[Any], asked: AskedRecords) -> Iterator[tuple[str, Record]]:
    """The records of these objects behind the requested place, each with the place behind it."""
    for it in objects:
        key, stored_at = it["Key"], it["LastModified"]
        seen = asked.seen if key == asked.key else 0
        if bulk_quarantine_source(key):  # as large as the refused part of a file, and read only as far as the page goes
            records = bulk_records(key, platform.lake.lines(key), stored_at, seen)
        else:
            records = islice(records_in(key, platform.lake.read(key), stored_at), seen, None)
        for number, record in enumerate(records, seen + 1):
            yield place(key, number), record


def _answer(platform: Platform, record: Record) -> QuarantinedRecord:
    """The record with the decision about it."""
    found = platform.lake.dated(decision_key(record.id))
    if found is None:
        return answer(record, state(record.id, {}, ()))
    made = decision(found[0])
    published = [record.id] if platform.lake.holds(published_key(record.id)) else []
    return answer(record, state(record.id, {record.id: made}, published), made)
