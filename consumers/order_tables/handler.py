"""The edge of order_tables: quarantines invalid messages, puts lines, renews summaries."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from time import monotonic, time
from typing import TYPE_CHECKING, Any, Final

from botocore.session import get_session

from commerce.erasures import NOTHING, kept
from commerce.kafka_events import by_partition
from commerce.metrics import BATCH_TIME, LINES_PUT, MESSAGES_QUARANTINED
from commerce.row_ids import message_ids
from commerce.settings import OrderTablesSettings, from_env
from consumers.arrivals import arrival, roots
from consumers.garbage import collect_seldom
from consumers.order_tables import batch
from consumers.order_tables.pace import Pace
from stores.clients import client
from stores.dynamodb.client import item_client
from stores.dynamodb.tables import Tables
from stores.metrics import Invocation, Log
from stores.retries import CLIENT, Clock, OutOfTime, within_invocation
from stores.s3.erasures import gate
from stores.s3.objects import Lake
from stores.segments import followed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

REQUESTS_AT_ONCE: Final = 8

GROUP: Final = 1_000
"""Lines that are written whole, with their invoices' summaries, before the next are begun."""


def handler(event: dict[str, Any], context: Invocation) -> None:
    """Write the batch. Raising makes Lambda deliver it again, which is safe: every step may happen twice."""
    began, log = monotonic(), Log.of_function(context.aws_request_id)
    settings, dynamodb, s3, pool = platform()
    retries = within_invocation(context)
    tables = Tables(dynamodb, settings.invoices_table, settings.customers_table, retries, pool.map)
    lake = Lake(s3, settings.lake_bucket, retries)
    write(event, tables, lake, context, log, gate().line_ids(lake))
    log({BATCH_TIME: round((monotonic() - began) * 1000)})


@cache
def platform() -> "tuple[OrderTablesSettings, DynamoDBClient, S3Client, ThreadPoolExecutor]":
    """The settings, clients and thread pool that this execution environment keeps between batches."""
    collect_seldom()
    settings = from_env(OrderTablesSettings)
    pool, session = ThreadPoolExecutor(REQUESTS_AT_ONCE), get_session()
    return settings, item_client(session), client("s3", CLIENT, session), pool


def write(
    event: dict[str, Any], tables: Tables, lake: Lake, context: Clock, log: Log | None = None,
    erased: Collection[str] = NOTHING,
) -> None:  # fmt: skip
    """Quarantine the messages that are not order lines, put the lines, and renew their invoices' summaries.

    Lines that were `erased` are dropped.
    Raises `OutOfTime` when the rest does not fit the invocation's time. What was written until then is kept: the next
    try of the same batch asks for it by reads, and goes on with what is left.
    """
    log, delivered = log or Log.of_function(), list(by_partition(event))
    traces = roots(delivered)
    log(arrival(delivered, time()), traces=traces or None)
    with followed(traces, log):
        found = batch.read(message for _, messages in delivered for message in messages)
        lines = kept(found.lines, erased) if erased else found.lines
        if len(lines) < len(found.lines):
            log({}, erased=len(found.lines) - len(lines))
        _write(batch.Batch(lines, found.refused), tables, lake, context, log)


def _write(found: batch.Batch, tables: Tables, lake: Lake, context: Clock, log: Log) -> None:
    for refused, is_new in zip(found.refused, tables.each(lake.quarantine, found.refused), strict=True):
        reasons = [reason.without_value for reason in refused.Reasons]
        ids = message_ids(refused.Payload)
        log({MESSAGES_QUARANTINED: int(is_new)}, quarantined=refused.key, **ids, put=is_new, reasons=reasons)
    done, pace = 0, Pace(context)
    for group in batch.groups(found.lines, GROUP):
        if not pace.has_time():
            left = f"those from invoice {group[0].InvoiceNo} on are left"
            raise OutOfTime(f"{done} of {len(found.lines)} lines are written; {left}")
        if tables.holds(group[0]):  # an earlier try of this batch, or a replay, was here
            tables.complete(group)
        else:
            tables.add(group)
        done += len(group)
    log({LINES_PUT: len(found.lines)}, invoices=len({line.InvoiceNo for line in found.lines}))
