"""The replaying client's policy, beside the routes that the templates have."""

import re
from fnmatch import fnmatchcase
from typing import Final

import pytest

from infra.client_policy import client_policy
from lambdas.browse import handler as browse
from lambdas.ingest import handler as ingest
from lambdas.query import handler as query
from local.cloudformation import reader as local_templates
from local.platform import KafkaAddress
from tests.infra.conftest import BESIDE_A_CLUSTER, Templates, read

HERE: Final = {"region": "us-east-1", "account": "123456789012", "api": "a1b2c3d4e5"}
ALLOWED: Final = {
    ("POST", "/order-lines"),
    ("GET", "/invoices"),
    ("GET", "/invoices/{InvoiceNo}"),
    ("GET", "/invoices/{InvoiceNo}/lines/{LineId}"),
    ("GET", "/customers/{CustomerID}"),
    ("GET", "/openapi.json"),
}


def called(method: str, path: str) -> str:
    """The ARN that API Gateway asks IAM about for a call: the path as it was called, after stage and method."""
    plain = re.sub(r"\{\w+\}", "17850", path)
    return f"arn:aws:execute-api:{HERE['region']}:{HERE['account']}:{HERE['api']}/P/{method}{plain}"


def may(method: str, path: str) -> bool:
    statements = client_policy(**HERE, stack="tillstream-dev")["Statement"]
    patterns = [arn for it in statements if it["Action"] == "execute-api:Invoke" for arn in it["Resource"]]
    return any(fnmatchcase(called(method, path), pattern) for pattern in patterns)


@pytest.mark.parts
def test_a_client_may_post_and_look_and_nothing_else_of_the_functions_routes_which_the_api_all_has() -> None:
    kafka = KafkaAddress("127.0.0.1:1", "PLAINTEXT")
    [api] = local_templates.load(read("dev").folder, kafka=kafka, api_url="http://127.0.0.1:2").apis
    assert api.stage == "P"
    assert {(route.method, route.path) for route in api.routes if may(route.method, route.path)} == ALLOWED
    routes = {(method, path) for method, path in (*ingest.ROUTES, *query.ROUTES, *browse.ROUTES) if path != "/hello"}
    assert {(route.method, route.path) for route in api.routes} == routes


@pytest.mark.parts
def test_the_urls_host_begins_with_the_apis_id_and_ends_with_its_stage(templates: Templates) -> None:
    url = templates.stacks[f"tillstream-{templates.stage}"]["Outputs"]["ApiUrl"]["Value"]["Fn::Join"][1]
    assert (url[0], url[-1].rpartition("/")[2]) == ("https://", "P")


def test_a_client_may_describe_its_own_stack_only() -> None:
    [find] = [it for it in client_policy(**HERE, stack="tillstream-dev")["Statement"] if it["Sid"] == "FindTheStack"]
    arn = "arn:aws:cloudformation:us-east-1:123456789012:stack/{}/0123-abcd"
    assert fnmatchcase(arn.format("tillstream-dev"), find["Resource"][0])
    assert not fnmatchcase(arn.format("tillstream-dev-data"), find["Resource"][0])


@pytest.mark.parts
def test_a_platform_beside_an_existing_cluster_runs_on_the_laptop(every_stage: dict[str, Templates]) -> None:
    kafka = KafkaAddress("127.0.0.1:1", "PLAINTEXT")
    folder = every_stage["beside-a-cluster"].folder
    loaded = local_templates.load(folder, kafka=kafka, api_url="http://127.0.0.1:2")
    assert [topic.name for topic in loaded.topics] == ["order-lines"]
    assert {mapping.cluster_arn for mapping in loaded.mappings} == {BESIDE_A_CLUSTER.kafka.cluster_arn}
    assert loaded.outputs["BootstrapServers"] == "127.0.0.1:1"
