"""The edge of query: reads the tables consistently, and answers about an invoice or a customer."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final, TypeVar

import boto3
from botocore.config import Config

from commerce.errors import NewerRecord
from commerce.keys import line_key_prefix
from commerce.lines import customer_id, invoice_no
from commerce.settings import QuerySettings, from_env
from lambdas import openapi
from lambdas.http import OK, Answer, BadRequest, ProxyEvent, ProxyResponse, Request, Routes, Unavailable, respond
from lambdas.query.customers import customer, key_prefix
from lambdas.query.invoices import invoice
from lambdas.query.paging import PAGING, only, wanted
from stores.retries import CLIENT, FAILURES, OutOfTime, invites, within
from stores.tables import Tables

_CLIENT: Final = CLIENT.merge(Config(read_timeout=3))

_SECONDS: Final = 20.0
"""Seconds for all reads of one answer: they end within the function's 25 seconds, and leave time to say so."""

Found = TypeVar("Found")


def handler(event: ProxyEvent, context: Any) -> ProxyResponse:
    """Answer the request in API Gateway's event."""
    return respond(event, ROUTES)


def get_invoice(request: Request) -> Answer:
    """The answer about the invoice in the path."""
    only(request.query, PAGING)
    return _invoice(request, request.path["InvoiceNo"])


def find_invoice(request: Request) -> Answer:
    """The answer about the invoice in the query."""
    only(request.query, PAGING | {"InvoiceNo"})
    if "InvoiceNo" not in request.query:
        raise BadRequest("query parameter InvoiceNo is missing")
    return _invoice(request, request.query["InvoiceNo"])


def get_customer(request: Request) -> Answer:
    """The answer about the customer in the path."""
    only(request.query, PAGING)
    number = customer_id(request.path["CustomerID"])
    asked = wanted(request.query, key_prefix(number))
    return Answer(OK, customer(number, _read(lambda tables: tables.customer_summaries(number)), asked))


def get_contract(request: Request) -> Answer:
    """The contract of this API."""
    return Answer(OK, openapi.document())


ROUTES: Final[Routes] = {
    ("GET", "/invoices/{InvoiceNo}"): get_invoice,
    ("GET", "/invoices"): find_invoice,
    ("GET", "/hello"): find_invoice,  # the course's resource
    ("GET", "/customers/{CustomerID}"): get_customer,
    ("GET", "/openapi.json"): get_contract,
}


def _invoice(request: Request, named: str) -> Answer:
    number = invoice_no(named)
    asked = wanted(request.query, line_key_prefix(number))
    return Answer(OK, invoice(number, _read(lambda tables: tables.whole_lines(number)), asked))


def _read(ask: Callable[[Tables], Found]) -> Found:
    """The tables' answer to this call; raises `Unavailable` if they are throttled, silent, or a later version's."""
    try:
        return ask(replace(tables(), retries=within(_SECONDS)))
    except (*FAILURES, OutOfTime) as error:
        if not invites(error):
            raise
        raise Unavailable("the tables do not answer now: try again") from error
    except NewerRecord as error:
        raise Unavailable(f"{error}: this function is of an earlier one, try again") from error


@cache
def tables() -> Tables:
    """The tables of this execution environment, with its one client."""
    settings = from_env(QuerySettings)
    return Tables(boto3.client("dynamodb", config=_CLIENT), settings.invoices_table, settings.customers_table)
