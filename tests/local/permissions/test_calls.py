"""The calls of requests as IAM sees them."""

import json
from typing import Any

import pytest

from local.permissions.calls import UnknownCall, dynamodb_calls, redshift_calls, s3_calls
from local.permissions.policies import Call

TABLES = "arn:aws:dynamodb:us-east-1:000000000000:table/"


def asked(method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> list[tuple[str, str]]:
    return [(it.action, it.resource) for it in s3_calls(method, target, headers or {}, body)]


@pytest.mark.parametrize(
    ("method", "target", "action"),
    [
        ("GET", "/lake/raw/a.gz", "GetObject"),
        ("GET", "/lake/raw/a.gz?x-id=GetObject", "GetObject"),
        ("HEAD", "/lake/raw/a.gz", "GetObject"),
        ("PUT", "/lake/raw/a.gz", "PutObject"),
        ("DELETE", "/lake/raw/a.gz", "DeleteObject"),
        ("POST", "/lake/raw/a.gz?uploads", "PutObject"),
        ("PUT", "/lake/raw/a.gz?partNumber=1&uploadId=x", "PutObject"),
        ("POST", "/lake/raw/a.gz?uploadId=x", "PutObject"),
        ("DELETE", "/lake/raw/a.gz?uploadId=x", "AbortMultipartUpload"),
        ("GET", "/lake/raw/a.gz?uploadId=x", "ListMultipartUploadParts"),
        ("GET", "/lake/raw/a.gz?acl", "GetObjectAcl"),
        ("PUT", "/lake/raw/a.gz?acl=", "PutObjectAcl"),
        ("PUT", "/lake/raw/a.gz?%61cl", "PutObjectAcl"),
        ("GET", "/lake/raw/a.gz?tagging", "GetObjectTagging"),
        ("PUT", "/lake/raw/a.gz?tagging", "PutObjectTagging"),
        ("DELETE", "/lake/raw/a.gz?tagging", "DeleteObjectTagging"),
        ("GET", "/lake/raw/a.gz?versionId=1", "GetObjectVersion"),
        ("DELETE", "/lake/raw/a.gz?versionId=1", "DeleteObjectVersion"),
    ],
)
def test_a_request_for_an_object_is_the_action_that_its_method_and_query_say(
    method: str, target: str, action: str
) -> None:
    assert asked(method, target) == [(f"s3:{action}", "arn:aws:s3:::lake/raw/a.gz")]


def test_a_key_is_as_its_writer_wrote_it() -> None:
    assert asked("GET", "/lake/epoch%3D0001/a%20b%2Fc") == [("s3:GetObject", "arn:aws:s3:::lake/epoch=0001/a b/c")]


def test_a_list_carries_its_prefix_and_one_without_has_none() -> None:
    [with_prefix] = s3_calls("GET", "/lake?list-type=2&prefix=raw%2F&max-keys=1", {})
    [without] = s3_calls("GET", "/lake/?list-type=2", {})
    assert (with_prefix.action, with_prefix.resource, with_prefix.context["s3:prefix"]) == (
        "s3:ListBucket",
        "arn:aws:s3:::lake",
        "raw/",
    )
    assert (without.action, without.resource, "s3:prefix" in without.context) == (
        "s3:ListBucket",
        "arn:aws:s3:::lake",
        False,
    )


def test_a_conditional_put_says_so() -> None:
    [call] = s3_calls("PUT", "/lake/raw/1", {"if-none-match": "*"})
    assert call.context["s3:if-none-match"] == "*"


@pytest.mark.parametrize(
    ("headers", "besides"),
    [
        ({"x-amz-tagging": "a=b"}, ["PutObjectTagging"]),
        ({"x-amz-acl": "public-read"}, ["PutObjectAcl"]),
        ({"x-amz-grant-read": "id=1", "x-amz-grant-write-acp": "id=1"}, ["PutObjectAcl"]),
        ({"x-amz-object-lock-mode": "GOVERNANCE"}, ["PutObjectRetention"]),
        ({"x-amz-object-lock-legal-hold": "ON", "x-amz-acl": "private"}, ["PutObjectLegalHold", "PutObjectAcl"]),
        ({"x-amz-meta-count": "1", "x-amz-date": "20101201T082600Z"}, []),
    ],
)
def test_a_put_with_tags_or_rights_is_a_call_for_each_of_them_too(headers: dict[str, str], besides: list[str]) -> None:
    assert asked("PUT", "/lake/raw/1", headers) == [
        (f"s3:{action}", "arn:aws:s3:::lake/raw/1") for action in ("PutObject", *besides)
    ]


def test_many_deletions_are_a_call_for_each_key() -> None:
    body = b"<Delete><Object><Key>lake/a</Key></Object><Object><Key>lake/&lt;b&amp;lt;</Key></Object></Delete>"
    assert asked("POST", "/lake?delete", body=body) == [
        ("s3:DeleteObject", "arn:aws:s3:::lake/lake/a"),
        ("s3:DeleteObject", "arn:aws:s3:::lake/lake/<b&lt;"),
    ]


def test_a_key_is_read_as_s3_reads_it() -> None:
    start = b'<s:Delete xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/">'
    body = start + b"<s:Object><s:Key >a&#13;</s:Key></s:Object></s:Delete>"
    assert asked("POST", "/lake?delete", body=body) == [("s3:DeleteObject", "arn:aws:s3:::lake/a\r")]


@pytest.mark.parametrize("body", [b"", b"<Delete/>", b"<Delete><Object>"])
def test_deletions_that_name_no_key_are_unknown(body: bytes) -> None:
    with pytest.raises(UnknownCall, match="DeleteObjects"):
        s3_calls("POST", "/lake?delete", {}, body)


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/", {}),
        ("PUT", "/lake", {}),
        ("DELETE", "/lake", {}),
        ("PATCH", "/lake/a", {}),
        ("PUT", "/lake/a", {"x-amz-copy-source": "/other/b"}),
        ("PUT", "/lake/a?tagging&versionId=1", {}),
        ("GET", "/lake/a?torrent", {}),
        ("PUT", "/lake/a?retention", {}),
        ("PUT", "/lake/a?legal-hold", {}),
        ("POST", "/lake/a?restore", {}),
        ("POST", "/lake/a?select&select-type=2", {}),
        ("GET", "/lake/a?attributes", {}),
        ("HEAD", "/lake/a?acl", {}),
        ("GET", "/lake?policy", {}),
        ("PUT", "/lake?policy", {}),
        ("GET", "/lake?acl", {}),
        ("GET", "/lake?tagging", {}),
        ("POST", "/lake?delete&policy", {}),
        ("GET", "/lake?unheard-of", {}),
        ("GET", "/lake?prefix=raw%2F&prefix=decisions%2F", {}),
    ],
)
def test_what_no_role_of_ours_does_is_unknown(method: str, target: str, headers: dict[str, str]) -> None:
    with pytest.raises(UnknownCall):
        s3_calls(method, target, headers)


def of_dynamodb(operation: str, body: Any) -> list[Call]:
    return dynamodb_calls(f"DynamoDB_20120810.{operation}", json.dumps(body).encode(), TABLES)


def test_a_call_of_one_table_is_on_the_table_or_on_its_index() -> None:
    assert of_dynamodb("PutItem", {"TableName": "a", "Item": {}}) == [Call("dynamodb:PutItem", f"{TABLES}a")]
    assert of_dynamodb("Query", {"TableName": f"{TABLES}a", "IndexName": "by"}) == [
        Call("dynamodb:Query", f"{TABLES}a/index/by")
    ]


def test_a_batch_is_a_call_on_each_of_its_tables() -> None:
    assert of_dynamodb("BatchWriteItem", {"RequestItems": {"a": [{"PutRequest": {}}], "b": []}}) == [
        Call("dynamodb:BatchWriteItem", f"{TABLES}a"),
        Call("dynamodb:BatchWriteItem", f"{TABLES}b"),
    ]


def test_a_transaction_is_the_calls_of_its_items() -> None:
    items = [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]
    assert of_dynamodb("TransactWriteItems", {"TransactItems": items}) == [
        Call("dynamodb:PutItem", f"{TABLES}a"),
        Call("dynamodb:ConditionCheckItem", f"{TABLES}b"),
    ]


@pytest.mark.parametrize(("operation", "body"), [("ListTables", {}), ("BatchGetItem", []), ("TransactGetItems", {})])
def test_a_request_that_names_no_table_is_unknown(operation: str, body: Any) -> None:
    with pytest.raises(UnknownCall):
        of_dynamodb(operation, body)


@pytest.mark.parametrize(
    ("named", "login"),
    [
        ({"SecretArn": "arn:secret"}, Call("secretsmanager:GetSecretValue", "arn:secret")),
        ({}, Call("redshift-serverless:GetCredentials", "arn:workgroup")),
    ],
)
def test_a_statement_is_run_on_its_workgroup_by_the_secrets_user_or_else_by_the_roles(
    named: dict[str, str], login: Call
) -> None:
    request = {"WorkgroupName": "shop", **named, "Sql": "SELECT 1"}
    assert redshift_calls("ExecuteStatement", request, {"shop": "arn:workgroup"}) == [
        Call("redshift-data:ExecuteStatement", "arn:workgroup"),
        login,
    ]
    assert redshift_calls("DescribeStatement", {"Id": "1"}, {}) == [Call("redshift-data:DescribeStatement", "*")]
