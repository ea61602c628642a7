"""When a request is asked again, and when no more."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from stores.retries import OutOfTime, Retries, each_within, invites, never, within, within_invocation
from tests.protocols.world import refused, timeout


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [error] * times

    def request() -> str:
        if left:
            raise left.pop()
        return "answer"

    return request


@pytest.mark.parametrize(
    ("error", "invited"),
    [
        (refused("PutObject", 409, "ConditionalRequestConflict"), True),
        (refused("PutObject", 503, "SlowDown"), True),
        (refused("Query", 400, "ProvisionedThroughputExceededException"), True),
        (refused("UpdateItem", 400, "TransactionConflictException"), True),
        (timeout(), True),
        (EndpointConnectionError(endpoint_url="https://aws"), True),
        (refused("PutObject", 412, "PreconditionFailed"), False),
        (refused("PutItem", 400, "ConditionalCheckFailedException"), False),
        (refused("PutItem", 400, "AccessDeniedException"), False),
        (refused("GetObject", 404, "NoSuchKey"), False),
    ],
)
def test_only_what_invites_it_is_asked_again(error: Exception, invited: bool) -> None:
    assert invites(error) is invited
    retries = Retries(lambda: 60.0, sleep=lambda _: None)
    if invited:
        assert retries.ask(failing(3, error)) == "answer"
    else:
        with pytest.raises(type(error)):
            retries.ask(failing(1, error))


def test_waits_grow_to_five_seconds_and_are_drawn_from_zero() -> None:
    slept: list[float] = []
    retries = Retries(lambda: 60.0, sleep=slept.append, jitter=lambda: 0.5)
    retries.ask(failing(9, timeout()))
    assert slept == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5]


def test_no_wait_begins_that_would_outlast_the_time_left() -> None:
    left = [9.0]

    def sleep(seconds: float) -> None:
        left[0] -= seconds

    retries = Retries(lambda: left[0], sleep=sleep, jitter=lambda: 1.0)
    with pytest.raises(ClientError):
        retries.ask(failing(99, refused("Query", 500, "InternalServerError")))
    assert 2 <= left[0] < 9


def test_a_request_is_asked_at_most_this_often() -> None:
    asked = []

    def request() -> None:
        asked.append(1)
        raise timeout()

    with pytest.raises(type(timeout())):
        Retries(lambda: 60.0, attempts=4, sleep=lambda _: None).ask(request)
    assert len(asked) == 4


def test_never_means_once() -> None:
    with pytest.raises(type(timeout())):
        never().ask(failing(1, timeout()))


def test_an_invocation_leaves_as_much_time_as_its_context_says() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 2_010

    with pytest.raises(type(timeout())):
        within_invocation(Context()).ask(failing(99, timeout()))


def test_each_request_has_the_whole_time_or_all_have_it_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    together, each = within(60), each_within(60)
    now[0] = 59.0
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    assert each.ask(failing(1, timeout())) == "answer"
    with pytest.raises(type(timeout())):
        together.ask(failing(1, timeout()))


def test_parts_that_a_store_leaves_for_ever_are_given_up_in_the_time_of_one_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]

    def leave_all(parts: list[int]) -> list[int]:
        now[0] += 25
        return parts

    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with pytest.raises(OutOfTime, match="not all: 2 are left"):
        each_within(60).drain(leave_all, [1, 2], "not all")
    assert now[0] == 75
