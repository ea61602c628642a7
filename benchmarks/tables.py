"""Order lines → DynamoDB by `stores.tables`, beside boto3's own writers, on DynamoDB Local in memory.

The store is one process on the same two cores, so it is the limit; ours also reads each invoice back and keeps its
summary, which the others do not.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from benchmarks.report import Result, show
from benchmarks.rows import lines
from benchmarks.stream import parts
from local.config import RunConfig
from local.parts.provisioning import client, create_table
from local.platform import Table
from stores import items
from stores.tables import Tables

LINES = 20_000
THREADS = 8


def measure() -> None:
    """Show the comparison."""
    with parts() as (config, _):
        dynamodb = client(config, "dynamodb")
        ours = _rate(lambda: _ours(dynamodb, config, summaries=True))
        alone = _rate(lambda: _ours(dynamodb, config, summaries=False))
        writer = _rate(lambda: _batch_writer(config))
        single = _rate(lambda: _put_item(dynamodb, config, LINES // 10)) / 10
        show(
            "order lines → DynamoDB Local in memory",
            [
                Result(f"ours: lines and summaries, {THREADS} threads", ours),
                Result(f"ours: lines alone, {THREADS} threads", alone),
                Result("Table.batch_writer: lines alone", writer),
                Result("put_item: lines alone", single),
            ],
        )


def _rate(write: Callable[[], None]) -> float:
    began = perf_counter()
    write()
    return LINES / (perf_counter() - began)


def _table(config: RunConfig, part: str, copy: str) -> str:
    """A new table like one of the platform's."""
    like = next(table for table in config.platform.tables if part in table.name.lower())
    name = f"{like.name}-{copy}"
    create_table(client(config, "dynamodb"), Table(name, {**like.definition, "TableName": name}))
    return name


def _ours(dynamodb: Any, config: RunConfig, *, summaries: bool) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        copy = f"ours-{summaries}"
        tables = Tables(dynamodb, _table(config, "invoices", copy), _table(config, "customers", copy), each=pool.map)
        put = tables.add if summaries else tables.put_lines
        put(lines()[:LINES])


def _batch_writer(config: RunConfig) -> None:
    import boto3

    keys = {"aws_access_key_id": config.access_key_id, "aws_secret_access_key": config.secret_access_key}
    resource = boto3.resource("dynamodb", region_name=config.region, endpoint_url=config.endpoints["dynamodb"], **keys)
    of_python = TypeDeserializer().deserialize
    table = resource.Table(_table(config, "invoices", "writer"))
    with table.batch_writer() as writer:
        for line in lines()[:LINES]:
            writer.put_item(Item={name: of_python(value) for name, value in items.line_item(line).items()})


def _put_item(dynamodb: Any, config: RunConfig, count: int) -> None:
    table = _table(config, "invoices", "single")
    for line in lines()[:count]:
        dynamodb.put_item(TableName=table, Item=items.line_item(line))
