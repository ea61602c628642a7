"""Quarantined records: what may be requested, and the pages of them on real servers."""

from collections.abc import Iterator
from typing import Any

import pytest

from commerce.errors import FieldError
from commerce.paths import bulk_quarantine_key, decision_key, published_key
from commerce.quarantine import RefusedRow
from commerce.quarantined.decisions import Action, Decision
from lambdas.browse import handler as browse
from tests.lambdas.calls import Reply, call
from tests.operations.real_platform import RealPlatform


def get_quarantine(**parameters: object) -> Reply:
    query = {name: str(value) for name, value in parameters.items()}
    return call(browse.handler, "GET", "/quarantine", query=query or None)


def pages(**parameters: object) -> Iterator[list[str]]:
    token = dict[str, object]()
    while True:
        body: Any = get_quarantine(**parameters, **token).body
        yield [it["id"] for it in body["records"]]
        if body["next"] is None:
            return
        token = {"next": body["next"]}


@pytest.mark.parametrize(
    "parameters", [{"kind": "file"}, {"state": "lost"}, {"limit": 101}, {"next": "x"}, {"id": "a"}]
)
def test_what_cannot_be_requested_is_refused(parameters: dict[str, Any]) -> None:
    assert get_quarantine(**parameters).status == 400


@pytest.mark.parts
class TestOnRealServers:
    @pytest.fixture
    def filled(self, platform: RealPlatform) -> RealPlatform:
        """Five rows of a dropped file, and two messages of the topic."""
        rows = [RefusedRow("day.csv", number, ("x",), (FieldError("record", "x", "short"),)) for number in range(2, 7)]
        key = bulk_quarantine_key("incoming/day.csv", "9e10")
        body = b"".join(row.line for row in rows)
        platform.s3.put_object(Bucket=platform.target.lake_bucket, Key=key, Body=body)
        platform.publish([], [b"no line", b"[1]"])
        platform.consume()
        return platform

    def test_every_record_is_in_one_page_whatever_their_size(self, filled: RealPlatform) -> None:
        [whole] = pages()
        assert [it.split("/")[0] for it in whole] == ["bulk"] * 5 + ["stream"] * 2
        for limit in (1, 2, 3, 5, 6):
            found = list(pages(limit=limit))
            assert [it for page in found for it in page] == whole
            assert {len(page) for page in found[:-1]} == {limit}
        assert [it for page in pages(kind="stream", limit=1) for it in page] == whole[5:]

    def test_a_record_is_given_with_its_reasons_and_the_decision_about_it(self, filled: RealPlatform) -> None:
        first, second, third = get_quarantine(kind="bulk", limit=3).body["records"]
        assert (first["state"], first["place"], first["cells"], first["decision"]) == (
            "open",
            "day.csv, line 2",
            ["x"],
            None,
        )
        assert first["reasons"] == [{"field": "record", "value": "x", "rule": "short"}]
        for record, action in ((second, Action.REDRIVE), (third, Action.DISCARD)):
            made = Decision(Record=record["id"], Action=action, At="2010-12-01T08:26:00+00:00")
            filled.s3.put_object(Bucket=filled.target.lake_bucket, Key=decision_key(made.Record), Body=made.body)
        assert states() == ["open", "redriving", "discarded"]
        filled.s3.put_object(Bucket=filled.target.lake_bucket, Key=published_key(second["id"]), Body=b"{}")
        assert states() == ["open", "redriven", "discarded"]
        assert list(pages(state="discarded")) == [[third["id"]]]


def states() -> list[str]:
    return [it["state"] for it in get_quarantine(kind="bulk", limit=3).body["records"]]
