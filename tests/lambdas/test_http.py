"""Proxy events as requests, answers as proxy responses, errors as statuses."""

import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commerce.errors import FieldError, InvalidRow, TillstreamError, UnreadableDocument
from lambdas.http import (
    Answer,
    BadRequest,
    NotFound,
    ProxyResponse,
    Request,
    TooLarge,
    Unavailable,
    request,
    respond,
)

EVENTS = Path(__file__).parent.parent / "events"


def an_event(**fields: Any) -> dict[str, Any]:
    return {"httpMethod": "POST", "resource": "/order-lines", "body": "[]"} | fields


def raising(error: Exception) -> Callable[[Request], Answer]:
    def route(_: Request) -> Answer:
        raise error

    return route


def answered(error: Exception) -> ProxyResponse:
    return respond(an_event(), {("POST", "/order-lines"): raising(error)})


def test_a_posted_event_of_the_gateway_is_a_request_with_the_bytes_that_were_sent() -> None:
    event = json.loads((EVENTS / "rest_api_post_order_lines.json").read_text("utf-8"))
    asked = request(event)
    assert (asked.method, asked.resource, asked.path, asked.query) == ("POST", "/order-lines", {}, {})
    assert asked.body.decode() == event["body"]
    assert asked.id == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


def test_a_query_of_the_gateway_is_a_request_with_its_parameters() -> None:
    event = json.loads((EVENTS / "rest_api_get_invoice.json").read_text("utf-8"))
    event["multiValueQueryStringParameters"]["limit"] = ["10"]
    asked = request(event)
    assert asked.path == {"InvoiceNo": "C536379"}
    assert asked.query == {"limit": "10", "next": "aa+b/=", "empty": ""}
    assert asked.body == b""


def test_a_parameter_that_stands_twice_is_refused() -> None:
    with pytest.raises(BadRequest, match="limit"):
        request(an_event(multiValueQueryStringParameters={"limit": ["5", "10"]}))


def test_an_event_without_the_lists_of_parameters_is_read_by_its_single_ones() -> None:
    assert request(an_event(queryStringParameters={"InvoiceNo": "536373"})).query == {"InvoiceNo": "536373"}


def test_a_base64_body_is_the_bytes_that_it_stands_for() -> None:
    body = b64encode('["£"]'.encode()).decode()
    assert request(an_event(body=body, isBase64Encoded=True)).body == '["£"]'.encode()


def test_a_body_that_only_claims_to_be_base64_is_refused() -> None:
    with pytest.raises(BadRequest, match="Base64"):
        request(an_event(body="£", isBase64Encoded=True))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BadRequest("why"), 400),
        (InvalidRow([FieldError("InvoiceNo", "'x'", "must be otherwise")]), 400),
        (UnreadableDocument("why"), 400),
        (NotFound("why"), 404),
        (TooLarge("why"), 413),
        (Unavailable("why"), 503),
    ],
)
def test_an_error_is_answered_as_a_problem_with_its_status(error: TillstreamError, status: int) -> None:
    response = answered(error)
    assert response["statusCode"] == status
    assert response["headers"]["Content-Type"] == "application/problem+json"
    problem = json.loads(response["body"])
    assert (problem["status"], problem["detail"], problem["type"]) == (status, str(error), "about:blank")


def test_only_a_503_tells_when_to_try_again() -> None:
    assert int(answered(Unavailable("why"))["headers"]["Retry-After"]) > 0
    assert "Retry-After" not in answered(NotFound("why"))["headers"]


def test_an_error_that_nobody_meant_is_not_answered_so_that_lambda_counts_it() -> None:
    with pytest.raises(ZeroDivisionError):
        answered(ZeroDivisionError())


def test_a_call_that_no_route_is_for_is_the_deployments_fault() -> None:
    with pytest.raises(KeyError):
        respond(an_event(httpMethod="DELETE"), {("POST", "/order-lines"): raising(BadRequest("why"))})
