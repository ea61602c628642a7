"""The policies that are not a role's own: who may take a role, ask a resource, and go through an endpoint."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from tests.infra.conftest import Templates

pytestmark = pytest.mark.parts

ACCOUNT: Final = {"Ref": "AWS::AccountId"}
FOR_US: Final = {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}
SOURCE: Final = ("aws:SourceArn", "AWS:SourceArn", "aws:SourceAccount")


def trusts(templates: Templates) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every statement that says who may take a role, by the role's path."""
    for path, role in templates.resources("AWS::IAM::Role"):
        yield from ((path, it) for it in role["Properties"]["AssumeRolePolicyDocument"]["Statement"])


def test_a_service_takes_a_role_for_this_account_alone(every_stage: Mapping[str, Templates]) -> None:
    asked = set()
    for templates in every_stage.values():
        for path, statement in trusts(templates):
            if service := statement["Principal"].get("Service"):
                assert statement["Condition"].items() >= FOR_US.items(), path
                asked.add(service)
    services = ("apigateway", "glue", "lambda", "redshift", "redshift-serverless")
    assert asked == {f"{it}.amazonaws.com" for it in services}


def test_redshift_takes_the_role_of_copy_for_users_of_this_workgroup_alone(templates: Templates) -> None:
    of_copy = [it for path, it in trusts(templates) if path.startswith("Warehouse/Loader/")]
    assert len(of_copy) == 2
    for statement in of_copy:
        [*_, users] = statement["Condition"]["StringLikeIfExists"]["sts:ExternalId"]["Fn::Join"][1]
        assert users == f":dbuser:tillstream-{templates.stage}/*"


def test_a_service_may_ask_a_resource_for_a_named_source_alone(every_stage: Mapping[str, Templates]) -> None:
    services = set()
    for templates in every_stage.values():
        for path, it in templates.resources("AWS::Lambda::Permission"):
            assert {"SourceArn", "SourceAccount"} & it["Properties"].keys(), path
            services.add(it["Properties"]["Principal"])
        for path, it in templates.resources("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"):
            for statement in it["Properties"]["PolicyDocument"]["Statement"]:
                if "Service" in (principal := statement["Principal"]):
                    keys = [key for named in statement["Condition"].values() for key in named]
                    assert [key for key in keys if key in SOURCE], path
                    services.add(principal["Service"])
    names = ("apigateway", "cloudfront", "cloudwatch", "events")
    assert services == {f"{it}.amazonaws.com" for it in names}


def test_every_endpoint_reaches_named_resources_of_this_account_alone(every_stage: Mapping[str, Templates]) -> None:
    reached = set()
    for templates in every_stage.values():
        for path, endpoint in templates.resources("AWS::EC2::VPCEndpoint"):
            for statement in endpoint["Properties"]["PolicyDocument"]["Statement"]:
                on = statement["Resource"]
                assert "*" not in (on if isinstance(on, list) else [on]), path
                assert '{"Ref": "AWS::AccountId"}' in json.dumps(on) or "Fn::GetAtt" in json.dumps(on), path
                reached.add((path.split("/")[-2], json.dumps(statement["Action"])))
    assert {what for what in reached if what[0] in ("Lambda", "Sts")} == {
        ("Lambda", '"lambda:InvokeFunction"'),
        ("Sts", '"sts:AssumeRole"'),
    }
    assert {name for name, _ in reached} == {"DynamoDb", "Lambda", "S3", "Sts"}
