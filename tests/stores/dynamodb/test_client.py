"""A client that leaves checking to DynamoDB hears the same of a wrong request as one that checks by itself."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from commerce.keys import INVOICES
from stores.dynamodb.client import ITEMS
from stores.dynamodb.items import Item, line_item
from stores.dynamodb.plain_json import of_plain_json
from stores.retries import CLIENT
from tests.orders import a_line
from tests.stores.servers import dynamodb_client, make_table

ITEM = line_item(a_line())


def without(name: str) -> Item:
    return {key: value for key, value in ITEM.items() if key != name}


def puts(*items: Item) -> list[dict[str, Any]]:
    return [{"PutRequest": {"Item": item}} for item in items]


@pytest.mark.parts
@pytest.mark.parametrize(
    "requests",
    [
        puts(without("LineKey")),
        puts(without("InvoiceNo")),
        puts(ITEM | {"LineKey": {"S": ""}}),
        puts(ITEM | {"LineKey": {"N": "1"}}),
        puts(ITEM | {"Quantity": {"N": "six"}}),
        puts(ITEM | {"Quantity": {"N": ""}}),
        puts(ITEM | {"Description": {"S": "x" * 500_000}}),
        puts(ITEM, ITEM),
        puts(*[ITEM | {"LineKey": {"S": str(number)}} for number in range(26)]),
    ],
)
def test_a_wrong_write_is_refused_in_the_same_words(dynamodb: str, requests: list[dict[str, Any]]) -> None:
    checking = dynamodb_client(dynamodb, CLIENT)
    table = make_table(checking, INVOICES)
    told = []
    for client in (checking, of_plain_json(dynamodb_client(dynamodb, ITEMS))):
        with pytest.raises(ClientError) as refused:
            client.batch_write_item(RequestItems={table: requests})
        told.append((refused.value.response["Error"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]))
    assert told[0] == told[1]


@pytest.mark.parts
def test_a_table_that_is_absent_is_named_in_the_same_words(dynamodb: str) -> None:
    told = []
    for client in (dynamodb_client(dynamodb, CLIENT), of_plain_json(dynamodb_client(dynamodb, ITEMS))):
        with pytest.raises(ClientError) as refused:
            client.batch_write_item(RequestItems={"absent": puts(ITEM)})
        told.append(refused.value.response["Error"])
    assert told[0] == told[1]
