"""The query function's answers about the sales extracts, on a real S3 server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from commerce.extracts import Published, body, extract
from lambdas.query import handler as query
from stores.s3.extracts import Extracts
from tests.lambdas.calls import Reply, call
from tests.parts import S3
from tests.stores.servers import s3_client

pytestmark = pytest.mark.parts

AT = datetime(2011, 1, 1, 4, 30, tzinfo=UTC)
DAILY = extract("daily", ["day", "net"], [[date(2010, 12, 1), Decimal("58635.560")]])


@pytest.fixture
def extracts(s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Extracts]:
    """An empty bucket, and the function started with it as in a fresh execution environment."""
    bucket = f"lake-{uuid4().hex[:12]}"
    environment = {
        "AWS_ENDPOINT_URL_S3": s3.endpoint,
        "AWS_ACCESS_KEY_ID": s3.access_key_id,
        "AWS_SECRET_ACCESS_KEY": s3.secret_access_key,
        "AWS_DEFAULT_REGION": "us-east-1",
        "INVOICES_TABLE": "none",
        "CUSTOMERS_TABLE": "none",
        "LAKE_BUCKET": bucket,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    query._s3.cache_clear()
    client = s3_client(s3)
    client.create_bucket(Bucket=bucket)
    yield Extracts(client, bucket)
    query._s3.cache_clear()


def get(extract: str | None = None, tag: str | None = None) -> Reply:
    resource, path = ("/sales/{extract}", {"extract": extract}) if extract else ("/sales", None)
    headers = {"If-None-Match": tag} if tag else None
    return call(query.handler, "GET", resource, path=path, headers=headers)


def publish(extracts: Extracts, version: str = "v1") -> None:
    extracts.publish(Published(version, "batches", AT, {"daily": 1}), {"daily": body(DAILY)})


def test_before_the_first_publication_there_is_nothing_and_the_answer_names_the_job(extracts: Extracts) -> None:
    for reply in (get(), get("daily")):
        assert (reply.status, "load_warehouse" in reply.body["detail"]) == (404, True)


def test_an_extract_that_there_never_is_is_refused_by_the_names_that_there_are(extracts: Extracts) -> None:
    reply = get("weekly")
    assert (reply.status, "daily, hourly, products, cohorts" in reply.body["detail"]) == (400, True)


def test_the_newest_version_and_its_extracts_are_told(extracts: Extracts) -> None:
    publish(extracts, "v1")
    publish(extracts, "v2")
    assert get().body == {"version": "v2", "at": "2011-01-01T04:30:00Z", "extracts": {"daily": 1}}
    reply = get("daily")
    assert reply.body == {
        "extract": "daily",
        "rows": 1,
        "columns": [
            {"name": "day", "values": ["2010-12-01"], "data": [0]},
            {"name": "net", "values": None, "data": [Decimal("58635.56")]},
        ],
    }
    assert (reply.headers["ETag"], reply.headers["Cache-Control"]) == ('"v2"', "private, no-cache")


@pytest.mark.parametrize("extract", [None, "daily"])
@pytest.mark.parametrize("tag", ['"v1"', 'W/"v1"', '"v0", "v1"'])
def test_a_client_that_has_the_newest_version_gets_no_body(extracts: Extracts, extract: str | None, tag: str) -> None:
    publish(extracts)
    assert get(extract, tag).status == 304
    publish(extracts, "v2")
    assert get(extract, tag).status == 200


def test_a_version_whose_extract_is_gone_is_asked_for_again(extracts: Extracts) -> None:
    publish(extracts)
    extracts.expire(datetime(2100, 1, 1, tzinfo=UTC))
    assert get("daily").status == 503
