"""The API's contract as OpenAPI 3.1, generated from the code that serves it; so are its examples."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

from commerce.extracts import Published, extract
from commerce.identity import order_line
from commerce.lines import order_row
from commerce.quarantined.decisions import State
from commerce.quarantined.records import Kind
from commerce.summaries import summaries
from commerce.wire import encode_answer, parse
from lambdas.browse import examples
from lambdas.browse.messages import MOST_MESSAGES, MOST_OFFSET, MOST_PARTITION, USUAL_MESSAGES
from lambdas.browse.quarantine import MOST_RECORDS, USUAL_RECORDS
from lambdas.browse.raw_objects import MOST_OBJECTS
from lambdas.http import JSON, PROBLEM_JSON, RETRY_AFTER_SECONDS
from lambdas.ingest.answers import answer
from lambdas.ingest.rows import MOST_BYTES, MOST_ROWS, plan
from lambdas.query.customers import customer
from lambdas.query.invoices import invoice
from lambdas.query.paging import MOST_ITEMS, Wanted
from lambdas.query.sales import sales
from lambdas.schemas import components

Described = dict[str, Any]

METHODS: Final = frozenset({"get", "post", "put"})
"""The methods of a path, in OpenAPI's spelling."""

_SENT: Final[Mapping[str, object]] = {
    "InvoiceNo": 536365,
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
    "Quantity": 6,
    "InvoiceDate": "12/1/2010 8:26",
    "UnitPrice": Decimal("2.55"),
    "CustomerID": Decimal("17850.0"),
    "Country": "United Kingdom",
}
_WRONG: Final = {**_SENT, "UnitPrice": Decimal("2.5555")}
_LINE: Final = order_line(order_row(_SENT), 1)

_DESCRIPTION: Final = (
    "Order lines in, invoices and customers out. A row posted again is the same line, so every call may be repeated. "
    "Errors of a whole request are application/problem+json. The gateway itself answers 403 to a call that is not "
    "signed rightly or for which there is no resource or method, 429 to one too many, 400, 408 or 413 to an invalid "
    "request, and 502 or 504 where a function fails or is too slow."
)
_IAM: Final = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "awsSigv4",
    "description": "AWS Signature Version 4, service execute-api.",
}
_OPEN: Final[Described] = {"description": "Only where a stage opens the course's resource; unsigned.", "security": []}


@cache
def document() -> bytes:
    """The contract as JSON."""
    return encode_answer(
        {
            "openapi": "3.1.0",
            "info": {"title": "Tillstream", "version": "1", "description": _DESCRIPTION},
            # relative to where this document is served, so whatever the host and the stage
            "servers": [{"url": "."}],
            "security": [{"iam": []}],
            "paths": paths(),
            "components": {"schemas": components(), "securitySchemes": {"iam": _IAM}},
        }
    )


def paths() -> dict[str, Described]:
    """Each path's methods, with an `operationId` by which generated clients name their functions."""
    described = _paths()
    for path, methods in described.items():
        for method in METHODS & methods.keys():
            methods[method] = {"operationId": _operation_id(method, path), **methods[method]}
    return described


def _operation_id(method: str, path: str) -> str:
    """The operation's name, such as `getInvoicesInvoiceNo`.

    >>> _operation_id("get", "/invoices/{InvoiceNo}"), _operation_id("post", "/order-lines")
    ('getInvoicesInvoiceNo', 'postOrderLines')
    """
    return method + "".join(word[0].upper() + word[1:] for word in re.findall("[A-Za-z]+", path))


def _paths() -> dict[str, Described]:
    post = _post("Publish one row, or an array of rows", _any_rows())
    find = _get("The invoice that the query names", [_named("InvoiceNo", "query"), *_PAGING], "Invoice", _an_invoice())
    return {
        "/order-lines": {"post": post},
        "/invoices": {"get": find},
        "/invoices/{InvoiceNo}": {
            "parameters": [_named("InvoiceNo", "path")],
            "get": _get("An invoice and its lines", _PAGING, "Invoice", _an_invoice()),
            "put": _post("Add rows to an invoice; none is removed, and a row that is there is the same line", _rows()),
        },
        "/customers/{CustomerID}": {
            "parameters": [_named("CustomerID", "path")],
            "get": _get("A customer and their invoices, newest first", _PAGING, "Customer", _a_customer()),
        },
        "/sales": {
            "get": _tagged("The sales extracts that there are, in their newest version", "Sales", _some_sales()),
        },
        "/sales/{extract}": {
            "parameters": [_named("extract", "path", "ExtractName")],
            "get": _tagged("A sales extract in its newest version, by columns", "Extract", _an_extract()),
        },
        "/invoices/{InvoiceNo}/lines/{LineId}": {
            "parameters": [_named("InvoiceNo", "path"), _named("LineId", "path")],
            "get": _get("A line's own story", [], "Story", examples.story(_LINE)),
        },
        "/quarantine": {
            "get": _look(
                "Quarantined messages and rows, with reasons and decisions",
                [
                    _text("kind", "Records of this kind.", Kind),
                    _text("state", "Records in this state; a page may then hold none though more follow.", State),
                    _limit(MOST_RECORDS, USUAL_RECORDS),
                    _NEXT,
                ],
                "QuarantinePage",
                examples.quarantine(),
            )
        },
        "/verdict": {
            "get": _get("The last published verdict", [], "PublishedVerdict", examples.verdict()),
        },
        "/pipeline": {
            "get": _look("The state of the pipeline, at most some seconds old", [], "Pipeline", examples.pipeline())
        },
        "/topic/messages": {
            "get": _get(
                "Messages of a partition, or of an invoice",
                [
                    _number("partition", MOST_PARTITION, "The partition; or give `invoice`."),
                    {"name": "invoice", "in": "query", "schema": _reference("InvoiceNo")},
                    _number(
                        "offset", MOST_OFFSET, "The first offset; without it and `at`, the newest messages are given."
                    ),
                    _text("at", "The time of the first message, in UTC where no zone is named."),
                    _limit(MOST_MESSAGES, USUAL_MESSAGES),
                    _NEXT,
                ],
                "Messages",
                examples.messages(_LINE),
            )
        },
        "/raw": {
            "get": _get(
                "Objects of the raw archive, of a partition and a day",
                [
                    _number("partition", MOST_PARTITION, "The partition.") | {"required": True},
                    _text("day", "The UTC day; by default the newest."),
                    _limit(MOST_OBJECTS, MOST_OBJECTS),
                    _NEXT,
                ],
                "RawObjects",
                examples.raw_objects(),
            )
        },
        "/raw/object": {
            "get": _get(
                "The messages of an object of the raw archive",
                [
                    _text("key", "The object's key in the lake bucket.") | {"required": True},
                    _limit(MOST_OBJECTS, MOST_OBJECTS),
                    _NEXT,
                ],
                "RawContent",
                examples.raw_content(_LINE),
            )
        },
        "/openapi.json": {
            "get": {"summary": "This contract", "responses": {"200": _answer("The contract", {})} | _BY_GATEWAY},
        },
        "/hello": {
            "get": find | _OPEN,
            "post": post | _OPEN,
            "put": post | _OPEN,
        },
    }


def _post(summary: str, content: Described) -> Described:
    """The description of posting rows, by either method."""
    return {
        "summary": summary,
        "requestBody": {"required": True, "content": {JSON: content}},
        "responses": {
            "202": _answer("Every row is accepted: the broker has acknowledged it", _reported(_SENT)),
            "207": _answer("Some rows are accepted: `results` says which", _reported(_SENT, _WRONG)),
            "400": _either("No row is an order line, or the request is wrong", _reported(_WRONG)),
            "413": _problem(f"The body has more than {MOST_BYTES:,} bytes or {MOST_ROWS:,} rows"),
            "503": _again("No row was acknowledged in time, and some may be when sent again", _unacknowledged()),
        }
        | _BY_GATEWAY,
    }


def _get(summary: str, parameters: list[Described], schema: str, example: object) -> Described:
    """The description of requesting an invoice or a customer, or something else that may be absent."""
    described = _look(summary, parameters, schema, example)
    return described | {"responses": described["responses"] | {"404": _problem("There is none")}}


def _look(summary: str, parameters: list[Described], schema: str, example: object) -> Described:
    """The description of a request that always has an answer."""
    return {
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": _answer(summary, {"schema": _reference(schema), "example": _told(encode_answer(example))}),
            "400": _problem("A parameter is wrong"),
            "503": _problem("The stores are throttled or silent: try again") | {"headers": _RETRY_AFTER},
        }
        | _BY_GATEWAY,
    }


_RETRY_AFTER: Final = {
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds.", "example": RETRY_AFTER_SECONDS}
}
_REFUSED: Final = {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}}
_BY_GATEWAY: Final[Described] = {
    "403": {"description": "Not signed, wrongly signed, or signed too long ago", "content": _REFUSED},
    "429": {"description": "Too many requests at once: try again", "content": _REFUSED},
}
_ETAG: Final = {"ETag": {"schema": {"type": "string"}, "description": "The version, in quotation marks."}}
_IF_NONE_MATCH: Final[Described] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "`ETag` of the copy that the client has.",
    "schema": {"type": "string"},
}
_NEXT: Final = {
    "name": "next",
    "in": "query",
    "description": "`next` of the page before.",
    "schema": {"type": "string"},
}


def _limit(most: int, usual: int) -> Described:
    return {
        "name": "limit",
        "in": "query",
        "description": "The most items of a page; a page may hold fewer though more follow.",
        "schema": {"type": "integer", "minimum": 1, "maximum": most, "default": usual},
    }


_PAGING: Final[list[Described]] = [_limit(MOST_ITEMS, MOST_ITEMS), _NEXT]


def _number(name: str, most: int, description: str) -> Described:
    schema = {"type": "integer", "minimum": 0, "maximum": most}
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _text(name: str, description: str, values: Iterable[str] = ()) -> Described:
    named = [str(it) for it in values]
    schema = {"type": "string"} | ({"enum": named} if named else {})
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _tagged(summary: str, schema: str, example: object) -> Described:
    """The description of requesting what has an entity tag: a client that has it already gets no body."""
    got = _get(summary, [_IF_NONE_MATCH], schema, example)
    responses = got["responses"]
    unchanged = {"304": {"description": "The client's copy is the newest", "headers": _ETAG}}
    return got | {"responses": responses | {"200": responses["200"] | {"headers": _ETAG}} | unchanged}


def _named(name: str, where: str, schema: str | None = None) -> Described:
    return {"name": name, "in": where, "required": True, "schema": _reference(schema or name)}


def _reference(schema: str) -> Described:
    return {"$ref": f"#/components/schemas/{schema}"}


def _answer(description: str, content: Described) -> Described:
    return {"description": description, "content": {JSON: content}}


def _problem(description: str) -> Described:
    return {"description": description, "content": {PROBLEM_JSON: {"schema": _reference("Problem")}}}


def _either(description: str, content: Described) -> Described:
    """A response that is either the rows' results or a problem of the whole request."""
    return {"description": description, "content": _problem("")["content"] | {JSON: content}}


def _again(description: str, content: Described) -> Described:
    return _answer(description, content) | {"headers": _RETRY_AFTER}


def _rows() -> Described:
    return {"schema": _reference("Rows"), "example": parse(encode_answer([_LINE]))}


def _any_rows() -> Described:
    schema = {"anyOf": [_reference("Row"), _reference("Rows")]}
    examples = {"row": {"value": _SENT}, "rows": {"value": parse(encode_answer([_LINE]))}}
    return {"schema": schema, "examples": examples}


def _reported(*rows: object) -> Described:
    return {"schema": _reference("Report"), "example": _told(answer(plan(rows).results).body)}


def _unacknowledged() -> Described:
    return {"schema": _reference("Report"), "example": _told(answer(plan([_SENT]).results, {0}).body)}


def _an_invoice() -> object:
    return invoice(_LINE.InvoiceNo, [_LINE], Wanted())


def _a_customer() -> object:
    return customer(17850, summaries([_LINE]), Wanted())


def _some_sales() -> object:
    at = datetime(2011, 1, 1, 4, 30, tzinfo=UTC)
    return sales(Published("421b825e31a20843", "", at, {"daily": 2104, "cohorts": 91}))


def _an_extract() -> object:
    rows = [[date(2010, 12, 1), "France", Decimal("2.55")], [date(2010, 12, 1), "Norway", Decimal("-1.5")]]
    return extract("daily", ["day", "country", "net"], rows)


def _told(body: object) -> Any:
    assert isinstance(body, bytes)
    return parse(body)
