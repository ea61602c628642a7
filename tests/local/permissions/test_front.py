"""The fronts of S3 and DynamoDB: a refused call reaches no store, an allowed one reaches it byte for byte."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import boto3
import pytest
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import ClientError

from local.config import RoleKeys, RunConfig
from local.http import serve
from local.permissions.book import Book, Use, uses
from local.permissions.front import DynamoDBFront, S3Front
from local.permissions.policies import Statement
from local.platform import Bucket, Platform, Role
from local.sigv4 import Keys

READER, SECRET = "ROLEREADER", "a-secret"
LAPTOP = Keys("LAPTOPKEY", "the-laptops")
TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/orders"
ROLE = Role(
    "reader",
    "arn:aws:iam::000000000000:role/reader",
    (
        Statement("Allow", ("s3:GetObject", "s3:PutObject"), ("arn:aws:s3:::lake/raw/*",)),
        Statement("Allow", ("dynamodb:PutItem",), (TABLE,)),
    ),
)


def in_a_loop(test: Callable[[Path], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    """The test, run in an event loop of its own."""

    @functools.wraps(test)
    def run(tmp_path: Path) -> None:
        asyncio.run(test(tmp_path))

    return run


@dataclass
class Store:
    """A store that answers every request alike, and remembers them."""

    status: int = 200
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.method, request.raw_path, dict(request.headers), body))
        return web.Response(status=self.status, body={"POST": b"{}", "GET": b"held"}.get(request.method))


@dataclass
class Fronts:
    """Both fronts before one store, the record of them, and a client of a role."""

    store: Store
    urls: dict[str, str]
    record: Path

    async def ask(self, service: str, call: Callable[[Any], Any], secret: str = SECRET, key: str = READER) -> Any:
        """The result of a boto3 call that is signed with these keys."""
        client = boto3.session.Session(key, secret, region_name="us-east-1").client(
            service, endpoint_url=self.urls[service], config=Config(retries={"total_max_attempts": 1})
        )
        return await asyncio.to_thread(call, client)


@asynccontextmanager
async def fronts(folder: Path, status: int = 200) -> AsyncIterator[Fronts]:
    store, record = Store(status), folder / "record.jsonl"
    once = Statement("Deny", ("s3:DeleteObject",), ("arn:aws:s3:::lake/*",))
    platform = Platform(
        "laptop", "us-east-1", "000000000000", (), (), (), (), (Bucket("lake", (once,)),), (), {}, roles=(ROLE,)
    )
    keys = (RoleKeys("reader", READER, SECRET),)
    run = RunConfig(platform, {}, "", "LAPTOPKEY", "x", "us-east-1", 1, 2, folder, role_keys=keys)
    runner, port = await serve(store, 0)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        book, upstream = Book(run, record), f"http://127.0.0.1:{port}"
        served = {
            "s3": await serve(S3Front(book, upstream, session), 0),
            "dynamodb": await serve(
                DynamoDBFront(book, upstream, session, laptop=LAPTOP, region="us-east-1", account="000000000000"),
                0,
            ),
        }
        yield Fronts(store, {name: f"http://127.0.0.1:{it[1]}" for name, it in served.items()}, record)
        for front, _ in served.values():
            await front.cleanup()
    await runner.cleanup()


@in_a_loop
async def test_what_the_role_may_reaches_the_store_as_it_was_signed(tmp_path: Path) -> None:
    body = bytes(range(256)) * 1_000
    async with fronts(tmp_path) as held:
        await held.ask("s3", lambda s3: s3.put_object(Bucket="lake", Key="raw/a=1/b c", Body=body))
        answer = await held.ask("s3", lambda s3: s3.get_object(Bucket="lake", Key="raw/1")["Body"].read())
    [(method, target, headers, sent), _] = held.store.seen
    assert (method, target, sent, answer) == ("PUT", "/lake/raw/a%3D1/b%20c", body, b"held")
    assert headers["Host"] == held.urls["s3"].removeprefix("http://")
    assert f"Credential={READER}/" in headers["Authorization"]
    assert uses(held.record) == [
        Use("reader", f"s3:{action}", "arn:aws:s3:::lake/raw/*") for action in ("PutObject", "GetObject")
    ]


@in_a_loop
async def test_what_the_role_may_not_is_denied_in_iams_words_and_reaches_no_store(tmp_path: Path) -> None:
    said = (
        "User: arn:aws:sts::000000000000:assumed-role/reader/laptop is not authorized to perform: s3:GetObject on "
        "resource: arn:aws:s3:::lake/lake/1 because no identity-based policy allows the s3:GetObject action"
    )
    async with fronts(tmp_path) as held:
        with pytest.raises(ClientError) as refused:
            await held.ask("s3", lambda s3: s3.get_object(Bucket="lake", Key="lake/1"))
        with pytest.raises(ClientError) as table:
            await held.ask("dynamodb", lambda db: db.delete_item(TableName="orders", Key={"Id": {"N": "1"}}))
    assert refused.value.response["Error"] == {"Code": "AccessDenied", "Message": said}
    assert table.value.response["Error"]["Code"] == "AccessDeniedException"
    assert held.store.seen == []
    assert [(it.action, it.resource, bool(it.refusal)) for it in uses(held.record)] == [
        ("s3:GetObject", "arn:aws:s3:::lake/lake/1", True),
        ("dynamodb:DeleteItem", TABLE, True),
    ]


@in_a_loop
async def test_dynamodb_gets_an_allowed_call_with_the_laptops_key_and_no_call_with_a_wrong_secret(
    tmp_path: Path,
) -> None:
    def put(dynamodb: Any) -> Any:
        return dynamodb.put_item(TableName="orders", Item={"Id": {"N": "1"}})

    async with fronts(tmp_path) as held:
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            await held.ask("dynamodb", put, secret="guessed")
        with pytest.raises(ClientError, match="UnrecognizedClientException"):
            await held.ask("dynamodb", put, key="LAPTOPKEY")
        await held.ask("dynamodb", put)
    [(_, _, headers, _)] = held.store.seen
    assert f"Credential={LAPTOP.access_key_id}/" in headers["Authorization"]


@in_a_loop
async def test_an_absent_object_is_a_403_to_who_may_not_list_its_bucket(tmp_path: Path) -> None:
    async with fronts(tmp_path, status=404) as held:
        with pytest.raises(ClientError) as refused:
            await held.ask("s3", lambda s3: s3.head_object(Bucket="lake", Key="raw/1"))
    assert refused.value.response["Error"]["Code"] == "403"
    assert len(held.store.seen) == 1
