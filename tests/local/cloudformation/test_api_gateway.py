"""REST APIs of a template, as the laptop's gateway serves them or refuses them."""

from typing import Any

import pytest

from local.cloudformation import reader, synthesis
from local.errors import BrokenAssembly, UnresolvedReference, UnsupportedProperty
from tests.local.cloudformation.conftest import KAFKA, URL, App


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AuthorizationType", "CUSTOM", "the authorization CUSTOM"),
        ("Integration", {"Type": "MOCK"}, "the integration MOCK"),
        ("Integration", {"Type": "AWS_PROXY", "Uri": "arn:aws:apigateway:s3"}, "is not a function"),
    ],
)
def test_a_method_that_the_gateway_cannot_serve_is_refused(app: App, name: str, value: Any, says: str) -> None:
    app.resource("GetInvoice")[name] = value
    with pytest.raises(UnsupportedProperty, match=says):
        app.load()


def test_a_broken_method_is_named_by_its_api(app: App) -> None:
    del app.resource("GetInvoice")["Integration"]
    with pytest.raises(BrokenAssembly, match="the resource Api of shop is broken: KeyError: 'Integration'"):
        app.load()


def test_an_api_without_a_stage_is_refused(app: App) -> None:
    del app.stacks["shop"]["Resources"]["Stage"]
    with pytest.raises(UnresolvedReference, match="shop: Api has 0 stages, the laptop's gateway serves one"):
        app.load()


@pytest.mark.parts
def test_the_course_adds_its_routes() -> None:
    platform = reader.load(synthesis.assembly("laptop", course=True), kafka=KAFKA, api_url=URL)
    added = {
        (route.method, route.path) for api in platform.apis for route in api.routes if route.authorization == "NONE"
    }
    assert added == {("GET", "/hello"), ("POST", "/hello"), ("PUT", "/hello")}
