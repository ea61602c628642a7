"""The edge of ingest: reads posted rows, publishes the valid ones, and answers after the broker's acknowledgement."""

import os
from functools import cache
from time import monotonic
from typing import Any, Final

from commerce.lines import invoice_no
from commerce.metrics import FIELD, PUBLISH_TIME, REQUEST_SIZE, ROWS_ACCEPTED, ROWS_REFUSED, ROWS_UNACKNOWLEDGED
from commerce.settings import IngestSettings, from_env
from commerce.traces import VARIABLE as TRACE
from commerce.traces import sampled_root
from lambdas.http import Answer, ProxyEvent, ProxyResponse, Request, Routes, respond
from lambdas.ingest.answers import answer, refused_fields
from lambdas.ingest.rows import Plan, plan, posted_rows
from stores.kafka.topic import Publisher, headers, producer_settings
from stores.metrics import Log

MOST_RULES: Final = 10
"""Rules that one record names at most: some say where in the row the fault is."""


def handler(event: ProxyEvent, context: Any) -> ProxyResponse:
    """Publish the rows in API Gateway's event, and answer for each of them."""
    return respond(event, ROUTES)


def post_order_lines(request: Request) -> Answer:
    """Publish one row, or an array of rows."""
    return _publish(request, plan(posted_rows(request.body, alone=True)))


def put_invoice(request: Request) -> Answer:
    """Add rows to the invoice in the path; existing rows are the same lines, and none is removed."""
    return _publish(request, plan(posted_rows(request.body, alone=False), invoice_no(request.path["InvoiceNo"])))


ROUTES: Final[Routes] = {
    ("POST", "/order-lines"): post_order_lines,
    ("PUT", "/invoices/{InvoiceNo}"): put_invoice,
    # the course's resource, on which PUT does what POST does
    ("POST", "/hello"): post_order_lines,
    ("PUT", "/hello"): post_order_lines,
}


def _publish(request: Request, wanted: Plan) -> Answer:
    began, log = monotonic(), Log.of_function(request.id)
    trace = os.environ.get(TRACE, "")
    unacknowledged = publisher().publish(wanted.messages, headers(trace))
    refused = len(wanted.results) - len(wanted.messages)
    log(
        {
            ROWS_ACCEPTED: len(wanted.messages) - len(unacknowledged),
            ROWS_REFUSED: refused,
            ROWS_UNACKNOWLEDGED: len(unacknowledged),
            PUBLISH_TIME: round((monotonic() - began) * 1000),
            REQUEST_SIZE: len(request.body),
        },
        resource=request.resource,
        refused=wanted.refused or None,
        trace=sampled_root(trace),
    )
    if refused:
        for field, rules in refused_fields(wanted.results).items():
            log({ROWS_REFUSED: rules.total()}, split={FIELD: field}, rules=dict(rules.most_common(MOST_RULES)))
    return answer(wanted.results, {wanted.positions[at] for at in unacknowledged})


@cache
def publisher() -> Publisher:
    """The publisher of this execution environment, with its one Kafka connection."""
    settings = from_env(IngestSettings)
    kafka = producer_settings(settings.bootstrap_servers, settings.kafka_security, settings.delivery_seconds)
    return Publisher(settings.topic, kafka, settings.delivery_seconds)
