"""API Gateway's choice of a route, and its token bucket."""

import pytest

from local.api_gateway.routes import Match, Routes
from local.api_gateway.throttling import TokenBucket
from local.platform import Route

PATHS = [
    ("GET", "/"),
    ("GET", "/invoices"),
    ("GET", "/invoices/{InvoiceNo}"),
    ("PUT", "/invoices/{InvoiceNo}"),
    ("GET", "/invoices/latest"),
    ("GET", "/invoices/{InvoiceNo}/lines/{Line}"),
    ("ANY", "/files/{proxy+}"),
    ("GET", "/files/{name}"),
    ("GET", "/openapi.json"),
]
ROUTES = {each: Route(*each, function="f", authorization="NONE") for each in PATHS}


def found(method: str, path: str) -> Match | None:
    return Routes(ROUTES.values()).find(method, path)


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("", "/", {}),
        ("/", "/", {}),
        ("/invoices", "/invoices", {}),
        ("/openapi.json", "/openapi.json", {}),
        ("/invoices/536365", "/invoices/{InvoiceNo}", {"InvoiceNo": "536365"}),
        ("/invoices/a%20%2F%C3%A9", "/invoices/{InvoiceNo}", {"InvoiceNo": "a /é"}),
        ("/invoices/latest", "/invoices/latest", {}),
        ("/invoices/1/lines/2", "/invoices/{InvoiceNo}/lines/{Line}", {"InvoiceNo": "1", "Line": "2"}),
        ("/files/a", "/files/{name}", {"name": "a"}),
        ("/files/a/b%20c", "/files/{proxy+}", {"proxy": "a/b c"}),
    ],
)
def test_the_most_specific_resource_is_chosen(path: str, resource: str, parameters: dict[str, str]) -> None:
    match = found("GET", path)
    assert match is not None
    assert (match.route.path, match.parameters) == (resource, parameters)


def test_the_order_of_the_routes_does_not_matter() -> None:
    match = Routes(reversed(ROUTES.values())).find("GET", "/invoices/latest")
    assert match is not None
    assert match.route.path == "/invoices/latest"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/invoices/1"),
        ("PUT", "/invoices/latest"),  # a resource that lacks the method hides the less specific one that has it
        ("POST", "/files/a"),
        ("GET", "/invoices/"),
        ("GET", "/invoices//lines/2"),
        ("GET", "/Invoices"),
        ("GET", "//invoices"),
        ("GET", "/invoices/1/lines"),
        ("GET", "/files"),
        ("HEAD", "/invoices"),
    ],
)
def test_what_no_resource_has_is_not_found(method: str, path: str) -> None:
    assert found(method, path) is None


def test_any_takes_every_method() -> None:
    match = found("PATCH", "/files/a/b")
    assert match is not None
    assert match.route is ROUTES["ANY", "/files/{proxy+}"]


def test_a_bucket_lets_a_burst_through_and_then_its_rate() -> None:
    now = 100.0
    bucket = TokenBucket(rate=2, burst=3, clock=lambda: now)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now += 0.4
    assert not bucket.take()
    now += 0.1
    assert [bucket.take(), bucket.take()] == [True, False]
    now += 1_000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
