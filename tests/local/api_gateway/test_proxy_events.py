"""A REST API passes a request to a function as a proxy event, and makes a response of its answer."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.api_gateway.proxy_events import Call, GatewayAnswer, MalformedAnswer, gateway_answer, proxy_event
from local.api_gateway.routes import Match
from local.http import HttpRequest
from local.platform import Route

EVENTS = Path(__file__).resolve().parents[2] / "events"
DOCUMENTED = {
    "": "resource path httpMethod headers multiValueHeaders queryStringParameters multiValueQueryStringParameters "
    "pathParameters stageVariables requestContext body isBase64Encoded",
    "requestContext": "accountId apiId authorizer domainName domainPrefix extendedRequestId httpMethod identity path "
    "protocol requestId requestTime requestTimeEpoch resourceId resourcePath stage",
    "identity": "accessKey accountId caller cognitoAuthenticationProvider cognitoAuthenticationType cognitoIdentityId "
    "cognitoIdentityPoolId principalOrgId sourceIp user userAgent userArn clientCert",
}
"""The names in AWS's page "Set up Lambda proxy integrations in API Gateway"."""

CALL = Call(
    request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
    trace_id="Root=1-4cf60808-0123456789abcdef01234567;Sampled=0",
    received=datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
    source_ip="127.0.0.1",
    account="000000000000",
    api_id="orders",
    stage="P",
    access_key_id="LAPTOPKEY",
)
POSTED = Match(Route("POST", "/order-lines", "ingest", "AWS_IAM"), {})
ASKED = Match(Route("GET", "/invoices/{InvoiceNo}", "query", "NONE"), {"InvoiceNo": "C536379"})
HOST = ("Host", "127.0.0.1:4321")


def stored(name: str) -> Any:
    return json.loads((EVENTS / f"rest_api_{name}.json").read_text("utf-8"))


def test_a_signed_post_becomes_this_event() -> None:
    event = stored("post_order_lines")
    headers = (
        HOST,
        ("Accept", "*/*"),
        ("Content-Type", "application/json"),
        ("Content-Length", "207"),
        ("Connection", "keep-alive"),
        ("User-Agent", "tillstream"),
        ("X-Amz-Date", "20101201T082600Z"),
        ("authorization", "AWS4-HMAC-SHA256 …"),
    )
    request = HttpRequest("POST", "/P/order-lines", headers, event["body"].encode())
    assert json.loads(proxy_event(request, POSTED, CALL)) == event


def test_an_unsigned_get_with_repeated_names_becomes_this_event() -> None:
    headers = (HOST, ("Accept", "text/html"), ("accept", "application/json"))
    request = HttpRequest("GET", "/P/invoices/C536379?limit=5&limit=10&next=aa%2Bb%2F%3D&empty=", headers, b"")
    call = replace(CALL, access_key_id=None)
    assert json.loads(proxy_event(request, ASKED, call)) == stored("get_invoice")


@pytest.mark.parametrize("name", ["post_order_lines", "get_invoice"])
def test_our_events_have_no_name_that_aws_does_not_document(name: str) -> None:
    event = stored(name)
    parts = {"": event, "requestContext": event["requestContext"], "identity": event["requestContext"]["identity"]}
    for part, found in parts.items():
        assert set(DOCUMENTED[part].split()) - set(found) <= {"authorizer", "clientCert"}
        assert set(found) <= set(DOCUMENTED[part].split())


def test_an_authorization_header_reaches_the_function_where_it_is_no_signature() -> None:
    request = HttpRequest("GET", "/P/invoices/1", (HOST, ("Authorization", "Bearer abc")), b"")
    assert json.loads(proxy_event(request, ASKED, CALL))["headers"]["Authorization"] == "Bearer abc"
    assert "Authorization" not in json.loads(proxy_event(request, POSTED, CALL))["headers"]


def test_a_body_that_is_no_utf_8_arrives_with_replacement_characters() -> None:
    request = HttpRequest("POST", "/P/order-lines", (HOST,), b'"\xa320"')
    event = json.loads(proxy_event(request, POSTED, CALL))
    assert (event["body"], event["isBase64Encoded"]) == ('"\ufffd20"', False)


def test_a_header_that_is_no_utf_8_does_not_break_the_event() -> None:
    value = b"caf\xe9".decode("utf-8", "surrogateescape")
    request = HttpRequest("POST", "/P/order-lines", (HOST, ("X-Note", value)), b"")
    assert json.loads(proxy_event(request, POSTED, CALL))["headers"]["X-Note"] == "caf\ufffd"


def test_a_client_cannot_say_who_forwarded_it_but_by_adding_itself() -> None:
    headers = (HOST, ("x-forwarded-for", "10.0.0.1"), ("X-Forwarded-Proto", "https"))
    event = json.loads(proxy_event(HttpRequest("POST", "/P/order-lines", headers, b""), POSTED, CALL))
    assert event["multiValueHeaders"]["X-Forwarded-For"] == ["10.0.0.1, 127.0.0.1"]
    assert event["multiValueHeaders"]["X-Forwarded-Proto"] == ["http"]


def answered(answer: object) -> GatewayAnswer:
    return gateway_answer(json.dumps(answer).encode())


def test_an_answer_is_passed_on_with_its_headers() -> None:
    answer = {
        "statusCode": 202,
        "headers": {"Content-Type": "application/problem+json", "Retry-After": 2, "X-Flag": True},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": "£",
        "isBase64Encoded": False,
    }
    assert answered(answer) == GatewayAnswer(
        202,
        (
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
            ("Content-Type", "application/problem+json"),
            ("Retry-After", "2"),
            ("X-Flag", "true"),
        ),
        "£".encode(),
    )


def test_an_answer_may_be_a_status_alone_and_is_json_then() -> None:
    expected = GatewayAnswer(204, (("Content-Type", "application/json"),), b"")
    assert answered({"statusCode": 204}) == expected
    assert answered({"statusCode": "204", "headers": None, "body": None}) == expected


def test_a_value_that_stands_in_both_header_maps_is_sent_once() -> None:
    answer = {"statusCode": 200, "headers": {"A": "1", "B": "2"}, "multiValueHeaders": {"A": ["1", "3"], "B": ["4"]}}
    sent = answered(answer).headers
    assert sorted(sent) == [("A", "1"), ("A", "3"), ("B", "2"), ("B", "4"), ("Content-Type", "application/json")]


def test_headers_that_are_the_gateways_own_are_remapped() -> None:
    answer = {"statusCode": 401, "headers": {"WWW-Authenticate": "Basic", "Content-Length": "1"}}
    assert [name for name, _ in answered(answer).headers] == [
        "x-amzn-Remapped-WWW-Authenticate",
        "x-amzn-Remapped-Content-Length",
        "Content-Type",
    ]


def test_base64_is_passed_on_as_the_text_that_it_is_since_no_media_type_is_binary() -> None:
    assert answered({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}).body == b"aGk="


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        {},
        {"body": "no status"},
        {"statusCode": "soon"},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": {"A": ["1"]}},
        {"statusCode": 200, "headers": {"A": "1\r\nInjected: 2"}},
        {"statusCode": 200, "cookies": []},
    ],
)
def test_any_other_answer_is_malformed(answer: object) -> None:
    with pytest.raises(MalformedAnswer):
        answered(answer)


def test_bytes_that_are_no_json_are_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        gateway_answer(b"\xff")
