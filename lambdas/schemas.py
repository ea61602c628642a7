"""The API's JSON Schemas, generated from the records that the code reads and writes.

Names, order, types and what may be null come from the records themselves; the constraints of a field are said here,
and tests hold them against commerce's own parsers.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from commerce.extracts import EXTRACTS, Extract
from commerce.lines import CLAIMS, FIELDS, FIRST_FIELDS, OrderLine
from commerce.verdicts import PublishedVerdict
from lambdas.browse.messages import Messages
from lambdas.browse.pipeline import Pipeline
from lambdas.browse.quarantine import QuarantinePage
from lambdas.browse.raw_objects import RawContent, RawObjects
from lambdas.browse.story import Story
from lambdas.http import Problem
from lambdas.ingest.answers import Accepted, Failed, Report
from lambdas.ingest.rows import MOST_ROWS
from lambdas.query.customers import Customer
from lambdas.query.invoices import Invoice
from lambdas.query.sales import Sales

Schema = dict[str, Any]

_DAY: Final = "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_LOCAL_TIME: Final = {
    "pattern": f"^{_DAY}T{_TIME}$",
    "description": "Local business time to the second, without a zone.",
}
_MONTH_FIRST: Final = "(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/(19|20)?[0-9]{2} ([01]?[0-9]|2[0-3]):[0-5][0-9]"
_PRICE_TEXT: Final = r"(?=[^ ]{1,40} *$)-?0*[0-9]{1,10}(\.[0-9]{1,3}0*)?"
_QUANTITY_TEXT: Final = r"-?0*[0-9]{1,10}(\.0+)?"
_CUSTOMER_TEXT: Final = r"(0*([1-9][0-9]{0,14}|10{15})(\.0+)?)?"
_CONTROLS: Final = r"\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_LETTER: Final = f"[^{_CONTROLS}]"
_EDGE: Final = f"[^ {_CONTROLS}]"
_CODE: Final = f"{_EDGE}({_LETTER}{{0,18}}{_EDGE})?"
_COUNTRY: Final = f"{_EDGE}({_LETTER}{{0,58}}{_EDGE})?"

EXACT: Final[Mapping[str, Schema]] = {
    "InvoiceNo": {"pattern": "^[A-Z]?[1-9][0-9]{0,14}$"},
    "StockCode": {"pattern": f"^{_CODE}$", "description": "1 to 20 characters."},
    "Description": {"maxLength": 200, "pattern": f"^{_LETTER}*$"},
    "Quantity": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "InvoiceDate": _LOCAL_TIME,
    "FirstInvoiceDate": _LOCAL_TIME,
    "LastInvoiceDate": _LOCAL_TIME,
    "UnitPrice": {"minimum": -(10**9), "maximum": 10**9, "description": "At most three decimals."},
    "CustomerID": {"minimum": 1, "maximum": 10**15},
    "Country": {"pattern": f"^{_COUNTRY}$"},
    "Occurrence": {"minimum": 1, "description": "Which copy of exactly these fields this is, from 1."},
    "LineId": {"pattern": "^[0-9a-f]{32}$", "description": "Follows from the other fields."},
}
"""Keywords that a field's type does not express, for the exact form in which the API returns the field."""


def _padded(pattern: str) -> Schema:
    """Text of this pattern, with optional blanks around it."""
    return {"type": "string", "pattern": f"^ *{pattern} *$"}


ALSO: Final[Mapping[str, list[Schema]]] = {
    "InvoiceNo": [
        {"type": "integer", "minimum": 1, "maximum": 10**15 - 1},
        _padded("[A-Z]?[1-9][0-9]{0,14}"),
    ],
    "StockCode": [
        {"type": "integer", "minimum": 1 - 10**19, "maximum": 10**20 - 1},
        _padded(_CODE),
    ],
    "Quantity": [_padded(_QUANTITY_TEXT)],
    "InvoiceDate": [
        _padded(f"{_DAY}[ T]{_TIME}"),
        _padded(_MONTH_FIRST) | {"description": "Month first. A year of two digits means 1969 to 2068."},
    ],
    "UnitPrice": [_padded(_PRICE_TEXT)],
    "CustomerID": [_padded(_CUSTOMER_TEXT)],
    "Country": [_padded(_COUNTRY)],
    "Occurrence": [{"type": "null"}],
    "LineId": [{"type": "null"}],
}
"""The other accepted forms of a field."""

BROWSED: Final = (Pipeline, Messages, RawObjects, RawContent, Story, QuarantinePage, PublishedVerdict)
"""The classes of the answers of browse."""

_RESULTS: Final = (Accepted.__name__, Failed.__name__)
_REQUIRED: Final = [name for name in FIRST_FIELDS if name not in ("Description", "CustomerID")]


def components() -> dict[str, Schema]:
    """All schemas by name: `Row`, `Rows` of requests, names of parameters, the others of answers.

    Generators of clients follow references to components only, so a parameter has a schema of its own.
    """
    _, found = msgspec.json.schema_components(
        [OrderLine, Accepted, Failed, Invoice, Customer, Sales, Extract, *BROWSED, Problem],
        ref_template="#/components/schemas/{name}",
    )
    schemas = {name: _exact(_plain(schema)) for name, schema in found.items()}
    return {
        "Row": _row(schemas["OrderLine"]["properties"]),
        "Rows": _rows(),
        "InvoiceNo": schemas["OrderLine"]["properties"]["InvoiceNo"],
        "LineId": schemas["OrderLine"]["properties"]["LineId"],
        "CustomerID": schemas["Customer"]["properties"]["CustomerID"],  # a line may lack it, a path may not
        "ExtractName": {"type": "string", "enum": list(EXTRACTS)},
        **schemas,
        "Report": _report(),
        "Refusal": _refusal(),
    }


def _row(exact: Mapping[str, Schema]) -> Schema:
    """A row that the API accepts: each field in its exact form or in another."""
    properties = {name: _any_of([exact[name], *ALSO.get(name, [])]) for name in (*FIELDS, *CLAIMS)}
    return {
        "title": "Row",
        "description": "An order line as it is posted. Texts hold no control character and no bidirectional override.",
        "type": "object",
        "properties": properties,
        "required": _REQUIRED,
        "additionalProperties": False,
    }


def _rows() -> Schema:
    row = {"$ref": "#/components/schemas/Row"}
    description = "Either all rows carry Occurrence, or none: then copies are counted within the request."
    return {
        "title": "Rows",
        "description": description,
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_ROWS,
        "items": row,
    }


def _report() -> Schema:
    """The report's schema, by hand: msgspec describes no union of records distinguished by their fields."""
    results = {"type": "array", "items": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in _RESULTS]}}
    count = {"type": "integer", "minimum": 0}
    return {
        "title": "Report",
        "description": inspect.getdoc(Report),
        "type": "object",
        "properties": {"accepted": count, "rejected": count, "results": results},
        "required": list(Report.__struct_fields__),
    }


def _refusal() -> Schema:
    """The gateway's own refusal, by hand: API Gateway writes it, and none of our code."""
    return {
        "title": "Refusal",
        "description": "The gateway's own answer.",
        "type": "object",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }


def _any_of(forms: list[Schema]) -> Schema:
    flat = [each for form in forms for each in form.get("anyOf", [form])]
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _exact(record: Schema) -> Schema:
    """The record's schema with the keywords of `EXACT` in its properties; an enumeration's as it is."""
    if "properties" not in record:
        return record
    return record | {"properties": {name: _constrained(name, of) for name, of in record["properties"].items()}}


def _constrained(name: str, schema: Schema) -> Schema:
    said = EXACT.get(name)
    if said is None:
        return schema
    if "anyOf" in schema:
        return {"anyOf": [each if each["type"] == "null" else each | said for each in schema["anyOf"]]}
    return schema | said


def _plain(schema: Any) -> Any:
    """The schema of our encoder's output: an exact decimal is a JSON number."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return {"type": "number"}
    return {name: _plain(value) for name, value in schema.items()}
