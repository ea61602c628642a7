"""The edge of browse: it makes the clients, and answers what the platform holds."""

from collections.abc import Callable
from functools import cache
from time import monotonic
from typing import Any, Final

from botocore.config import Config
from botocore.session import get_session

from commerce.lines import invoice_no
from commerce.settings import BrowseSettings, from_env
from lambdas.browse.looks import archive, pipeline, quarantine, story, topic
from lambdas.browse.messages import asked
from lambdas.browse.pipeline import Pipeline
from lambdas.browse.platform import Platform
from lambdas.browse.quarantine import asked_records
from lambdas.browse.raw_objects import asked_content, asked_objects
from lambdas.http import OK, Answer, ProxyEvent, ProxyResponse, Request, Routes, respond
from lambdas.query.paging import only
from lambdas.unavailable import answering
from stores.clients import client
from stores.dynamodb.ledger import Ledger
from stores.dynamodb.tables import Tables
from stores.kafka.brokers import BrokersSilent
from stores.kafka.census import TopicCensus
from stores.kafka.reader import TopicReader
from stores.kafka.topic import client_settings, reader_settings
from stores.retries import CLIENT, within
from stores.s3.batches import Batches
from stores.s3.objects import Lake

_CLIENT: Final = CLIENT.merge(Config(read_timeout=3))

_SECONDS: Final = 20.0
"""Seconds for all requests to AWS of one answer: they end within the function's 25, and leave time to say so."""

_KAFKA_SECONDS: Final = 5.0

KEPT_SECONDS: Final = 2.0
"""Seconds for which an execution environment repeats the pipeline's state: many pages look at it each second."""

STORES: Final = "the platform's stores"


def handler(event: ProxyEvent, context: Any) -> ProxyResponse:
    """Answer the request in API Gateway's event."""
    return respond(event, ROUTES)


def get_pipeline(request: Request) -> Answer:
    """The state of the pipeline, at most some seconds old."""
    only(request.query, frozenset())
    return Answer(OK, _kept())


def get_messages(request: Request) -> Answer:
    """Messages of a partition of the topic, or of an invoice."""
    wanted = asked(request.query)
    return _answer(lambda its: topic.messages(its, wanted))


def get_raw_objects(request: Request) -> Answer:
    """Objects of the raw archive."""
    wanted = asked_objects(request.query)
    return _answer(lambda its: archive.raw_objects(its, wanted))


def get_raw_content(request: Request) -> Answer:
    """Messages of an object of the raw archive."""
    wanted = asked_content(request.query, from_env(BrowseSettings).topic)
    return _answer(lambda its: archive.raw_content(its, wanted))


def get_quarantine(request: Request) -> Answer:
    """A page of the quarantined records, with the reason of each."""
    wanted = asked_records(request.query)
    return _answer(lambda its: quarantine.quarantine(its, wanted))


def get_story(request: Request) -> Answer:
    """A line's own story."""
    only(request.query, frozenset())
    number, wanted = invoice_no(request.path["InvoiceNo"]), request.path["LineId"]
    return _answer(lambda its: story.story(its, number, wanted))


def get_verdict(request: Request) -> Answer:
    """The last published verdict of a reconciliation."""
    only(request.query, frozenset())
    return _answer(pipeline.verdict)


ROUTES: Final[Routes] = {
    ("GET", "/pipeline"): get_pipeline,
    ("GET", "/topic/messages"): get_messages,
    ("GET", "/raw"): get_raw_objects,
    ("GET", "/raw/object"): get_raw_content,
    ("GET", "/invoices/{InvoiceNo}/lines/{LineId}"): get_story,
    ("GET", "/quarantine"): get_quarantine,
    ("GET", "/verdict"): get_verdict,
}


def _answer(ask: Callable[[Platform], object]) -> Answer:
    """The platform's answer to this question; raises `Unavailable` where a store is silent."""
    with answering(STORES, BrokersSilent):
        return Answer(OK, ask(platform()))


_last: list[tuple[float, Pipeline]] = []


def _kept() -> Pipeline:
    """The pipeline's state, asked again once the last answer is too old."""
    if not _last or monotonic() - _last[0][0] > KEPT_SECONDS:
        with answering(STORES, BrokersSilent):
            found = pipeline.pipeline(platform())
        _last[:] = [(monotonic(), found)]
    return _last[0][1]


def platform() -> Platform:
    """The platform's stores, which are asked within the time of one answer."""
    settings, clients, retries = from_env(BrowseSettings), _clients(), within(_SECONDS)
    dynamodb, s3 = clients["dynamodb"], clients["s3"]
    return Platform(
        census=clients["census"],
        reader=clients["reader"],
        lake=Lake(s3, settings.lake_bucket, retries),
        ledger=Ledger(dynamodb, settings.offsets_table, settings.cluster, retries),
        batches=Batches(s3, settings.lake_bucket, retries),
        tables=Tables(dynamodb, settings.invoices_table, customers="", retries=retries),
        groups={"raw-archive": settings.raw_archive_group, "order-tables": settings.order_tables_group},
        items=lambda: retries.ask(lambda: _items(dynamodb, settings.invoices_table)),
    )


@cache
def _clients() -> dict[str, Any]:
    """The clients of this execution environment: MSK takes few new connections a second."""
    settings, session = from_env(BrowseSettings), get_session()
    place = settings.bootstrap_servers, settings.kafka_security
    # a group that the function may describe: librdkafka asks for the coordinator even of a reader that joins none
    reading = reader_settings(*place) | {"group.id": settings.raw_archive_group}
    return {
        "dynamodb": client("dynamodb", _CLIENT, session),
        "s3": client("s3", _CLIENT, session),
        "census": TopicCensus(settings.topic, client_settings(*place), seconds=_KAFKA_SECONDS),
        "reader": TopicReader(settings.topic, reading, answer_seconds=_KAFKA_SECONDS, silence_seconds=_KAFKA_SECONDS),
    }


def _items(dynamodb: Any, table: str) -> int:
    """The number of items by the table's own count: exact on the laptop, up to six hours old on AWS."""
    return int(dynamodb.describe_table(TableName=table)["Table"]["ItemCount"])
