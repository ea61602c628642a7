"""order_tables as Lambda calls it, on real servers."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from socket import AF_INET, SOCK_DGRAM, socket
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from commerce import wire
from commerce.erasures import Erasure
from commerce.keys import CUSTOMERS, INVOICES, line_key
from commerce.metrics import FUNCTION
from commerce.settings import OrderTablesSettings
from commerce.summaries import summaries
from consumers.arrivals import MOST_TRACES
from consumers.order_tables import handler
from stores.dynamodb.tables import Tables
from stores.metrics import Log
from stores.retries import OutOfTime
from stores.s3 import erasures
from stores.s3.objects import Lake
from tests.consumers.environment import set_environment
from tests.consumers.kafka import NOON, Context, a_message, an_event, line_messages
from tests.metrics import published
from tests.orders import a_line
from tests.parts import S3
from tests.stores.servers import all_lines, all_summaries, dynamodb_client, make_table, s3_client

LINES = [
    *[a_line(StockCode=f"S{number}") for number in range(40)],
    a_line(StockCode="S0", Occurrence=2),
    a_line(InvoiceNo="C600001", Quantity=-6),
    a_line(InvoiceNo="600002", CustomerID=None),
]


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, dynamodb: str, s3: S3) -> Iterator[tuple[Tables, Lake]]:
    """Stores of a platform, and the environment that its template gives the function."""
    client, lake_client, bucket = dynamodb_client(dynamodb), s3_client(s3), f"lake-{uuid4().hex}"
    lake_client.create_bucket(Bucket=bucket)
    settings = OrderTablesSettings(
        invoices_table=make_table(client, INVOICES), customers_table=make_table(client, CUSTOMERS), lake_bucket=bucket
    )
    set_environment(monkeypatch, settings, dynamodb, s3)
    handler.platform.cache_clear()
    yield Tables(client, settings.invoices_table, settings.customers_table), Lake(lake_client, bucket)
    handler.platform.cache_clear()


@pytest.mark.parts
def test_a_batch_delivered_twice_leaves_each_line_once_and_the_right_summaries(deployed: tuple[Tables, Lake]) -> None:
    tables, _ = deployed
    messages = *line_messages(LINES[:30]), *line_messages(LINES[30:], partition=1)
    handler.handler(an_event(*messages), Context())
    handler.handler(an_event(*messages), Context())
    assert all_lines(tables) == sorted(LINES, key=line_key)
    assert all_summaries(tables) == summaries(LINES)


@pytest.mark.parts
def test_a_bad_message_is_set_aside_and_the_good_ones_around_it_are_written(
    deployed: tuple[Tables, Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    tables, lake = deployed
    event = an_event(*line_messages(LINES[:1]), a_message(1, b"no line"), a_message(2, None))
    handler.handler(event, Context())
    assert all_lines(tables) == LINES[:1]
    stored = json.loads(lake.read(f"quarantine/stream/order-lines/0/1-{NOON + 1_000}.json"))
    assert stored["Payload"] == "bm8gbGluZQ=="
    arrival, *quarantined, put, ended = map(json.loads, capsys.readouterr().out.splitlines())
    assert published(arrival)["BatchMessages"] == 3
    assert [(record["quarantined"], record["reasons"]) for record in quarantined] == [
        (
            f"quarantine/stream/order-lines/0/1-{NOON + 1_000}.json",
            ["value not JSON: JSON is malformed: invalid character (byte 4)"],
        ),
        (f"quarantine/stream/order-lines/0/2-{NOON + 2_000}.json", ["value must be one JSON object"]),
    ]
    assert [published(record) for record in quarantined] == 2 * [{"MessagesQuarantined": 1}]
    assert published(put) == {"LinesPut": 1}
    assert list(published(ended)) == ["BatchTime"]
    assert {record["request"] for record in (arrival, *quarantined, put, ended)} == {Context.aws_request_id}


@pytest.mark.parts
def test_a_bad_message_is_named_in_the_log_by_its_ids_and_no_value_of_it_is_there(
    deployed: tuple[Tables, Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    line = wire.parse(wire.encode(LINES[0])) | {"Country": "", "Mary Smith": "12 High Street", "Quantity": "secret"}
    handler.handler(an_event(a_message(0, wire.encode_answer(line))), Context())
    text = capsys.readouterr().out
    [record] = [it for it in map(json.loads, text.splitlines()) if "quarantined" in it]
    assert (record["invoice"], record["line"]) == (LINES[0].InvoiceNo, LINES[0].LineId)
    assert not {"Mary", "High", "secret"} & set(re.findall(r"\w+", text))


def test_what_a_batch_does_is_a_segment_of_each_trace_that_its_messages_carry_failed_or_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [f"1-5e9a1f00-{number:024x}" for number in range(30)]
    messages = [
        a_message(at, b"no line", headers=[{"schema": [1]}, {"trace": [*roots[at // 2].encode()]}]) for at in range(60)
    ]
    with socket(AF_INET, SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(300)
        monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{daemon.getsockname()[1]}")
        with pytest.raises(AttributeError):  # there are no tables
            handler.write(an_event(*messages), None, None, Context(), Log({FUNCTION: "tables"}, {"request": "r-1"}))  # type: ignore[arg-type]
        sent = [daemon.recv(65_536).split(b"\n") for _ in range(MOST_TRACES)]
    assert json.loads(capsys.readouterr().out.splitlines()[0])["traces"] == roots[:MOST_TRACES]
    assert {header for header, _ in sent} == {b'{"format": "json", "version": 1}'}
    segments = [json.loads(segment) for _, segment in sent]
    assert [segment["trace_id"] for segment in segments] == roots[:MOST_TRACES]
    assert len({segment["id"] for segment in segments}) == MOST_TRACES
    assert {(it["name"], it["fault"], it["annotations"]["request"]) for it in segments} == {("tables", True, "r-1")}
    assert all(segment["start_time"] <= segment["end_time"] for segment in segments)


@pytest.mark.parts
def test_a_world_that_is_wrong_is_no_bad_message(
    deployed: tuple[Tables, Lake], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOICES_TABLE", "absent")
    handler.platform.cache_clear()
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        handler.handler(an_event(*line_messages(LINES[:1])), Context())


class Deadline:
    """An invocation's context with this time-out, from now."""

    aws_request_id = "r-1"

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return round(1000 * (self._end - monotonic()))


@pytest.mark.scale
@pytest.mark.parts
@pytest.mark.timeout(1_800)
def test_a_batch_of_10_000_lines_is_taken_by_a_store_of_20_lines_a_second_in_a_few_tries(
    deployed: tuple[Tables, Lake],
) -> None:
    tables, _ = deployed
    _, client, _, _ = handler.platform()
    one_at_a_time = threading.Lock()

    def slow(request: Any, **_: Any) -> None:
        with one_at_a_time:
            sleep(request.body.count(b"PutRequest") / 20)

    client.meta.events.register("before-send.dynamodb.BatchWriteItem", slow)
    lines = [a_line(InvoiceNo=str(600_000 + n // 20), StockCode=f"S{n % 20}") for n in range(10_000)]
    errors: list[str] = []
    messages = line_messages(lines)
    while len(errors) < 5:
        try:
            handler.handler(an_event(*messages), Deadline(300))
            break
        except OutOfTime as error:
            errors.append(str(error))
    assert [error.partition("; ")[2][:18] for error in errors] in (["those from invoice"], 2 * ["those from invoice"])
    assert all_lines(tables) == sorted(lines, key=line_key)
    assert all_summaries(tables) == summaries(lines)


@pytest.mark.parts
def test_an_erased_line_is_dropped_and_those_around_it_are_stored(
    deployed: tuple[Tables, Lake], capsys: pytest.CaptureFixture[str]
) -> None:
    tables, lake = deployed
    record = Erasure("20101201T000000Z-0000", datetime(2010, 12, 1, tzinfo=UTC), (LINES[0].LineId,))
    erasures.put(lake, record)
    handler.handler(an_event(*line_messages(LINES)), Context())
    assert sorted(all_lines(tables), key=line_key) == sorted(LINES[1:], key=line_key)
    assert sorted(all_summaries(tables), key=repr) == sorted(summaries(LINES[1:]), key=repr)
    records = map(json.loads, capsys.readouterr().out.splitlines())
    assert [it["erased"] for it in records if "erased" in it] == [1]
