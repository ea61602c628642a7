"""The calls that a request makes, as IAM sees them: pure, from the request of an AWS SDK to actions and ARNs.

Sources: AWS's Service Authorization Reference for S3, DynamoDB and the Redshift Data API.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

import msgspec

from local.permissions.policies import Call

_SECURE: Final = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""The laptop's servers speak plain HTTP on 127.0.0.1; policies about TLS are heard as if it were there."""


_OF_AN_OBJECT: Final[Mapping[tuple[str, str], str]] = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "GetObject",
    ("PUT", ""): "PutObject",
    ("DELETE", ""): "DeleteObject",
    ("POST", "uploads"): "PutObject",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("GET", "uploadId"): "ListMultipartUploadParts",
    ("GET", "acl"): "GetObjectAcl",
    ("PUT", "acl"): "PutObjectAcl",
    ("GET", "tagging"): "GetObjectTagging",
    ("PUT", "tagging"): "PutObjectTagging",
    ("DELETE", "tagging"): "DeleteObjectTagging",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("DELETE", "versionId"): "DeleteObjectVersion",
}
"""Actions on an object by method and sub-resource."""

_OF_A_BUCKET: Final[Mapping[tuple[str, str], str]] = {
    ("GET", ""): "ListBucket",
    ("HEAD", ""): "ListBucket",
    ("GET", "location"): "GetBucketLocation",
    ("GET", "uploads"): "ListBucketMultipartUploads",
    ("GET", "versioning"): "GetBucketVersioning",
    ("GET", "versions"): "ListBucketVersions",
}

_PLAIN: Final = frozenset(
    (
        *("continuation-token", "delimiter", "encoding-type", "fetch-owner", "key-marker", "list-type", "marker"),
        *("max-keys", "max-parts", "max-uploads", "part-number-marker", "partNumber", "prefix", "start-after"),
        *("upload-id-marker", "version-id-marker", "x-id"),
    )
)
"""Names in a query that do not change which action is asked for. Any other names a sub-resource."""

_BESIDES: Final = {
    "x-amz-tagging": "PutObjectTagging",
    "x-amz-acl": "PutObjectAcl",
    "x-amz-grant-": "PutObjectAcl",
    "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
    "x-amz-object-lock-": "PutObjectRetention",
    "x-amz-bypass-governance-retention": "BypassGovernanceRetention",
}
"""Actions that a request needs besides, by the beginning of a header's name; the first that fits."""


class UnknownCall(Exception):
    """A request whose action is not known here; it is refused, since no role of the templates makes it."""


def s3_calls(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> list[Call]:
    """The calls of a request to S3; `headers` are by lower-case name, `body` matters for DeleteObjects only."""
    path, _, query = target.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    asked = dict(pairs)
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    arn = f"arn:aws:s3:::{bucket}"
    # of a name that stands twice, S3 may read the other one
    if not bucket or len(asked) < len(pairs) or "x-amz-copy-source" in headers:
        raise UnknownCall(f"{method} {target}")
    sub_resource = ",".join(name for name in asked if name not in _PLAIN)
    if key:
        action = _known(_OF_AN_OBJECT, method, sub_resource, target)
        of_object, also = f"{arn}/{key}", dict.fromkeys(_besides(headers))
        found = [Call(f"s3:{action}", of_object, _SECURE | _conditional(headers))]
        return [*found, *(Call(f"s3:{it}", of_object, _SECURE) for it in also if it != action)]
    if method == "POST" and sub_resource == "delete":
        return [Call("s3:DeleteObject", f"{arn}/{it}", _SECURE) for it in _deleted(body)]
    action = _known(_OF_A_BUCKET, method, sub_resource, target)
    prefix = {"s3:prefix": asked["prefix"]} if "prefix" in asked else {}
    return [Call(f"s3:{action}", arn, _SECURE | prefix)]


def _known(actions: Mapping[tuple[str, str], str], method: str, sub_resource: str, target: str) -> str:
    """The action of this method on a sub-resource; raises `UnknownCall`."""
    if (method, sub_resource) not in actions:
        raise UnknownCall(f"{method} {target}")
    return actions[method, sub_resource]


def _besides(headers: Mapping[str, str]) -> Iterator[str]:
    """The actions that these headers ask for besides that of the request."""
    for name in headers:
        found = next((action for start, action in _BESIDES.items() if name.startswith(start)), None)
        if found is not None:
            yield found


def deletes_many(method: str, target: str) -> bool:
    """Whether the request is S3's DeleteObjects, whose body names the keys."""
    return method == "POST" and "delete" in dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def _conditional(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"s3:{name}": headers[name] for name in ("if-none-match", "if-match") if name in headers}


def _deleted(body: bytes) -> Iterator[str]:
    try:
        named = [it.text or "" for it in ElementTree.fromstring(body).iterfind("{*}Object/{*}Key")]
    except ElementTree.ParseError as error:
        raise UnknownCall(f"DeleteObjects whose body cannot be read as XML: {error}") from error
    if not named:
        raise UnknownCall("DeleteObjects without a key")
    yield from named


class _OneTable(msgspec.Struct):
    TableName: str
    IndexName: str | None = None


class _ManyTables(msgspec.Struct):
    RequestItems: dict[str, msgspec.Raw]


class _Transaction(msgspec.Struct):
    TransactItems: list[dict[str, _OneTable]]


_ONE_TABLE: Final = msgspec.json.Decoder(_OneTable)
_MANY_TABLES: Final = msgspec.json.Decoder(_ManyTables)
_TRANSACTION: Final = msgspec.json.Decoder(_Transaction)
_ITEM_ACTIONS: Final = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
DYNAMODB_TARGET: Final = "DynamoDB_20120810."


def dynamodb_calls(target: str, body: bytes, tables: str) -> list[Call]:
    """The calls of a request to DynamoDB, whose `X-Amz-Target` and body these are.

    `tables` is the beginning of every table's ARN, up to its name. Raises `UnknownCall`.
    """
    operation = target.removeprefix(DYNAMODB_TARGET)
    try:
        if operation.startswith("Batch"):
            found = _MANY_TABLES.decode(body).RequestItems
            return [Call(f"dynamodb:{operation}", _table(tables, it)) for it in found]
        if operation.startswith("Transact"):
            return [
                Call(f"dynamodb:{_ITEM_ACTIONS[kind]}", _table(tables, it.TableName))
                for items in _TRANSACTION.decode(body).TransactItems
                for kind, it in items.items()
            ]
        one = _ONE_TABLE.decode(body)
    except (msgspec.DecodeError, KeyError) as error:
        raise UnknownCall(f"{operation}: {error}") from None
    index = f"/index/{one.IndexName}" if one.IndexName else ""
    return [Call(f"dynamodb:{operation}", _table(tables, one.TableName) + index)]


def _table(tables: str, name: str) -> str:
    return name if name.startswith("arn:") else tables + name


_STATEMENTS_OF_ITS_OWN: Final = ("CancelStatement", "DescribeStatement", "GetStatementResult", "ListStatements")


def redshift_calls(operation: str, request: Mapping[str, Any], workgroups: Mapping[str, str]) -> list[Call]:
    """The calls of a request to the Redshift Data API: the operation itself, and how the caller logs in.

    That is by reading the secret that the request names, or else by credentials for the user of the caller's role.

    `workgroups` has the ARN of each workgroup by its name.
    """
    if operation in _STATEMENTS_OF_ITS_OWN:
        return [Call(f"redshift-data:{operation}", "*")]
    name = str(request.get("WorkgroupName", ""))
    workgroup = workgroups.get(name, name or "*")
    login = Call("redshift-serverless:GetCredentials", workgroup)
    if secret := request.get("SecretArn"):
        login = Call("secretsmanager:GetSecretValue", str(secret))
    return [Call(f"redshift-data:{operation}", workgroup), login]
