"""The ingest function: with a topic in memory for what it answers, and with a real broker for what it publishes."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from commerce import wire
from commerce.lines import OrderLine
from commerce.settings import IngestSettings, to_env
from lambdas.ingest import handler as ingest
from stores.kafka.topic import PLAINTEXT, Headers, KeyAndValue
from tests.brokers import Broker, a_broker, a_topic, messages
from tests.lambdas.calls import Reply, as_sent, call
from tests.metrics import published
from tests.orders import a_line


class Topic:
    """A topic in memory, of a broker that acknowledges all but the messages of which it is told."""

    def __init__(self) -> None:
        self.lines: list[OrderLine] = []
        self.silent_on: set[int] = set()
        self.headers: dict[str, object] = {}

    def publish(self, messages: Sequence[KeyAndValue], headers: Headers) -> list[int]:
        self.headers = dict(headers)
        unacknowledged = [at for at in range(len(messages)) if at in self.silent_on]
        self.lines += [wire.decode(value) for at, (_, value) in enumerate(messages) if at not in self.silent_on]
        return unacknowledged


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    topic = Topic()
    monkeypatch.setattr(ingest, "publisher", lambda: topic)
    return topic


def post(body: object, resource: str = "/order-lines", method: str = "POST", *, base64: bool = False) -> Reply:
    return call(ingest.handler, method, resource, body=body, base64=base64)


def until_accepted(rows: object) -> Reply:
    """The answer to these rows once all are accepted, as a client sends them again."""
    deadline = monotonic() + 300
    while (reply := post(rows)).status != 202:
        assert monotonic() < deadline, reply
    return reply


def put(invoice_no: str, body: object) -> Reply:
    return call(ingest.handler, "PUT", "/invoices/{InvoiceNo}", body=body, path={"InvoiceNo": invoice_no})


def test_rows_that_are_right_are_published_and_answered_202(topic: Topic) -> None:
    reply = post([as_sent(), as_sent()])
    assert reply.status == 202
    assert [result["LineId"] for result in reply.body["results"]] == [line.LineId for line in topic.lines]
    assert [line.Occurrence for line in topic.lines] == [1, 2]


def test_a_wrong_row_is_told_and_the_right_one_after_it_still_published(topic: Topic) -> None:
    reply = post([as_sent(Quantity="many"), as_sent()])
    assert reply.status == 207
    assert [result.get("status") for result in reply.body["results"]] == [400, None]
    assert len(topic.lines) == 1


def test_the_rows_told_503_are_those_that_the_broker_did_not_acknowledge(topic: Topic) -> None:
    topic.silent_on = {1}  # the second message, which is the third row
    reply = post([as_sent(), as_sent(Quantity="many"), as_sent(Quantity=7), as_sent(Quantity=8)])
    assert reply.status == 207
    assert [result.get("status") for result in reply.body["results"]] == [None, 400, 503, None]


def test_a_request_of_which_nothing_was_acknowledged_is_to_be_tried_again(topic: Topic) -> None:
    topic.silent_on = {0}
    reply = post([as_sent()])
    assert (reply.status, reply.body["accepted"]) == (503, 0)
    assert "Retry-After" in reply.headers


def test_the_courses_client_posts_one_row_as_pandas_writes_it(topic: Topic) -> None:
    pandas = pytest.importorskip("pandas")
    row = pandas.Series({name: float(v) if isinstance(v, Decimal) else v for name, v in as_sent().items()})
    body = row.to_json()
    assert r"12\/1\/2010 8:26" in body
    reply = post(body, "/hello")
    assert reply.status == 202
    vector: dict[str, Any] = {
        "InvoiceNo": "536365",
        "StockCode": "85123A",
        "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
    }
    assert topic.lines == [a_line(**vector, CustomerID=17850, Country="United Kingdom")]
    assert topic.lines[0].LineId == "506b831f66b52d18903feb9d4c5c47b6"


def test_on_the_courses_resource_put_does_what_post_does(topic: Topic) -> None:
    assert post(as_sent(), "/hello", "PUT").body == post(as_sent(), "/hello").body
    assert topic.lines[0] == topic.lines[1]


def test_a_row_that_is_missing_its_customer_is_posted_as_pandas_writes_it(topic: Topic) -> None:
    assert post(as_sent(CustomerID=None, Description=None), "/hello").status == 202


def test_a_base64_body_is_read(topic: Topic) -> None:
    body = b64encode(wire.encode_answer([as_sent(Description="£20")])).decode()
    assert post(body, base64=True).status == 202
    assert topic.lines[0].Description == "£20"


def test_an_invoices_rows_are_put_and_a_row_of_another_invoice_is_refused(topic: Topic) -> None:
    answer = put("600001", [wire.parse(wire.encode(a_line())), wire.parse(wire.encode(a_line(InvoiceNo="600002")))])
    assert answer.status == 207
    assert [result.get("status") for result in answer.body["results"]] == [None, 400]
    assert topic.lines == [a_line()]


@pytest.mark.parametrize("body", [None, "", "[]", "{", "7"])
def test_a_body_without_rows_is_a_problem(topic: Topic, body: str | None) -> None:
    reply = post(body)
    assert (reply.status, reply.headers["Content-Type"]) == (400, "application/problem+json")


def test_an_invoice_that_cannot_be_is_a_problem(topic: Topic) -> None:
    assert put("0536365", [as_sent()]).status == 400


def test_too_much_is_413(topic: Topic) -> None:
    assert post([1] * 5_001).status == 413
    assert post('["' + "x" * 1_000_000 + '"]').status == 413
    assert topic.lines == []


def test_rows_that_are_all_wrong_need_no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_to(monkeypatch, "127.0.0.1:1", "order-lines", 1)
    assert post([as_sent(Quantity="many")]).status == 400


def test_a_request_is_recorded_with_its_identity_and_its_rows(topic: Topic, capsys: pytest.CaptureFixture[str]) -> None:
    topic.silent_on = {0}
    post([as_sent(), as_sent(), 7])
    record, _ = map(json.loads, capsys.readouterr().out.splitlines())
    assert (record["request"], record["resource"]) == ("c6af9ac6", "/order-lines")
    rows = {name: count for name, count in published(record).items() if name.startswith("Rows")}
    assert rows == {"RowsAccepted": 1, "RowsUnacknowledged": 1, "RowsRefused": 1}
    assert published(record).keys() - rows.keys() == {"PublishTime", "RequestSize"}


@pytest.mark.parametrize("sampled", [True, False])
def test_a_sampled_trace_is_recorded_and_goes_on_with_the_messages(
    topic: Topic, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sampled: bool
) -> None:
    root = "1-5e9a1f00-0123456789abcdef01234567"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={root};Parent=53995c3f42cd8ad8;Sampled={int(sampled)}")
    post([as_sent()])
    [record] = map(json.loads, capsys.readouterr().out.splitlines())
    assert record.get("trace") == (root if sampled else None)
    assert topic.headers == {"schema": b"\x01"} | ({"trace": root.encode()} if sampled else {})


def test_refused_rows_are_recorded_by_field_and_rule_without_their_values(
    topic: Topic, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = as_sent(CustomerID="Mrs Secret", Quantity="many")
    post([wrong, as_sent(CustomerID="Mr Secret"), as_sent(Password="hunter2"), as_sent()])
    text = capsys.readouterr().out
    _, *records = map(json.loads, text.splitlines())
    assert [(record["Field"], published(record), record["rules"]) for record in records] == [
        ("Quantity", {"RowsRefused": 1}, {"must be an integer of 32 bits": 1}),
        ("CustomerID", {"RowsRefused": 2}, {"must be an integer from 1 to 10^15, or null": 2}),
        ("row", {"RowsRefused": 1}, {"is not a field of an order line": 1}),
    ]
    assert not {"Secret", "hunter2", "Password"} & set(re.findall(r"\w+", text))


def test_the_first_refused_rows_are_named_by_the_ids_that_they_have(
    topic: Topic, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = as_sent(InvoiceNo=536365, LineId="0" * 32, Quantity="many")
    post([as_sent(), wrong, as_sent(InvoiceNo="Mrs Secret", Password="hunter2"), 7, *([7] * 30)])
    record = json.loads(capsys.readouterr().out.splitlines()[0])
    assert record["refused"][:3] == [
        {"index": 1, "invoice": "536365", "line": "0" * 32, "fields": ["Quantity"]},
        {"index": 2, "fields": ["InvoiceNo", "row"]},
        {"index": 3, "fields": ["row"]},
    ]
    assert len(record["refused"]) == 20


def deliver_to(monkeypatch: pytest.MonkeyPatch, servers: str, topic: str, delivery_seconds: float) -> None:
    """Let the function start as a fresh execution environment with these settings."""
    for name, value in to_env(IngestSettings(servers, PLAINTEXT, topic, delivery_seconds)).items():
        monkeypatch.setenv(name, value)
    ingest.publisher.cache_clear()


@pytest.fixture
def fresh() -> Iterator[None]:
    ingest.publisher.cache_clear()
    yield
    ingest.publisher.cache_clear()


@pytest.mark.parts
@pytest.mark.usefixtures("fresh")
class TestWithABroker:
    def test_what_is_answered_202_stands_in_the_topic_under_its_invoice_in_order(
        self, kafka: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = a_topic(kafka)
        deliver_to(monkeypatch, kafka, name, 10)
        rows = [as_sent(InvoiceNo=536365 + at % 7, Quantity=at) for at in range(1, 201)]
        reply = post(rows)
        assert reply.status == 202
        found = messages(kafka, name)
        by_id = {result["LineId"]: result["index"] for result in reply.body["results"]}
        indices = [by_id[wire.decode(message.value() or b"").LineId] for message in found]
        assert sorted(indices) == list(range(200))
        for partition in range(6):
            here = [at for at, message in zip(indices, found, strict=True) if message.partition() == partition]
            assert here == sorted(here)
        assert {message.key() for message in found} == {b"%d" % (536365 + at) for at in range(7)}

    def test_a_broker_that_hangs_costs_the_delivery_time_and_then_each_row_is_told_503(
        self, parts_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with a_broker(parts_folder / "hanging-ingest") as broker:
            self.hang(broker, monkeypatch)

    def hang(self, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
        name = a_topic(broker.servers)
        deliver_to(monkeypatch, broker.servers, name, 2)
        rows = [as_sent(Quantity=at) for at in range(1, 31)]
        until_accepted(rows[:10])
        with broker.paused():
            begun = monotonic()
            reply = post([*rows, as_sent(Quantity="many")])
            assert 1.5 < monotonic() - begun < 40
        assert reply.status == 503
        assert [result["status"] for result in reply.body["results"]] == [503] * 30 + [400]
        reply = until_accepted(rows)
        found = [wire.decode(message.value() or b"") for message in messages(broker.servers, name)]
        expected = {line["LineId"] for line in reply.body["results"]}
        assert {line.LineId for line in found} == expected
