"""The order of calls, against tables that are written from AWS's pages, not from the code (docs/event-source.md)."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from local.event_source.delivery import Answer, Commit, GiveUp, Invoke, Rest, delivery
from local.event_source.events import Record
from local.event_source.partial_answers import failed_records
from local.platform import OnError
from tests.local.event_source.plans import carried_out

NOW: Final = 1_291_204_800_000
FAILS: Final = Answer("Unhandled ValueError: no order line")
THROTTLED: Final = Answer("429", ran=False)

Function = Callable[[Sequence[Record]], Answer]


def letters(text: str, partition: int = 0) -> list[Record]:
    """A record for each letter, which is its JSON: the first has offset 0."""
    return [Record(partition, offset, letter.encode(), NOW) for offset, letter in enumerate(text)]


def word(records: Sequence[Record]) -> str:
    return b"".join(record.json for record in records).decode()


def steps(records: Sequence[Record], on_error: OnError, function: Function, now: Callable[[], int]) -> Iterator[str]:
    """Each step in a word: `abc` is an invocation, `…` a wait, `=2` a commit; `!abc(why,2)` is given up after 2."""
    for step in carried_out(delivery(records, on_error, now), function):
        match step:
            case Invoke(some, _):
                yield word(some)
            case Rest():
                yield "…"
            case GiveUp(some, condition, invocations, _):
                yield f"!{word(some)}({condition},{invocations})"
            case Commit(offsets):
                yield "=" + ",".join(f"{p}:{offset}" if p else f"{offset}" for p, offset in offsets.items())


def calls(text: str, on_error: OnError, function: Function, now: Callable[[], int] = lambda: NOW) -> str:
    return " ".join(steps(letters(text), on_error, function, now))


def without(poison: str) -> Function:
    """A function that fails whenever one of these letters is in its event."""
    return lambda records: FAILS if set(word(records)) & set(poison) else Answer()


def in_turn(*answers: Answer) -> Function:
    """A function that gives these answers, then takes everything."""
    left = iter(answers)
    return lambda _: next(left, Answer())


# https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html: "Lambda retries the whole batch of messages
# until processing succeeds"; "it commits the offsets of the messages in that batch" after it.
def test_by_default_the_whole_batch_is_tried_until_it_is_taken() -> None:
    assert calls("abc", OnError(), in_turn(*40 * [FAILS])) == 40 * "abc … " + "abc =3"


# https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html: "The maximum number of times Lambda
# retries when your function returns an error. This doesn't count the initial invocation attempt."
@pytest.mark.parametrize("retries", [0, 1, 5])
def test_the_first_invocation_does_not_count_as_a_retry(retries: int) -> None:
    expected = retries * "ab … " + f"ab !ab(RetryAttemptsExhausted,{retries + 1}) =2"
    assert calls("ab", OnError(most_retries=retries), without("a")) == expected


# https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html: "If a Lambda event source mapping
# is unable to invoke the function due to throttling or other issues, it retries until the records expire or exceed the
# maximum age": such a call does not use up the quota of retries, which is for errors "during invocation".
def test_a_throttled_call_is_no_retry() -> None:
    expected = 30 * "a … " + "a … a !a(RetryAttemptsExhausted,2) =1"
    assert calls("a", OnError(most_retries=1), in_turn(*30 * [THROTTLED], FAILS, FAILS)) == expected


# kafka-retry-configurations.html: "split the batch into two smaller batches and retry each separately"; and
# kinesis-on-failure-destination.html: "Splitting batches doesn't consume the retry quota."; order in a partition
# (with-msk-configure.html: "Lambda reads messages sequentially for each Kafka topic partition"): the first half first.
@pytest.mark.parametrize(
    ("batch", "poison", "retries", "expected"),
    [
        ("abcd", "", 2, "abcd =4"),
        ("abcd", "a", 0, "abcd ab a !a(X,3) =1 b =2 cd =4"),
        ("abcd", "d", 0, "abcd ab =2 cd c =3 d !d(X,3) =4"),
        ("abcd", "c", 2, "abcd ab =2 cd c … c … c !c(X,5) =3 d =4"),
        ("abcd", "bc", 0, "abcd ab a =1 b !b(X,3) =2 cd c !c(X,3) =3 d =4"),
        ("abc", "b", 0, "abc ab a =1 b !b(X,3) =2 c =3"),
        ("a", "a", 1, "a … a !a(X,2) =1"),
    ],
)
def test_a_failed_batch_is_halved_down_to_the_record_that_fails(
    batch: str, poison: str, retries: int, expected: str
) -> None:
    told = calls(batch, OnError(bisects=True, most_retries=retries), without(poison))
    assert told == expected.replace("X", "RetryAttemptsExhausted")


def test_without_a_limit_the_record_that_fails_stalls_its_batch_and_what_came_before_it_is_committed() -> None:
    told = steps(letters("abcd"), OnError(bisects=True), without("b"), lambda: NOW)
    assert [next(told) for _ in range(10)] == ["abcd", "ab", "a", "=1", "b", "…", "b", "…", "b", "…"]


def test_a_throttled_batch_is_not_halved() -> None:
    assert calls("ab", OnError(bisects=True), in_turn(THROTTLED)) == "ab … ab =2"


# kafka-retry-configurations.html: "The maximum age of a record that Lambda sends to your function."
def test_a_record_that_is_too_old_is_given_up_before_the_function_gets_it_and_the_others_go_on() -> None:
    old = Record(0, 0, b"a", NOW - 60_001)
    records = [old, *letters("xb")[1:]]
    told = steps(records, OnError(max_age_seconds=60), without(""), lambda: NOW)
    assert list(told) == ["!a(RecordAgeExceeded,0)", "=1", "b", "=2"]


def test_records_that_grow_too_old_while_they_are_tried_again_are_given_up() -> None:
    clock = iter((NOW, NOW + 59_000, NOW + 61_000))
    expected = "ab … ab … !ab(RecordAgeExceeded,2) =2"
    assert calls("ab", OnError(max_age_seconds=60), without("a"), lambda: next(clock)) == expected


def test_records_that_cannot_be_tried_for_throttling_grow_too_old_as_well() -> None:
    clock = iter((NOW, NOW + 61_000))
    expected = "a … !a(RecordAgeExceeded,0) =1"
    assert calls("a", OnError(max_age_seconds=60), in_turn(THROTTLED), lambda: next(clock)) == expected


# https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html: the condition "MaximumPayloadSizeExceeded", and
# "responseContext … null if record is MaximumPayloadSizeExceeded".
def test_a_record_that_no_payload_holds_is_given_up_where_a_destination_takes_it() -> None:
    too_large = Answer("too large", ran=False, fits=False)
    assert calls("a", OnError(bucket="lake"), in_turn(too_large)) == "a !a(MaximumPayloadSizeExceeded,0) =1"
    assert calls("a", OnError(), in_turn(too_large)) == "a … a =1"


def naming(*identifiers: object) -> dict[str, object]:
    """A partial answer that names these as failed."""
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in identifiers]}


# kafka-retry-configurations.html: "the handler returns identifiers only for the failed messages, allowing Lambda to
# retry just those specific items"; "If you return an empty valid JSON or null, the event source mapping will consider a
# batch as successfully processed. Any invalid topic-partition_number or offset returned that was not present in the
# invoked event will be treated as failure and entire batch will be retried."
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, "abcd =4"),
        ({}, "abcd =4"),
        ({"batchItemFailures": None}, "abcd =4"),
        ({"batchItemFailures": []}, "abcd =4"),
        (naming({"partition": "t-0", "offset": 1}), "abcd =1 … b =4"),
        (naming({"partition": "t-0", "offset": 3}, {"partition": "t-0", "offset": 0}), "abcd … ad =4"),
        (naming(*[{"partition": "t-0", "offset": offset} for offset in (3, 2, 3)]), "abcd =2 … cd =4"),
        (naming(*[{"partition": "t-0", "offset": offset} for offset in range(4)]), "abcd … abcd =4"),
        (naming({"partition": "t-0", "offset": 4}), "abcd … abcd =4"),
        (naming({"partition": "t-1", "offset": 1}), "abcd … abcd =4"),
        (naming({"partition": "other-0", "offset": 1}), "abcd … abcd =4"),
        (naming({"partition": "t-0", "offset": 1}, {"partition": "t-0", "offset": 9}), "abcd … abcd =4"),
        (naming({"partition": None, "offset": 1}), "abcd … abcd =4"),
        (naming({"partition": "t-0", "offset": None}), "abcd … abcd =4"),
        (naming({"partition": "t-0", "offset": "1"}), "abcd … abcd =4"),
        (naming({"offset": 1}), "abcd … abcd =4"),
        (naming("t-0-1"), "abcd … abcd =4"),
        (naming(""), "abcd … abcd =4"),
        (naming(None), "abcd … abcd =4"),
        ({"batchItemFailures": [{"wrongKey": {"partition": "t-0", "offset": 1}}]}, "abcd … abcd =4"),
        ({"batchItemFailures": "t-0"}, "abcd … abcd =4"),
    ],
)
def test_a_partial_answer_names_what_is_tried_again(answer: object, expected: str) -> None:
    bodies = iter((json.dumps(answer).encode(),))

    def function(records: Sequence[Record]) -> Answer:
        return Answer(failed=failed_records(next(bodies, b"null"), "t", records))

    assert calls("abcd", OnError(partial_answers=True), function) == expected


# https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html: "If your invocation fails
# and BisectBatchOnFunctionError is turned on, the batch is bisected regardless of your ReportBatchItemFailures
# setting"; after a partial answer "Lambda retries only the remaining records". "Lambda retries failures based on your
# retry strategy."
def test_partial_answers_use_up_the_retries_and_only_an_error_halves() -> None:
    def function(records: Sequence[Record]) -> Answer:
        return FAILS if len(records) == 4 else Answer(failed=[it for it in records if it.json in b"cd"])

    both = OnError(bisects=True, most_retries=1, partial_answers=True)
    assert calls("abcd", both, function) == "abcd ab =2 cd … cd !cd(RetryAttemptsExhausted,3) =4"


# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html: "Lambda commits offsets for matched and
# unmatched messages after successfully invoking the function."
def test_what_a_filter_takes_out_is_committed_with_what_it_passes() -> None:
    records = [replace(record, filtered=record.json in b"bd") for record in letters("abcd")]
    assert list(steps(records, OnError(), without(""), lambda: NOW)) == ["ac", "=4"]
    assert list(steps(records[1:2], OnError(), without(""), lambda: NOW)) == ["=2"]


@given(
    counts=st.lists(st.integers(0, 8), min_size=1, max_size=4),
    poison=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 7))),
    bisects=st.booleans(),
    retries=st.integers(0, 3),
)
def test_every_record_is_taken_or_given_up_once_in_order_and_committed_only_then(
    counts: list[int], poison: set[tuple[int, int]], bisects: bool, retries: int
) -> None:
    records = [Record(p, offset, b"x", NOW) for p, count in enumerate(counts) for offset in range(count)]
    settled: list[Record] = []
    committed: dict[int, int] = {}

    def function(some: Sequence[Record]) -> Answer:
        fails = any((it.partition, it.offset) in poison for it in some)
        settled.extend([] if fails else some)
        return FAILS if fails else Answer()

    on_error = OnError(bisects=bisects, most_retries=retries)
    for step in carried_out(delivery(records, on_error, lambda: NOW), function):
        match step:
            case GiveUp(some, _, _, _):
                assert not bisects or len(some) == 1
                settled += some
            case Commit(offsets):
                committed |= offsets
                for partition, offset in offsets.items():
                    assert {(partition, n) for n in range(offset)} <= {(it.partition, it.offset) for it in settled}
    assert settled == records
    assert committed == {p: count for p, count in enumerate(counts) if count} or not records
