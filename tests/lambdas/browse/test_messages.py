"""Messages of the topic and objects of the raw archive: what may be requested, and the answers on real servers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commerce import wire
from commerce.raw import RawLine
from lambdas.browse import handler as browse
from lambdas.browse.messages import message, search
from tests.lambdas.calls import Reply, call
from tests.operations.real_platform import PARTITIONS, RealPlatform
from tests.orders import a_line


def get(resource: str, **parameters: object) -> Reply:
    query = {name: str(value) for name, value in parameters.items()}
    return call(browse.handler, "GET", resource, query=query or None)


def offsets(reply: Reply) -> list[int]:
    return [it["offset"] for it in reply.body["messages"]]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"partition": 0, "invoice": "536365"},
        {"partition": -1},
        {"partition": "x"},
        {"partition": 2**31},
        {"partition": "٣"},
        {"partition": 0, "limit": 101},
        {"partition": 0, "offset": 2**63},
        {"partition": 0, "next": "٣"},
        {"partition": 0, "offset": 1, "next": 2},
        {"partition": 0, "at": "yesterday"},
        {"partition": 0, "order": "new"},
        {"invoice": "abc"},
    ],
)
def test_what_cannot_be_requested_of_the_topic_is_refused(parameters: dict[str, Any]) -> None:
    assert get("/topic/messages", **parameters).status == 400


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"partition": 2**31},
        {"partition": "٣"},
        {"partition": 0, "day": "today"},
        {"partition": 0, "day": "٢٠١٠-12-01"},
        {"partition": 0, "day": "2010-13-01"},
        {"partition": 0, "next": 2**63},
        {"partition": 0, "limit": 0},
    ],
)
def test_what_cannot_be_requested_of_the_archive_is_refused(parameters: dict[str, Any]) -> None:
    assert get("/raw", **parameters).status == 400


def test_a_value_that_is_no_json_object_is_text_and_a_null_one_is_nothing() -> None:
    def told(value: bytes | None) -> tuple[Any, ...]:
        found = message(RawLine(0, 7, 1291190400000, 1, b"\xff", value))
        return found.key, found.line, found.text, found.bytes

    assert told(b'{"a": 1.50}') == ("\ufffd", wire.parse('{"a": 1.50}'), None, 11)
    assert told(b"[1]\xff") == ("\ufffd", None, "[1]\ufffd", 4)
    assert told(None) == ("\ufffd", None, None, 0)


def test_a_search_ends_at_its_limit_or_when_its_time_is_over_and_says_where() -> None:
    some = [RawLine(0, at, 0, 1, b"%d" % (at % 2), b"") for at in range(6)]

    def odd(line: RawLine) -> bool:
        return line.key == b"1"

    assert search(some, odd, 2, lambda: True) == ([some[1], some[3]], 3)
    assert search(some, odd, 9, lambda: True) == ([some[1], some[3], some[5]], None)
    assert search(some, odd, 9, lambda: False) == ([], 0)


@pytest.mark.parts
class TestOnRealServers:
    @pytest.fixture
    def filled(self, platform: RealPlatform) -> RealPlatform:
        """Ten lines of one invoice, all in one partition."""
        platform.publish([a_line(number) for number in range(1, 11)])
        platform.consume()
        return platform

    def test_the_newest_messages_are_given_and_those_before_and_after_them_by_offset(
        self, filled: RealPlatform
    ) -> None:
        partition = get("/topic/messages", invoice="600001").body["partition"]
        newest = get("/topic/messages", partition=partition, limit=4)
        assert (offsets(newest), newest.body["next"]) == ([6, 7, 8, 9], None)
        before = get("/topic/messages", partition=partition, limit=4, offset=2)
        assert (offsets(before), before.body["read"], before.body["next"]) == (
            [2, 3, 4, 5],
            {"from": 2, "to": 6},
            "6",
        )
        assert offsets(get("/topic/messages", partition=partition, limit=4, next=before.body["next"])) == [6, 7, 8, 9]
        assert newest.body["messages"][-1]["line"] == wire.parse(wire.encode(a_line(10)))

    def test_messages_from_a_time_on_are_given(self, filled: RealPlatform) -> None:
        of_it = get("/topic/messages", invoice="600001").body
        partition, [first, *_] = of_it["partition"], of_it["messages"]
        assert offsets(get("/topic/messages", partition=partition, at=first["at"]))[0] == 0
        assert offsets(get("/topic/messages", partition=partition, at="0001-01-01T00:00:00Z"))[0] == 0
        later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert offsets(get("/topic/messages", partition=partition, at=later)) == []

    def test_an_invoices_messages_are_found_among_those_of_others(self, filled: RealPlatform) -> None:
        others = [a_line(number, InvoiceNo=str(600002 + number)) for number in range(1, 30)]
        filled.publish([*others, a_line(11)])
        first = get("/topic/messages", invoice="600001", limit=10)
        rest = get("/topic/messages", invoice="600001", next=first.body["next"])
        assert [it["key"] for page in (first, rest) for it in page.body["messages"]] == ["600001"] * 11
        assert (rest.body["read"]["to"], rest.body["next"]) == (rest.body["end"], None)

    def test_a_partition_that_the_topic_lacks_is_404(self, filled: RealPlatform) -> None:
        assert get("/topic/messages", partition=PARTITIONS).status == 404
        assert get("/raw", partition=PARTITIONS).status == 404

    def test_the_archives_objects_are_given_in_pages_and_each_ones_messages(self, filled: RealPlatform) -> None:
        partition = get("/topic/messages", invoice="600001").body["partition"]
        filled.publish([a_line(11)])
        filled.read_on()
        whole = get("/raw", partition=partition).body
        assert [it["first_offset"] for it in whole["objects"]] == [0, 10]
        assert (whole["days"], whole["day"], whole["next"]) == ([whole["day"]], whole["days"][-1], None)
        first = get("/raw", partition=partition, limit=1).body
        assert (first["objects"], first["next"]) == (whole["objects"][:1], "0")
        assert get("/raw", partition=partition, next=first["next"]).body["objects"] == whole["objects"][1:]
        content = get("/raw/object", key=whole["objects"][0]["key"], limit=6)
        assert (offsets(content), content.body["next"]) == (list(range(6)), "6")
        assert (content.body["messages_in_object"], content.body["next_offset"]) == (10, 10)
        rest = get("/raw/object", key=whole["objects"][0]["key"], next="6")
        assert (offsets(rest), rest.body["next"]) == (list(range(6, 10)), None)
        assert [*content.body["messages"], *rest.body["messages"]] == get(
            "/topic/messages", partition=partition, offset=0, limit=10
        ).body["messages"]

    def test_a_partition_without_objects_has_no_day_and_a_key_of_no_object_is_404(self, platform: RealPlatform) -> None:
        found = get("/raw", partition=0).body
        assert (found["day"], found["days"], found["objects"]) == (None, [], [])
        key = f"raw/{platform.target.topic}/epoch=0001/day=2010-12-01/partition=0/{0:020}.jsonl.gz"
        for absent in (key, key.replace("2010", "٢٠١٠"), "raw/other/x", f"decisions/made/{key}"):
            assert get("/raw/object", key=absent).status == 404
