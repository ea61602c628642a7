"""The needs of a stage, for which `tillstream doctor --stage` looks in an account, are those of its templates."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.account.needs import NAMES, FixedName, needs
from local.account.questions import NAMES as ASKED
from tests.infra.conftest import Templates, read

pytestmark = pytest.mark.parts

HARMLESS = {
    "AWS::ApiGateway::Stage": "stands in its API",
    "AWS::Cognito::UserPool": "two pools may have one name",
    "AWS::IAM::Policy": "stands in its role, whose name is made up",
    "AWS::ApiGateway::RestApi": "two APIs may have one name",
    "AWS::MSK::Topic": "stands in the cluster, whose name is asked for",
}
"""Types whose fixed names hinder nobody, each with the reason."""


def test_the_needs_of_dev_are_read_from_its_templates() -> None:
    found = needs(read("dev").folder)
    assert replace(found, names=()) == replace(
        found,
        names=(),
        region="us-east-1",
        stacks=("tillstream-dev-data", "tillstream-dev"),
        zones=("us-east-1a", "us-east-1b", "us-east-1c"),
        subnets=(),
        broker_type="kafka.t3.small",
        kafka_version="3.9.x.kraft",
        brokers=3,
        vpcs=1,
        gateways=2,
        concurrency=12,
        dpus=8.0,
        bootstrap_parameter="/cdk-bootstrap/hnb659fds/version",
        logs_of_apis=True,
    )
    assert found.bootstrap >= 6
    assert FixedName("AWS::MSK::Cluster", "tillstream-dev", "tillstream-dev-data") in found.names
    assert FixedName("AWS::Glue::Job", "tillstream-dev-curate", "tillstream-dev") in found.names


def test_an_existing_vpc_and_cluster_are_needs_by_their_ids(every_stage: Mapping[str, Templates]) -> None:
    found = needs(every_stage["beside-a-cluster"].folder)
    assert (found.zones, found.vpcs, found.gateways, found.brokers, found.broker_type) == ((), 0, 0, 0, "")
    assert found.subnets == tuple(f"subnet-0123456789abcdef{n}" for n in range(3))


def test_every_name_that_a_template_fixes_is_asked_for(every_stage: Mapping[str, Templates]) -> None:
    fixed = {resource["Type"] for templates in every_stage.values() for resource in named(templates)}
    assert sorted(fixed - NAMES.keys() - HARMLESS.keys()) == []
    assert ASKED.keys() == NAMES.keys()


def named(templates: Templates) -> Iterator[Mapping[str, Any]]:
    """The resources whose identity, by CloudFormation's schema, is a text that the template states."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    for _, resource in templates.resources():
        if not resource["Type"].startswith("AWS::"):
            continue
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
        properties = resource.get("Properties", {})
        names = [path.removeprefix("/properties/") for path in schema.get("primaryIdentifier", ())]
        is_identity = bool(names) and all(isinstance(properties.get(name), str) for name in names)
        by_name = ("Name", resource["Type"].split("::")[-1] + "Name")
        if is_identity or any(isinstance(properties.get(name), str) for name in by_name):
            yield resource
