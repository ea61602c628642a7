"""The status and body that results come to."""

from typing import Any

import msgspec
import pytest

from commerce.errors import FieldError, InvalidRow
from commerce.wire import parse
from lambdas.http import Answer
from lambdas.ingest.answers import MOST_BYTES, Accepted, Result, answer, refused

RIGHT = Accepted(0, "506b831f66b52d18903feb9d4c5c47b6", 2)


def wrong(index: int = 0, errors: int = 1) -> Result:
    return refused(index, InvalidRow([FieldError("Quantity", "'x'", "must be an integer of 32 bits")] * errors))


def numbered(*results: Result) -> list[Result]:
    return [msgspec.structs.replace(result, index=index) for index, result in enumerate(results)]


def body(reply: Answer) -> Any:
    assert isinstance(reply.body, bytes)
    return parse(reply.body)


@pytest.mark.parametrize(
    ("results", "unacknowledged", "status"),
    [
        ([RIGHT, RIGHT], [], 202),
        ([RIGHT, wrong()], [], 207),
        ([wrong(), wrong()], [], 400),
        ([RIGHT, RIGHT], [1], 207),
        ([RIGHT, RIGHT], [0, 1], 503),
        ([RIGHT, wrong()], [0], 503),
        ([RIGHT, RIGHT, wrong()], [0], 207),
    ],
)
def test_the_status_tells_whether_all_some_or_none_were_accepted_and_whether_to_try_again(
    results: list[Result], unacknowledged: list[int], status: int
) -> None:
    reply = answer(numbered(*results), unacknowledged)
    assert reply.status == status
    accepted = sum(isinstance(result, Accepted) for result in results) - len(unacknowledged)
    assert (body(reply)["accepted"], body(reply)["rejected"]) == (accepted, len(results) - accepted)


def test_results_stand_in_the_order_of_the_rows() -> None:
    assert body(answer(numbered(RIGHT, wrong(), RIGHT), [2]))["results"] == [
        {"index": 0, "LineId": RIGHT.LineId, "Occurrence": 2},
        {
            "index": 1,
            "status": 400,
            "errors": [{"field": "Quantity", "value": "'x'", "rule": "must be an integer of 32 bits"}],
        },
        {
            "index": 2,
            "status": 503,
            "errors": [
                {
                    "field": "Occurrence",
                    "value": "2",
                    "rule": "was not acknowledged by the broker: send the row again, with this Occurrence",
                }
            ],
        },
    ]


def test_an_answer_too_long_for_lambda_tells_each_rows_first_error_and_how_many_more() -> None:
    reply = answer([wrong(index, errors=20) for index in range(5_000)])
    assert isinstance(reply.body, bytes)
    assert len(reply.body) < MOST_BYTES
    assert [error["field"] for error in body(reply)["results"][4_999]["errors"]] == ["Quantity", "row"]
    assert body(reply)["results"][0]["errors"][1]["value"] == "19 more errors"


def test_an_answer_that_fits_tells_every_error() -> None:
    assert len(body(answer([wrong(errors=20)]))["results"][0]["errors"]) == 20
