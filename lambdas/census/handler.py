"""The edge of census: counts the platform by a schedule, and publishes the verdict as an object and a metric."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import boto3
import msgspec

from commerce.metrics import BUCKET, VERDICT_ROWS
from commerce.paths import NEWEST_VERDICT
from commerce.settings import CensusSettings, from_env
from commerce.verdicts import measured
from lambdas.census.counting import Stores, counts
from lambdas.census.judging import verdict
from lambdas.census.losses import CensusVerdict, stands
from stores.dynamodb.ledger import Ledger
from stores.kafka.census import TopicCensus
from stores.kafka.reader import TopicReader
from stores.kafka.topic import client_settings, reader_settings
from stores.metrics import Invocation, Log
from stores.retries import CLIENT, within_invocation
from stores.s3.batches import Batches
from stores.s3.objects import Lake

_KAFKA_SECONDS: Final = 20.0


def handler(event: Any, context: Invocation) -> dict[str, str]:
    """Count the platform and publish the verdict; returns its outcome and sentence.

    A verdict on files by which rows are lost stays in its place, and its metric is published again. A verdict that
    somebody published while this census counted is read, and the platform counted once more.
    """
    its, settings = stores(context), from_env(CensusSettings)
    while True:
        last, tag = _last(its.lake)
        known = last.losses if last else ()
        counted = counts(its, known)
        found = verdict(counted, datetime.now(UTC), known)
        published = last if last is not None and stands(last) else found
        if published is last or its.lake.replace(NEWEST_VERDICT, msgspec.json.encode(found), tag):
            break
    log = Log({BUCKET: settings.lake_bucket}, {"request": context.aws_request_id})
    log(
        {**measured(published), VERDICT_ROWS: counted.messages},
        outcome=found.outcome,
        sentence=found.sentence,
        published=published is found,
    )
    return {"outcome": found.outcome, "sentence": found.sentence}


def stores(context: Invocation) -> Stores:
    """The platform's stores, which are asked within the time of this invocation."""
    settings, clients, retries = from_env(CensusSettings), _clients(), within_invocation(context)
    dynamodb, s3 = clients["dynamodb"], clients["s3"]
    return Stores(
        census=clients["census"],
        reader=clients["reader"],
        lake=Lake(s3, settings.lake_bucket, retries),
        ledger=Ledger(dynamodb, settings.offsets_table, settings.cluster, retries),
        batches=Batches(s3, settings.lake_bucket, retries),
        dynamodb=dynamodb,
        invoices_table=settings.invoices_table,
        archive_group=settings.raw_archive_group,
        tables_group=settings.order_tables_group,
        retries=retries,
    )


_decode: Final = msgspec.json.Decoder(CensusVerdict).decode


def _last(lake: Lake) -> tuple[CensusVerdict | None, str | None]:
    """The last published verdict and its ETag; None before the first."""
    found = lake.tagged(NEWEST_VERDICT)
    return (_decode(found[0]), found[1]) if found else (None, None)


@cache
def _clients() -> dict[str, Any]:
    """The clients of this execution environment: MSK takes few new connections a second."""
    settings = from_env(CensusSettings)
    place = settings.bootstrap_servers, settings.kafka_security
    # a group that the function may describe: librdkafka asks for the coordinator even of a reader that joins none
    reading = reader_settings(*place) | {"group.id": settings.raw_archive_group}
    return {
        "dynamodb": boto3.client("dynamodb", config=CLIENT),
        "s3": boto3.client("s3", config=CLIENT),
        "census": TopicCensus(settings.topic, client_settings(*place), seconds=_KAFKA_SECONDS),
        "reader": TopicReader(settings.topic, reading, answer_seconds=_KAFKA_SECONDS, silence_seconds=_KAFKA_SECONDS),
    }
