"""Roles are read with what their policies allow, and buckets with what theirs deny."""

import pytest

from local.errors import UnsupportedProperty
from local.permissions.policies import Statement
from tests.local.cloudformation.conftest import App, attribute, ref, resource


def document(**statement: object) -> dict[str, object]:
    return {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}]}


def add_role(app: App) -> None:
    """A role with a policy in it, and one attached to it."""
    app.stacks["shop"]["Resources"] |= {
        "Reader": resource(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument={"Fn::Unheard": "of"},
            Policies=[{"PolicyName": "inline", "PolicyDocument": document()}],
        ),
        "Attached": resource(
            "AWS::IAM::Policy",
            PolicyName="attached",
            PolicyDocument=document(Resource={"Fn::ImportValue": "shop-data:Lake"}, Effect="Deny"),
            Roles=[ref("Reader")],
        ),
        "OfAnother": resource("AWS::IAM::Policy", PolicyName="other", PolicyDocument=document(), Roles=[ref("Role")]),
    }
    app.resource("Ingest")["Role"] = attribute("Reader", "Arn")


def test_a_role_has_the_statements_of_its_own_policies_and_of_those_attached(app: App) -> None:
    add_role(app)
    platform = app.load()
    [function] = platform.functions
    [reader] = [role for role in platform.roles if role.name == function.role]
    [lake] = platform.buckets
    assert reader.arn == f"arn:aws:iam::000000000000:role/{reader.name}"
    assert reader.statements == (
        Statement("Allow", ("s3:GetObject",), ("*",)),
        Statement("Deny", ("s3:GetObject",), (lake.name,)),
    )


def test_a_bucket_has_the_statements_of_its_policy(app: App) -> None:
    app.stacks["shop-data"]["Resources"]["Rules"] = resource(
        "AWS::S3::BucketPolicy",
        Bucket=ref("Lake5F1B88EA"),
        PolicyDocument=document(Effect="Deny", Principal={"AWS": "*"}),
    )
    [lake] = app.load().buckets
    assert lake.policy == (Statement("Deny", ("s3:GetObject",), ("*",)),)


def test_a_role_that_the_laptop_could_not_hold_is_refused_by_name(app: App) -> None:
    add_role(app)
    app.resource("Attached")["PolicyDocument"] = document(NotResource="*")
    with pytest.raises(UnsupportedProperty, match=r"shop: Reader .* has a statement with NotResource"):
        app.load()
    app.resource("Reader")["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
    with pytest.raises(UnsupportedProperty, match="ManagedPolicyArns"):
        app.load()
