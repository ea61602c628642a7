"""The requests of a replay, and the meaning of the API's answers, as values."""

import io
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import wire
from commerce.lines import OrderLine
from producer.errors import ApiRefused
from producer.replay.plan import (
    FIRST_DELAY_SECONDS,
    LONGEST_BODY,
    LONGEST_DELAY_SECONDS,
    Batch,
    Reject,
    Row,
    Shipment,
    TooLarge,
    Verdict,
    batches,
    body,
    delay_seconds,
    refused_here,
    rows,
    verdict,
)
from tests.orders import a_line, cells, csv_document

NOW = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


def documents(*sizes: int) -> list[tuple[str, io.BytesIO]]:
    """Documents of this many rows, that differ in quantity within each."""
    return [
        (f"{at}.csv", io.BytesIO(csv_document(*(cells(Quantity=str(n + 1)) for n in range(size)))))
        for at, size in enumerate(sizes)
    ]


def shipments(count: int) -> list[Shipment]:
    lines = [a_line(Quantity=number) for number in range(1, count + 1)]
    return [Shipment(Row(at + 2, [], line, (), "", 0, at), line, wire.encode(line)) for at, line in enumerate(lines)]


def answer(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def accepted(index: int, shipment: Shipment) -> dict[str, Any]:
    return {"index": index, "LineId": shipment.line.LineId, "Occurrence": 1}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(1, 12), st.data())
def test_batches_hold_each_unsettled_row_once_in_order_and_never_span_files(
    sizes: list[int], size: int, data: st.DataObject
) -> None:
    settled = [data.draw(st.integers(0, rows)) for rows in sizes]
    made = list(batches(rows(documents(*sizes)), settled, size))
    assert [(batch.file, s.row.before) for batch in made for s in batch.shipments] == [
        (file, before) for file, rows in enumerate(sizes) for before in range(settled[file], rows)
    ]
    for batch in made:
        assert 1 <= len(batch.shipments) <= size
        assert {shipment.row.file for shipment in batch.shipments} == {batch.file}
        assert batch.end == batch.shipments[-1].row.before + 1


def test_the_same_rows_sent_from_another_start_are_the_same_lines() -> None:
    def sent(settled: int) -> list[OrderLine]:
        document = ("day.csv", io.BytesIO(csv_document(*[cells()] * 7)))
        return [s.line for batch in batches(rows([document]), [settled], 2) for s in batch.shipments]

    assert sent(4) == sent(0)[4:]
    assert [line.Occurrence for line in sent(4)] == [5, 6, 7]


def test_refused_rows_fill_a_batch_as_others_do() -> None:
    document = ("day.csv", io.BytesIO(csv_document(*[cells(Quantity="six")] * 5, cells())))
    made = list(batches(rows([document]), [0], 2))
    assert [(batch.end, len(batch.shipments), len(batch.refused)) for batch in made] == [
        (2, 0, 2),
        (4, 0, 2),
        (6, 1, 1),
    ]
    (reject, _) = refused_here(made[0])
    assert (reject.row.line_number, [reason.field for reason in reject.reasons]) == (2, ["Quantity"])


def test_a_request_of_long_rows_stays_below_what_the_api_takes() -> None:
    document = ("day.csv", io.BytesIO(csv_document(*[cells(Description="£" * 200, Country="€" * 60)] * 3_000)))
    made = list(batches(rows([document]), [0], 5_000))
    assert len(made) > 1
    assert sum(len(batch.shipments) for batch in made) == 3_000
    for batch in made:
        assert len(body(batch.shipments)) <= LONGEST_BODY


def test_a_request_is_one_json_array_of_lines_in_their_wire_form() -> None:
    sent = shipments(3)
    assert body(sent) == wire.encode_all([shipment.line for shipment in sent])


def test_202_for_all_rows_accepts_all() -> None:
    sent = shipments(3)
    results = [accepted(index, shipment) for index, shipment in enumerate(sent)]
    assert verdict(202, answer(accepted=3, rejected=0, results=results), sent) == Verdict(3)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"accepted":2}', answer(accepted=2, rejected=0, results=[])])
def test_202_for_another_number_of_rows_is_no_answer_of_ours(body: bytes) -> None:
    with pytest.raises(ApiRefused):
        verdict(202, body, shipments(3))


def test_207_tells_each_row_apart() -> None:
    sent = shipments(3)
    results = [accepted(0, sent[0]), {"index": 1, "status": 400, "errors": ["why"]}, {"index": 2, "status": 503}]
    expected = Verdict(1, (Reject(sent[1].row, ["why"]),), (sent[2],))
    assert verdict(207, answer(accepted=1, rejected=2, results=results), sent) == expected


def test_400_with_results_rejects_the_rows() -> None:
    sent = shipments(2)
    results = [{"index": at, "status": 400, "errors": [{"field": "Quantity"}]} for at in (0, 1)]
    expected = tuple(Reject(shipment.row, [{"field": "Quantity"}]) for shipment in sent)
    assert verdict(400, answer(accepted=0, rejected=2, results=results), sent) == Verdict(0, expected)


def test_503_with_results_asks_for_its_rows_again_and_rejects_the_others() -> None:
    sent = shipments(2)
    results = [{"index": 0, "status": 503}, {"index": 1, "status": 400, "errors": []}]
    assert verdict(503, answer(results=results), sent) == Verdict(0, (Reject(sent[1].row, []),), (sent[0],))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"", b"<html>", b'{"message":"Too Many Requests"}'])
def test_what_passes_asks_for_the_whole_request_again(status: int, body: bytes) -> None:
    sent = shipments(2)
    assert verdict(status, body, sent) == Verdict(0, again=tuple(sent))


def test_413_asks_for_smaller_requests_until_one_row_is_left() -> None:
    assert verdict(413, b"", shipments(2)) == TooLarge()
    with pytest.raises(ApiRefused, match="the API answers 413: nothing"):
        verdict(413, b"", shipments(1))


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 405, 415, 501])
def test_what_blames_no_row_and_does_not_pass_is_told_in_the_words_of_the_api(status: int) -> None:
    with pytest.raises(ApiRefused, match=f"^the API answers {status}: Forbidden: no such key$"):
        verdict(status, answer(title="Forbidden", detail="no such\nkey"), shipments(1))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda results: results[:-1],
        lambda results: [*results, results[0]],
        lambda results: list(reversed(results)),
        lambda results: [results[0] | {"LineId": "0" * 32}, results[1]],
        lambda results: [results[0] | {"status": 418}, results[1]],
        lambda results: ["text", results[1]],
        lambda results: [],
    ],
)
def test_an_answer_that_does_not_tell_of_each_row_accepts_nothing(spoil: Any) -> None:
    sent = shipments(2)
    results = [accepted(0, sent[0]), {"index": 1, "status": 400, "errors": []}]
    assert verdict(207, answer(results=results), sent).accepted == 1  # type: ignore[union-attr]
    with pytest.raises(ApiRefused):
        verdict(207, answer(results=spoil(results)), sent)


@given(st.binary(max_size=60), st.integers(100, 599))
def test_any_answer_is_understood_or_refused_and_never_counts_more_than_was_sent(body: bytes, status: int) -> None:
    try:
        said = verdict(status, body, shipments(2))
    except ApiRefused:
        return
    assert isinstance(said, TooLarge) or said.accepted + len(said.rejected) + len(said.again) == 2


@given(st.integers(0, 1_000), st.integers())
def test_delays_are_jittered_and_grow_to_a_limit(failures: int, seed: int) -> None:
    delay = delay_seconds(failures, None, Random(seed), NOW)
    assert 0 <= delay <= min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**failures)


def test_jitter_is_full() -> None:
    delays = [delay_seconds(20, None, Random(seed), NOW) for seed in range(300)]
    assert min(delays) < 0.1 * LONGEST_DELAY_SECONDS
    assert max(delays) > 0.9 * LONGEST_DELAY_SECONDS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        (" 0 ", 0),
        ("Wed, 01 Dec 2010 08:26:07 GMT", 7),
        ("Wed, 01 Dec 2010 08:25:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        (None, 0),
    ],
)
def test_retry_after_is_honoured_as_seconds_and_as_a_date(header: str | None, seconds: float) -> None:
    delay = delay_seconds(0, header, Random(1), NOW)
    assert seconds <= delay <= seconds + FIRST_DELAY_SECONDS


def test_a_batch_is_a_value() -> None:
    assert Batch(0, 1, (), ()) == Batch(0, 1, (), ())
