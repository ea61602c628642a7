"""Calls the API's functions as API Gateway does, and compares each answer with the contract."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from commerce.wire import encode_answer, parse
from lambdas import openapi
from tests.orders import fields_of

CONTRACT = "urn:contract"

Handler = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]


class Reply(msgspec.Struct, frozen=True):
    """The answer to a call; `body` has exact numbers."""

    status: int
    headers: Mapping[str, str]
    body: Any


@cache
def contract() -> dict[str, Any]:
    return dict(json.loads(openapi.document()))


def check(schema: Mapping[str, Any], value: object) -> None:
    """Fail if the value, as JSON, does not match the contract's schema."""
    resource = DRAFT202012.create_resource(contract())
    known: Registry[Any] = Registry().with_resource(CONTRACT, resource)
    plain = json.loads(encode_answer(value))
    absolute = json.loads(json.dumps(schema).replace('"#/', f'"{CONTRACT}#/'))
    errors = [error.message for error in Draft202012Validator(absolute, registry=known).iter_errors(plain)]
    assert errors == [], f"{json.dumps(plain)[:500]}: {errors}"


def call(
    handler: Handler,
    method: str,
    resource: str,
    *,
    body: object = None,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    base64: bool = False,
) -> Reply:
    """The answer to this call, compared with the contract; `body` may be text or a value."""
    event: dict[str, Any] = {
        "httpMethod": method,
        "resource": resource,
        "pathParameters": path,
        "headers": headers,
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
        "requestContext": {"requestId": "c6af9ac6"},
        "body": body if body is None or isinstance(body, str) else encode_answer(body).decode(),
        "isBase64Encoded": base64,
    }
    response = handler(event, None)
    assert set(response) == {"statusCode", "headers", "body", "isBase64Encoded"}
    assert not response["isBase64Encoded"]
    described = contract()["paths"][resource][method.lower()]["responses"][str(response["statusCode"])]
    if "content" not in described:
        assert response["body"] == ""
        return Reply(response["statusCode"], response["headers"], None)
    content = described["content"][response["headers"]["Content-Type"]]
    answer = parse(response["body"])
    check(content.get("schema", {}), answer)
    described_headers = described.get("headers", {}).keys()
    assert described_headers == {"ETag", "Retry-After"} & response["headers"].keys()
    return Reply(response["statusCode"], response["headers"], answer)


def as_sent(**fields: Any) -> dict[str, Any]:
    """A row as the course's client sends it from pandas: numbers as numbers, dates month first."""
    usual: dict[str, Any] = {
        "InvoiceNo": 536365,
        "StockCode": "85123A",
        "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
        "Quantity": 6,
        "InvoiceDate": "12/1/2010 8:26",
        "UnitPrice": Decimal("2.55"),
        "CustomerID": Decimal("17850.0"),
        "Country": "United Kingdom",
    }
    return fields_of(**usual | fields)
