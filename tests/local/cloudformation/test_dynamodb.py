"""DynamoDB's tables of a template, as the laptop makes them."""

from local.platform import Table
from tests.local.cloudformation.conftest import App, attribute, ref

KEY = {
    "AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "N"}],
    "KeySchema": [{"AttributeName": "Id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def test_a_table_is_made_with_its_keys_and_indexes_under_the_name_that_it_chooses(app: App) -> None:
    indexes = [{"IndexName": "ByDay", "KeySchema": [], "Projection": {"ProjectionType": "ALL"}}]
    app.resource("Orders724A10ED", "shop-data").update(TableName="orders", LocalSecondaryIndexes=indexes)
    [table] = app.load().tables
    assert table == Table("orders", {"TableName": "orders", **KEY, "LocalSecondaryIndexes": indexes})


def test_a_table_is_referred_to_by_its_name_and_its_arn(app: App) -> None:
    name = "shop-data-orders-724a10ed"
    assert app.reference(ref("Orders724A10ED")) == name
    assert app.reference(attribute("Orders724A10ED", "Arn")) == f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}"
