"""A client of plain JSON sends what botocore's sends, and answers and fails as it does."""

import json
from typing import Any, Final

import boto3
import botocore
import pytest
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given
from hypothesis import strategies as st

from stores.dynamodb.client import ITEMS
from stores.dynamodb.items import line_item
from stores.dynamodb.plain_json import of_plain_json
from tests.orders import a_line

ITEM: Final = line_item(a_line(Description="HË “x”\n\x7f"))
KEY: Final = {name: ITEM[name] for name in ("InvoiceNo", "LineKey")}

CALLS: Final[dict[str, dict[str, Any]]] = {
    "batch_write_item": {
        "RequestItems": {"invoices": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": KEY}}]}
    },
    "batch_get_item": {"RequestItems": {"invoices": {"ConsistentRead": True, "Keys": [KEY]}}},
    "put_item": {"TableName": "t", "Item": ITEM, "ExpressionAttributeValues": {":lines": {"N": "3"}}},
    "query": {"TableName": "t", "KeyConditionExpression": "a = :b", "ScanIndexForward": False, "Limit": 3},
    "get_item": {"TableName": "t", "Key": KEY},
    "update_item": {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :b"},
    "scan": {"TableName": "t", "ExclusiveStartKey": KEY, "Segment": 1, "TotalSegments": 2},
    "describe_table": {"TableName": "t"},
}


class Body:
    """The body of an answer, as urllib3 gives it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Any:
        yield self._content


class Server:
    """Answers every request of the client by one answer, and keeps what was sent."""

    def __init__(self, client: Any, status: int = 200, content: bytes = b"{}") -> None:
        self.sent: list[tuple[Any, ...]] = []
        self._answer = status, content
        client.meta.events.register("before-send.dynamodb", self._send)

    def _send(self, request: AWSRequest, **_: Any) -> AWSResponse:
        kind = request.headers["X-Amz-Target"], request.headers["Content-Type"]
        self.sent.append((request.method, request.url, kind, json.loads(request.body)))
        status, content = self._answer
        headers: Any = {"x-amzn-requestid": "r-1"}
        return AWSResponse(str(request.url), status, headers, Body(content))


def a_client() -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("dynamodb", endpoint_url="http://127.0.0.1:1", config=ITEMS)


BOTOCORE: Final = a_client()
PLAIN: Final = of_plain_json(a_client())


def outcome(client: Any, call: str, status: int, content: bytes, **request: Any) -> Any:
    """The request that was sent, and the answer or the error that the caller gets."""
    server = Server(client, status, content)
    try:
        answer = getattr(client, call)(**request)
    except ClientError as error:
        answer = type(error).__name__, str(error), error.response  # each client makes classes of its own
    except BotoCoreError as error:
        answer = type(error), str(error)
    finally:
        client.meta.events.unregister("before-send.dynamodb", server._send)
    return server.sent, answer


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("status", "content"),
    [
        (200, b"{}"),
        (200, b""),
        (200, b"[]"),
        (200, b'"text"'),
        (200, b"<html>"),
        (200, b'{"Items": [{"a": '),
        (200, b"\xff"),
        (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}'),
        (
            400,
            b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Message":"no",'
            b'"Item":{"a":{"S":"x"}}}',
        ),
        (400, b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'),
        (400, b'{"__type":"com.amazon.coral.validate#ValidationException","message":"wrong"}'),
        (400, b"not JSON"),
        (500, b'{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"oh"}'),
        (503, b""),
    ],
)
def test_each_call_sends_the_same_and_ends_alike(call: str, status: int, content: bytes) -> None:
    request = CALLS[call]
    try:
        expected = outcome(BOTOCORE, call, status, content, **request)
    except (AttributeError, TypeError, UnicodeDecodeError) as error:  # botocore expects an object in UTF-8
        with pytest.raises(type(error)):
            outcome(PLAIN, call, status, content, **request)
    else:
        assert outcome(PLAIN, call, status, content, **request) == expected


texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.builds(lambda text: {"S": text}, texts)
    | st.builds(lambda number: {"N": str(number)}, st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
    | st.builds(lambda truth: {"BOOL": truth}, st.booleans())
    | st.builds(lambda some: {"SS": some}, st.lists(texts, max_size=3)),
    lambda inner: (
        st.builds(lambda some: {"L": some}, st.lists(inner, max_size=3))
        | st.builds(lambda some: {"M": some}, st.dictionaries(texts, inner, max_size=3))
    ),
    max_leaves=6,
)
items = st.dictionaries(texts, values, max_size=5)


@given(st.lists(items, max_size=4))
def test_any_items_are_sent_and_taken_alike(some: list[dict[str, Any]]) -> None:
    answer: dict[str, Any] = {
        "Items": some,
        "Count": len(some),
        "UnprocessedItems": {"t": [{"PutRequest": {"Item": {}}}]},
    }
    content = json.dumps(answer).encode()
    for call, request in (
        ("batch_write_item", {"RequestItems": {"t": [{"PutRequest": {"Item": item}} for item in some]}}),
        (
            "query",
            {"TableName": "t", "ExpressionAttributeValues": {f":{index}": {"M": it} for index, it in enumerate(some)}},
        ),
    ):
        theirs, ours = (outcome(client, call, 200, content, **request) for client in (BOTOCORE, PLAIN))
        assert ours[0] == theirs[0]
        assert theirs[1].items() <= ours[1].items()


def test_a_client_of_plain_json_names_itself_in_the_logs_of_aws() -> None:
    agents: list[str] = []
    client = of_plain_json(a_client())
    client.meta.events.register(
        "before-sign.dynamodb", lambda request, **_: agents.append(request.headers["User-Agent"])
    )
    outcome(client, "query", 200, b"{}", TableName="t")
    assert agents == [f"Tillstream Botocore/{botocore.__version__}"]
