"""Order lines → DynamoDB by `stores.tables`, beside boto3's own writers, on DynamoDB Local in memory.

The store is one process on the same two cores, so it is the limit; ours also reads each invoice back and keeps its
summary, which the others do not.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.report import Result, rate, show
from benchmarks.rows import lines, values
from benchmarks.stream import parts, table_like
from local.config import RunConfig
from local.parts.provisioning import client
from stores import items
from stores.tables import Tables

LINES = 20_000
THREADS = 8


def measure() -> None:
    """Show the comparison."""
    with parts() as (config, _):
        dynamodb = client(config, "dynamodb")
        ours = rate(lambda: _ours(dynamodb, config, summaries=True))
        alone = rate(lambda: _ours(dynamodb, config, summaries=False))
        writer = rate(lambda: _batch_writer(config))
        single = rate(lambda: _put_item(dynamodb, config))
        show(
            "order lines → DynamoDB Local in memory",
            [
                Result(f"ours: lines and summaries, {THREADS} threads", ours),
                Result(f"ours: lines alone, {THREADS} threads", alone),
                Result("Table.batch_writer: lines alone", writer),
                Result("put_item: lines alone", single),
            ],
        )


def _ours(dynamodb: Any, config: RunConfig, *, summaries: bool) -> int:
    with ThreadPoolExecutor(THREADS) as pool:
        copy = f"ours-{summaries}"
        tables = Tables(
            dynamodb, table_like(config, "invoices", copy), table_like(config, "customers", copy), each=pool.map
        )
        put = tables.add if summaries else tables.put_lines
        put(lines()[:LINES])
    return LINES


def _batch_writer(config: RunConfig) -> int:
    import boto3

    session = boto3.Session(config.access_key_id, config.secret_access_key, region_name=config.region)
    resource = session.resource("dynamodb", endpoint_url=config.endpoints["dynamodb"])
    table = resource.Table(table_like(config, "invoices", "writer"))
    with table.batch_writer() as writer:
        for line in lines()[:LINES]:
            writer.put_item(Item=values(line))
    return LINES


def _put_item(dynamodb: Any, config: RunConfig) -> int:
    table = table_like(config, "invoices", "single")
    some = lines()[: LINES // 10]
    for line in some:
        dynamodb.put_item(TableName=table, Item=items.line_item(line))
    return len(some)
