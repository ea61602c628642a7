"""A line's own story, on real servers."""

from typing import Any

import pytest

from commerce import wire
from commerce.batches.records import Input, Manifest, Outcome, Taken, batch_id
from commerce.lines import OrderLine
from lambdas.browse import handler as browse
from lambdas.browse.story import held_in
from stores.s3.batches import Batches
from tests.lambdas.calls import Reply, call
from tests.operations.real_platform import RealPlatform
from tests.orders import a_line

LINE = a_line(3)


def get_story(invoice_no: str = LINE.InvoiceNo, line_id: str = LINE.LineId) -> Reply:
    path = {"InvoiceNo": invoice_no, "LineId": line_id}
    return call(browse.handler, "GET", "/invoices/{InvoiceNo}/lines/{LineId}", path=path)


def told(reply: Reply) -> Any:
    return {name: value for name, value in reply.body.items() if name not in ("line", "line_id", "topic_read")}


def test_an_invoice_number_that_cannot_be_is_refused() -> None:
    assert get_story("abc").status == 400


@pytest.mark.parametrize(
    ("value", "invoice_no", "held"),
    [
        (wire.encode(LINE), LINE.InvoiceNo, LINE),
        (wire.encode(LINE), "1", None),
        (f'{{"LineId":"{LINE.LineId}"'.encode(), LINE.InvoiceNo, None),
        (f'{{"InvoiceNo":"1","LineId":"{LINE.LineId}"}}'.encode(), LINE.InvoiceNo, None),
        (None, LINE.InvoiceNo, None),
    ],
)
def test_a_message_holds_the_line_only_where_it_is_that_line_of_that_invoice(
    value: bytes | None, invoice_no: str, held: OrderLine | None
) -> None:
    assert held_in(value, invoice_no, LINE.LineId) == held


@pytest.mark.parts
class TestOnRealServers:
    def test_a_line_is_followed_from_the_topic_to_the_warehouse(self, platform: RealPlatform) -> None:
        platform.publish([a_line(1), a_line(2), LINE, LINE])
        assert get_story("1").status == 404
        deliveries = get_story()
        assert deliveries.body["line"] == wire.parse(wire.encode(LINE))
        assert [it["offset"] for it in deliveries.body["topic"]] == [2, 3]
        assert deliveries.body["topic_read"] == {"from": 0, "to": 4, "complete": True}
        assert told(deliveries) == {
            "csv": {"copy": LINE.Occurrence},
            "topic": deliveries.body["topic"],
            "raw": [],
            "dynamodb": None,
            "lake": None,
            "warehouse": None,
        }

        platform.consume()
        batches = Batches(platform.s3, platform.target.lake_bucket)
        [raw] = batches.raw_objects(platform.target.topic)
        written = platform.s3.head_object(Bucket=platform.target.lake_bucket, Key=raw.key)["LastModified"]
        batch = batch_id(written, 0)
        batches.put_manifest(Manifest(batch, 7, 3, Outcome((), (taken(raw),), (), (), ()), 3))
        in_lake = get_story().body
        partition = in_lake["topic"][0]["partition"]
        assert in_lake["raw"] == [{"key": raw.key, "partition": partition, "first_offset": 0}] * 2
        assert in_lake["dynamodb"] == {
            "InvoiceNo": int(LINE.InvoiceNo),
            "LineKey": f"{LINE.InvoiceNo}#{LINE.StockCode}#{LINE.LineId}",
        }
        assert (in_lake["lake"], in_lake["warehouse"]) == (
            {"batch": batch, "snapshot_id": 7, "source": raw.key},
            None,
        )

        batches.put_loaded("warehouse", batch, {"batch": batch})
        assert get_story().body["warehouse"]["batch"] == batch

    def test_a_line_that_came_by_a_file_is_in_the_table_alone(self, platform: RealPlatform) -> None:
        platform.publish([LINE])
        platform.consume()
        platform.expire(dict.fromkeys(range(3), -1))
        found = get_story()
        assert (found.body["topic"], found.body["dynamodb"] is not None, found.body["lake"]) == ([], True, None)

    def test_a_line_that_nobody_knows_is_404(self, platform: RealPlatform) -> None:
        platform.publish([a_line(1)])
        platform.consume()
        assert get_story().status == 404

    def test_the_published_verdict_is_given_and_404_before_the_first(self, platform: RealPlatform) -> None:
        assert call(browse.handler, "GET", "/verdict").status == 404
        body = b'{"outcome":"holds","at":"2010-12-01T08:30:00Z","sentence":"every row is counted","hops":[]}'
        platform.s3.put_object(Bucket=platform.target.lake_bucket, Key="verdicts/newest.json", Body=body)
        # one that was published before the census did too is one of files
        assert call(browse.handler, "GET", "/verdict").body == {**wire.parse(body), "origin": "files"}


def taken(raw: Input) -> Taken:
    return Taken(raw.key, raw.etag, 4, 3, 0)
