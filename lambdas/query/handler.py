"""The edge of query: reads the tables consistently, or the sales extracts, and answers about what it read."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.config import Config

from commerce.errors import NewerRecord
from commerce.extracts import Published
from commerce.keys import line_key_prefix
from commerce.lines import customer_id, invoice_no
from commerce.settings import QuerySettings, from_env
from lambdas import openapi
from lambdas.http import (
    OK,
    Answer,
    BadRequest,
    ProxyEvent,
    ProxyResponse,
    Request,
    Routes,
    Unavailable,
    respond,
    tagged,
)
from lambdas.query.customers import customer, key_prefix
from lambdas.query.invoices import invoice
from lambdas.query.paging import PAGING, only, wanted
from lambdas.query.sales import extract_name, published, sales
from lambdas.unavailable import answering
from stores.clients import client
from stores.dynamodb.tables import Tables
from stores.retries import CLIENT, within
from stores.s3.extracts import Extracts

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

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


def get_sales(request: Request) -> Answer:
    """The answer about all sales extracts: their version, their age, their rows."""
    only(request.query, frozenset())
    newest = _published()
    return tagged(request, published(newest).version, lambda: sales(newest))


def get_extract(request: Request) -> Answer:
    """The answer with one sales extract in its newest version."""
    only(request.query, frozenset())
    name = extract_name(request.path["extract"])
    version = published(_published()).version

    def body() -> bytes:
        if (found := _answered(lambda: extracts().read(version, name))) is None:
            # old versions are deleted: a newer one has come since its manifest was read
            raise Unavailable("the sales extracts have just been published anew: try again")
        return found

    return tagged(request, version, body)


def get_contract(request: Request) -> Answer:
    """The contract of this API."""
    return Answer(OK, openapi.document())


ROUTES: Final[Routes] = {
    ("GET", "/invoices/{InvoiceNo}"): get_invoice,
    ("GET", "/invoices"): find_invoice,
    ("GET", "/hello"): find_invoice,  # the course's resource
    ("GET", "/customers/{CustomerID}"): get_customer,
    ("GET", "/sales"): get_sales,
    ("GET", "/sales/{extract}"): get_extract,
    ("GET", "/openapi.json"): get_contract,
}


def _invoice(request: Request, named: str) -> Answer:
    number = invoice_no(named)
    asked = wanted(request.query, line_key_prefix(number))
    return Answer(OK, invoice(number, _read(lambda tables: tables.whole_lines(number)), asked))


def _read(ask: Callable[[Tables], Found]) -> Found:
    """The tables' answer to this call; raises `Unavailable` if they are throttled, silent, or a later version's."""
    try:
        return _answered(lambda: ask(replace(tables(), retries=within(_SECONDS))))
    except NewerRecord as error:
        raise Unavailable(f"{error}: this function is of an earlier one, try again") from error


def _published() -> Published | None:
    return _answered(lambda: extracts().newest())


def _answered(ask: Callable[[], Found]) -> Found:
    """The store's answer to this call; raises `Unavailable` if the store is throttled or silent."""
    with answering("the stores"):
        return ask()


@cache
def tables() -> Tables:
    """The tables of this execution environment, with its one client."""
    settings = from_env(QuerySettings)
    return Tables(client("dynamodb", _CLIENT), settings.invoices_table, settings.customers_table)


def extracts() -> Extracts:
    """The sales extracts, for one answer."""
    return Extracts(_s3(), from_env(QuerySettings).lake_bucket, within(_SECONDS))


@cache
def _s3() -> "S3Client":
    """The S3 client of this execution environment, made when the first answer needs it."""
    s3: S3Client = client("s3", _CLIENT)
    return s3
