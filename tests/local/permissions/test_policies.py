"""IAM's decisions for the policies that our templates write."""

from typing import Any

import pytest

from local.permissions.policies import (
    Call,
    Condition,
    Permission,
    Statement,
    UnsupportedPolicy,
    decide,
    permissions,
    statements,
)

LAKE = "arn:aws:s3:::lake"


def allow(action: Any, resource: Any, **more: Any) -> tuple[Statement, ...]:
    return statements({"Statement": {"Effect": "Allow", "Action": action, "Resource": resource, **more}})


def deny(action: Any, resource: Any, **more: Any) -> tuple[Statement, ...]:
    return statements({"Statement": [{"Effect": "Deny", "Action": action, "Resource": resource, **more}]})


def test_what_no_statement_allows_is_denied() -> None:
    decision = decide(Call("s3:GetObject", f"{LAKE}/raw/1"), allow("s3:PutObject", f"{LAKE}/*"))
    assert (decision.allowed, decision.allowed_by) == (False, ())
    assert decision.refusal == "because no identity-based policy allows the s3:GetObject action"


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("s3:GetObject", f"{LAKE}/raw/1", True),
        ("S3:getobject", f"{LAKE}/raw/1", True),
        ("s3:GetObject", f"{LAKE}/raw/", True),
        ("s3:GetObject", f"{LAKE}/RAW/1", False),
        ("s3:GetObject", f"{LAKE}/batches/raw/1", False),
        ("s3:GetObject", "arn:aws:s3:::lake2/raw/1", False),
        ("s3:GetObjectVersion", f"{LAKE}/raw/1", False),
    ],
)
def test_an_object_under_a_prefix_is_matched_whole(action: str, resource: str, allowed: bool) -> None:
    assert decide(Call(action, resource), allow("s3:GetObject", f"{LAKE}/raw/*")).allowed is allowed


def test_wildcards_stand_for_any_text_and_dots_for_themselves() -> None:
    held = allow("dynamodb:*Item", "arn:aws:dynamodb:*:table/a.b?")
    assert decide(Call("dynamodb:PutItem", "arn:aws:dynamodb:x:1:table/a.bc"), held).allowed
    assert not decide(Call("dynamodb:PutItem", "arn:aws:dynamodb:x:1:table/aXbc"), held).allowed
    assert not decide(Call("dynamodb:Query", "arn:aws:dynamodb:x:1:table/a.bc"), held).allowed


def test_a_denial_wins_over_every_permission() -> None:
    held = (*allow("s3:*", "*"), *deny("s3:DeleteObject", f"{LAKE}/raw/*"))
    assert decide(Call("s3:DeleteObject", f"{LAKE}/lake/1"), held).allowed
    assert decide(Call("s3:DeleteObject", f"{LAKE}/raw/1"), held).refusal == "with an explicit deny"


def test_a_denial_of_the_resource_counts_and_its_permission_alone_does_not() -> None:
    once = deny(
        "s3:PutObject", f"{LAKE}/raw/*", Principal={"AWS": "*"}, Condition={"Null": {"s3:if-none-match": "true"}}
    )
    held, put = allow("s3:PutObject", f"{LAKE}/*"), Call("s3:PutObject", f"{LAKE}/raw/1")
    assert not decide(put, held, once).allowed
    assert decide(Call(put.action, put.resource, {"s3:if-none-match": "*"}), held, once).allowed
    assert not decide(put, (), allow("s3:PutObject", "*", Principal="*")).allowed


def test_a_condition_on_a_prefix_is_fulfilled_by_that_prefix_alone() -> None:
    held = allow("s3:ListBucket", LAKE, Condition={"StringLike": {"s3:prefix": ["raw/*", "batches/*"]}})
    for prefix, allowed in {"raw/": True, "batches/1": True, "": False, "lake/raw/": False}.items():
        assert decide(Call("s3:ListBucket", LAKE, {"s3:prefix": prefix}), held).allowed is allowed, prefix
    assert not decide(Call("s3:ListBucket", LAKE), held).allowed


def test_what_a_condition_denies_to_code_is_allowed_to_the_service() -> None:
    by_code = {"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:*"}}
    held = (*allow("ec2:CreateNetworkInterface", "*"), *deny("ec2:CreateNetworkInterface", "*", Condition=by_code))
    call = Call("ec2:CreateNetworkInterface", "*")
    assert decide(call, held).allowed
    arn = "arn:aws:lambda:us-east-1:000000000000:function:ingest"
    assert not decide(Call(call.action, call.resource, {"lambda:SourceFunctionArn": arn}), held).allowed


def test_a_bucket_that_wants_tls_is_content_with_the_version_that_it_wants() -> None:
    rules = deny("s3:*", "*", Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}}) + deny(
        "s3:*", "*", Condition={"Bool": {"aws:SecureTransport": "false"}}
    )
    secure = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
    assert decide(Call("s3:GetObject", LAKE, secure), allow("*", "*"), rules).allowed
    assert not decide(Call("s3:GetObject", LAKE, secure | {"s3:TlsVersion": "1.1"}), allow("*", "*"), rules).allowed
    assert not decide(
        Call("s3:GetObject", LAKE, secure | {"aws:SecureTransport": "false"}), allow("*", "*"), rules
    ).allowed


def test_every_condition_of_a_statement_must_hold() -> None:
    held = allow("a:B", "*", Condition={"StringEquals": {"x": "1", "y": "2"}})
    assert decide(Call("a:B", "r", {"x": "1", "y": "2"}), held).allowed
    assert not decide(Call("a:B", "r", {"x": "1"}), held).allowed


def test_a_decision_names_every_permission_by_which_it_was_made() -> None:
    held = allow(["s3:GetObject", "s3:*"], [f"{LAKE}/raw/*", f"{LAKE}/lake/*"])
    assert decide(Call("s3:GetObject", f"{LAKE}/raw/1"), held).allowed_by == (
        Permission("s3:GetObject", f"{LAKE}/raw/*"),
        Permission("s3:*", f"{LAKE}/raw/*"),
    )


def test_permissions_are_one_for_each_action_and_resource_with_the_conditions_of_their_statement() -> None:
    held = allow(["a:B", "a:C"], ["x", "y"], Condition={"StringLike": {"k": "v*"}}) + deny("a:B", "x")
    condition = (Condition("StringLike", "k", ("v*",)),)
    assert permissions(held) == tuple(Permission(f"a:{it}", on, condition) for it in "BC" for on in "xy")


def test_a_statement_for_a_service_concerns_no_role() -> None:
    assert deny("s3:*", "*", Principal={"Service": "cloudfront.amazonaws.com"}) == ()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"NotAction": "s3:*"}, "a statement with NotAction"),
        ({"Principal": {"AWS": "arn:aws:iam::1:root"}}, "a statement for the principal"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, "a condition with the operator IpAddress"),
    ],
)
def test_what_cannot_be_decided_is_named_when_it_is_read(more: dict[str, Any], said: str) -> None:
    with pytest.raises(UnsupportedPolicy, match=said):
        allow("s3:*", "*", **more)
