"""A fault that does not come about is given up, and no other."""

from tests.faults.happenings import VAIN_TRIES, Happening, missed
from tests.faults.plan import Fault

QUERY = Fault("dynamodb", "503 before", 2, "Query")
KILL = Fault("ingest", "kill", 60)


def test_a_fault_of_a_request_that_never_comes_is_given_up() -> None:
    it = Happening(QUERY, seen=1)
    it.tried(50)
    for number in range(VAIN_TRIES):
        assert it.is_awaited, number
        it.tried(100)
    assert not it.is_awaited
    assert missed([it]) == [QUERY]


def test_a_fault_that_every_sending_brings_nearer_is_awaited() -> None:
    of_a_request, of_a_process = Happening(Fault("s3", "reset after", 90, "PUT .*/raw/")), Happening(KILL)
    for number in range(1, 60):
        of_a_request.seen += number % VAIN_TRIES == 0
        for it in (of_a_request, of_a_process):
            it.tried(number)
            assert it.is_awaited, number


def test_a_fault_that_is_due_but_finds_no_process_is_given_up() -> None:
    it = Happening(KILL)
    for requests in range(100, 100 * (VAIN_TRIES + 2), 100):
        assert it.is_awaited
        it.tried(requests)
    assert not it.is_awaited


def test_a_process_that_is_stopped_is_awaited_until_it_goes_on() -> None:
    it = Happening(Fault("kafka", "stop", 5, seconds=3.0), began=1.0)
    for _ in range(2 * VAIN_TRIES):
        it.tried(100)
    assert it.is_awaited
    assert missed([it]) == []
