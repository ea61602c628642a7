"""Each store twice: in memory, as the schedules of `tests.protocols` use it, and as the real server on this machine."""

from typing import Any
from uuid import uuid4

import pytest

from commerce.keys import CUSTOMERS, INVOICES, OFFSETS
from stores.dynamodb.client import ITEMS
from stores.dynamodb.ledger import Ledger
from stores.dynamodb.plain_json import of_plain_json
from stores.dynamodb.tables import Tables
from stores.s3.objects import Lake
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.s3 import FakeS3
from tests.protocols.world import World
from tests.stores.servers import dynamodb_client, make_table, s3_client

MEMORY_AND_PARTS = ["memory", pytest.param("parts", marks=pytest.mark.parts)]


def a_calm_world() -> World:
    world = World(0)
    world.calm = True
    return world


@pytest.fixture(params=MEMORY_AND_PARTS)
def tables(request: pytest.FixtureRequest) -> Tables:
    """The two tables without items, in memory and in DynamoDB Local."""
    if request.param == "memory":
        keys = {"invoices": (INVOICES.partition, INVOICES.sort), "customers": (CUSTOMERS.partition, CUSTOMERS.sort)}
        fake = FakeDynamoDB(a_calm_world(), keys, {"customers": str(CUSTOMERS.index_sort)})
        return Tables(fake, "invoices", "customers")  # type: ignore[arg-type]
    client = of_plain_json(dynamodb_client(request.getfixturevalue("dynamodb"), ITEMS))
    return Tables(client, make_table(client, INVOICES), make_table(client, CUSTOMERS))


@pytest.fixture(params=MEMORY_AND_PARTS)
def lake(request: pytest.FixtureRequest) -> Lake:
    """A bucket without objects, in memory and in S3Proxy."""
    if request.param == "memory":
        return Lake(FakeS3(a_calm_world()), "lake")  # type: ignore[arg-type]
    client = s3_client(request.getfixturevalue("s3"))
    bucket = f"lake-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return Lake(client, bucket)


@pytest.fixture
def ledger(request: pytest.FixtureRequest, lake: Lake) -> Ledger:
    """An empty ledger, of the same kind as the bucket beside it."""
    client: Any = lake.client
    if isinstance(client, FakeS3):
        fake = FakeDynamoDB(a_calm_world(), {"offsets": (OFFSETS.partition, OFFSETS.sort)})
        return Ledger(fake, "offsets", "cluster")  # type: ignore[arg-type]
    client = dynamodb_client(request.getfixturevalue("dynamodb"))
    return Ledger(client, make_table(client, OFFSETS), "cluster")
