"""The sales extracts of a bucket: what is published is read back, and what is old goes."""

from datetime import UTC, datetime, timedelta

from commerce.extracts import Published
from stores.s3.extracts import Extracts
from stores.s3.objects import Lake

NOW = datetime(2011, 1, 1, 4, 30, tzinfo=UTC)


def a_version(version: str) -> Published:
    return Published(version, "source", NOW, {"daily": 1})


def test_a_bucket_without_a_publication_has_no_newest_version(lake: Lake) -> None:
    assert Extracts(lake.client, lake.bucket).newest() is None


def test_the_newest_version_is_that_published_last_and_the_older_can_still_be_read(lake: Lake) -> None:
    extracts = Extracts(lake.client, lake.bucket)
    for version in ("first", "second"):
        extracts.publish(a_version(version), {"daily": version.encode()})
    assert extracts.newest() == a_version("second")
    assert extracts.read("first", "daily") == b"first"
    assert extracts.read("second", "daily") == b"second"
    assert extracts.read("second", "hourly") is None


def test_extracts_written_before_a_moment_go_but_for_the_versions_to_keep(lake: Lake) -> None:
    extracts = Extracts(lake.client, lake.bucket)
    for version in ("first", "second", "third"):
        extracts.publish(a_version(version), {"daily": version.encode()})
    now = datetime.now(UTC)
    assert extracts.expire(now - timedelta(hours=1), "third") == []
    assert extracts.expire(now + timedelta(hours=1), "third", "second") == ["sales/extracts/first/daily.json.gz"]
    assert [extracts.read(version, "daily") for version in ("first", "second")] == [None, b"second"]
    assert extracts.newest() == a_version("third")
