"""Clients of the real servers, and tables as the templates make them."""

from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config

from commerce.keys import TableKey, line_key
from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary
from stores.dynamodb import items
from stores.dynamodb.client import pages
from stores.dynamodb.items import Item
from stores.dynamodb.tables import Tables
from stores.retries import CLIENT
from tests.parts import S3


def dynamodb_client(endpoint: str, config: Config = CLIENT) -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("dynamodb", endpoint_url=endpoint, config=config)


def s3_client(server: S3) -> Any:
    session = boto3.Session(server.access_key_id, server.secret_access_key, region_name="us-east-1")
    return session.client("s3", endpoint_url=server.endpoint, config=CLIENT)


def make_table(client: Any, key: TableKey, name: str = "") -> str:
    """Create an empty table with this key, under a unique name unless one is given; returns the name."""
    attributes = {key.partition: key.partition_type, key.sort: key.sort_type}
    schema = [{"AttributeName": key.partition, "KeyType": "HASH"}]
    options: dict[str, Any] = {}
    if key.index and key.index_sort:
        attributes[key.index_sort] = "S"
        by_index = [*schema, {"AttributeName": key.index_sort, "KeyType": "RANGE"}]
        index = {"IndexName": key.index, "KeySchema": by_index, "Projection": {"ProjectionType": "ALL"}}
        options["LocalSecondaryIndexes"] = [index]
    name = name or f"table-{uuid4().hex}"
    client.create_table(
        TableName=name,
        KeySchema=[*schema, {"AttributeName": key.sort, "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": of, "AttributeType": kind} for of, kind in attributes.items()],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )
    return name


def all_lines(tables: Tables) -> list[OrderLine]:
    """Every line of the Invoices table, by key."""
    return sorted(map(items.line, _scanned(tables, tables.invoices)), key=line_key)


def all_summaries(tables: Tables) -> list[InvoiceSummary]:
    """Every summary of the Customers table, by customer and invoice."""
    found = map(items.summary, _scanned(tables, tables.customers))
    return sorted(found, key=lambda summary: (summary.CustomerID, summary.InvoiceNo))


def _scanned(tables: Tables, table: str) -> list[Item]:
    return [item for page in pages(tables.retries, tables.client.scan, TableName=table) for item in page]
