"""Rounds of faults on one platform: nothing is lost and nothing repeated, by an own count of every store."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.faults.counts import Count
from tests.faults.jobs import Jobs
from tests.faults.plan import Fault, Round, day_of, plan
from tests.faults.platform import Platform, faulty_platform
from tests.faults.rounds import play

pytestmark = [pytest.mark.parts, pytest.mark.timeout(2_700)]

SEEDS = (1, 18, *(pytest.param(seed, marks=pytest.mark.scale) for seed in (7, 15)))
"""The rounds of `make test`, and with `scale` two with jobs; `python -m tests.faults --seed N --rounds 1000` plays
others."""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with faulty_platform(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture(scope="module")
def jobs(platform: Platform) -> Iterator[Jobs]:
    with closing(Jobs(platform.laptop.state)) as its:
        yield its


@pytest.fixture(scope="module")
def count(platform: Platform) -> Count:
    """The count of all rounds on the platform so far."""
    return Count(platform)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_store_loses_or_repeats_a_line_whatever_fails(
    platform: Platform, jobs: Jobs, count: Count, seed: int
) -> None:
    result = play(platform, plan(seed), count, jobs)
    assert (result.lost, result.repeated, result.did_not_happen) == (0, 0, []), result.line()


def test_a_round_ends_and_names_the_fault_that_cannot_happen(platform: Platform, jobs: Jobs, count: Count) -> None:
    never = Fault("dynamodb", "500 before", 1, "DeleteTable")
    planned = Round(40, day_of(40), 3, False, (never, Fault("client", "kill", 5)))
    result = play(platform, planned, count, jobs)
    assert (result.lost, result.repeated, result.did_not_happen) == (0, 0, [never]), result.line()
