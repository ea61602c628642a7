"""The edge of raw_archive: reads the ledger, puts objects, moves the ledger on."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final

from botocore.session import get_session
from msgspec.structs import replace

from commerce.erasures import NOTHING, as_kept
from commerce.filing import position_after
from commerce.kafka_events import Message, Partition, by_partition
from commerce.metrics import BATCH_TIME, BYTES_FILED, MESSAGES_FILED
from commerce.settings import RawArchiveSettings, from_env
from consumers.arrivals import arrival, roots
from consumers.garbage import collect_seldom
from consumers.raw_archive import chain
from consumers.raw_archive.objects import raw_object
from stores.clients import client
from stores.dynamodb.ledger import Ledger, Row
from stores.metrics import Invocation, Log
from stores.parallel import Each
from stores.retries import CLIENT, within_invocation
from stores.s3.erasures import gate
from stores.s3.objects import Lake
from stores.segments import followed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ATTEMPTS: Final = 10
"""Tries of one request, so that trouble with one partition leaves time for the others."""

PARTITIONS_AT_ONCE: Final = 6
"""Partitions filed in parallel: each one mostly waits for two small requests an object."""


def handler(event: dict[str, Any], context: Invocation) -> None:
    """Archive the batch. Raising makes Lambda deliver it again, which is safe."""
    began, log = monotonic(), Log.of_function(context.aws_request_id)
    settings, dynamodb, s3, pool = platform()
    retries = within_invocation(context, attempts=ATTEMPTS)
    ledger = Ledger(dynamodb, settings.offsets_table, settings.cluster, retries)
    lake = Lake(s3, settings.lake_bucket, retries)
    archive(event, ledger, lake, pool.map, log, gate().line_ids(lake))
    log({BATCH_TIME: round((monotonic() - began) * 1000)})


@cache
def platform() -> "tuple[RawArchiveSettings, DynamoDBClient, S3Client, ThreadPoolExecutor]":
    """The settings, clients and thread pool that this execution environment keeps between batches."""
    collect_seldom()
    settings = from_env(RawArchiveSettings)
    pool, session = ThreadPoolExecutor(PARTITIONS_AT_ONCE), get_session()
    return settings, client("dynamodb", CLIENT, session), client("s3", CLIENT, session), pool


def archive(
    event: dict[str, Any], ledger: Ledger, lake: Lake, each: Each = map, log: Log | None = None,
    erased: Collection[str] = NOTHING,
) -> None:  # fmt: skip
    """File every partition of the event, then raise if any could not be filed, naming each.

    `each` says how many partitions go at once: they share nothing but the clients and the first read of the ledger.
    Of `erased` lines marks are filed.
    """
    log, delivered = log or Log.of_function(), list(by_partition(event))
    traces = roots(delivered)
    log(arrival(delivered, time()), traces=traces or None)
    if erased:
        delivered = [(partition, [as_kept(it, erased) for it in batch]) for partition, batch in delivered]
    with followed(traces, log):
        _archive(delivered, ledger, lake, each, log)


def _archive(
    delivered: Sequence[tuple[Partition, Sequence[Message]]], ledger: Ledger, lake: Lake, each: Each, log: Log
) -> None:
    rows = ledger.read_all([(partition.topic, partition.partition) for partition, _ in delivered])
    work = [(partition, batch, row) for (partition, batch), row in zip(delivered, rows, strict=True)]
    failures = [failure for failure in each(partial(_failure, ledger=ledger, lake=lake, log=log), work) if failure]
    if failures:
        trouble = "; ".join(f"{partition}: {error}" for partition, error in failures)
        raise ExceptionGroup(trouble, [error for _, error in failures])


def _failure(
    work: tuple[Partition, Sequence[Message], Row], *, ledger: Ledger, lake: Lake, log: Log
) -> tuple[Partition, Exception] | None:
    """The reason why this partition's messages could not be filed; None once they are."""
    partition, batch, row = work
    try:
        extend(partition, batch, row, ledger, lake, log)
    except Exception as error:  # noqa: BLE001 - raised above: no partition waits for another's trouble
        return partition, error
    return None


def extend(partition: Partition, batch: Sequence[Message], row: Row, ledger: Ledger, lake: Lake, log: Log) -> None:
    """File the batch's unfiled messages. Each round either puts an object or finds another writer's.

    `row` is the partition's row as it was read last. It is read again only where another writer has moved it.
    """
    topic, number = partition.topic, partition.partition
    while True:
        position = row.position or ledger.position_without_row(topic, number, lake)
        left = chain.unfiled(batch, position, row.recorded_start)
        if not left:
            return
        ours = raw_object(partition, position, left)
        winner = lake.put_raw(ours)
        after = position_after(ours, winner)
        filed = {} if winner else {MESSAGES_FILED: ours.extent.count, BYTES_FILED: len(ours.body)}
        log(filed, raw_object=str(ours.key), put=winner is None, count=(winner or ours.extent).count)
        row = replace(row, position=after) if ledger.advance(row, after) else ledger.read(topic, number)
