"""A round's plan is a pure function of its seed, and together the plans leave nothing out."""

import subprocess
import sys

import pytest

from tests.end_to_end.laptop import CHECKOUT
from tests.faults.answers import spoilt
from tests.faults.plan import BEFORE_AND_AFTER, DISKS, EVERYTHING, JOBS, STREAM, plan
from tests.gate import Spoilt

MANY = [plan(seed) for seed in range(3_000)]
PLANNED = {(fault.part, fault.kind) for round_ in MANY for fault in round_.faults}


def test_a_seed_gives_the_same_plan_in_another_process() -> None:
    call = [sys.executable, "-c", "from tests.faults.plan import plan; print([plan(seed) for seed in range(50)])"]
    printed = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert printed == f"{MANY[:50]}\n"


def test_every_process_is_killed_and_stopped_by_some_seed() -> None:
    assert {(part, kind) for part in (*STREAM, *JOBS) for kind in ("kill", "stop")} <= PLANNED
    assert (EVERYTHING, "kill") in PLANNED
    assert {(part, "disk full") for part in DISKS} <= PLANNED


@pytest.mark.parametrize("part", ["s3", "dynamodb", "redshift-data"])
def test_requests_of_every_store_fail_in_every_way_by_some_seed(part: str) -> None:
    ways = {f"{kind} {when}" for kind in BEFORE_AND_AFTER for when in ("before", "after")}
    assert {(part, kind) for kind in (*ways, "delay", "half body", "half request")} <= PLANNED


def test_kafka_and_the_network_fail_by_some_seed() -> None:
    assert {("kafka", kind) for kind in ("delay", "reset before", "reset after", "half body")} <= PLANNED
    assert {(part, "partition") for part in ("kafka", "s3", "dynamodb")} <= PLANNED
    assert {("s3", "412 before"), ("s3", "412 after"), ("s3", "zombie"), ("dynamodb", "zombie")} <= PLANNED


def test_every_planned_fault_of_a_request_is_one_that_a_proxy_can_make() -> None:
    made = [spoilt(it) for round_ in MANY for it in round_.faults if it.request and it.kind != "zombie"]
    assert Spoilt() not in made
    assert len(made) > 3_000


def test_faults_of_jobs_are_planned_for_rounds_with_jobs_only() -> None:
    assert not [it for it in MANY if not it.jobs and any(fault.is_of_jobs for fault in it.faults)]
