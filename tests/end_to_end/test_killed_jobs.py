"""The workflow killed -9 at its steps, driver or store, and run again: it ends as if nothing had been killed."""

import os
import random
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import pytest

from local.config import RunConfig
from local.processes import wait_until
from local.state import State
from tests.end_to_end.contents import as_the_stream_makes_them, in_the_lake, in_the_tables, lines_of
from tests.end_to_end.laptop import Laptop, pid_of
from tests.gate import Gate, Request, Shut, gate
from tests.local.glue.test_command import jvms
from tests.processes import children

pytestmark = pytest.mark.parts

ENDS = 120
"""Seconds in which a job or platform that was killed has to be gone, on whatever machine."""


@dataclass(frozen=True)
class Kill:
    """Who is killed (-9) in a run of `job`: `driver`, `s3` or `dynamodb`, before the n-th such request gets through."""

    job: str
    who: str
    at: str
    request: str
    which: int = 1


STEPS = [
    # all is read and staged, the lines are written into data files: between plan and commit
    Kill("all", "driver", "s3", r"PUT .*/metadata/snap-"),
    # the snapshot is in the lake: between commit and manifest
    Kill("all", "s3", "s3", r"PUT .*/batches/manifests/"),
    # the unfinished batch is finished, and half of it is in the tables
    Kill("all", "driver", "dynamodb", "BatchWriteItem", 4),
    # all lines are there, half of the summaries are
    Kill("load_tables", "dynamodb", "dynamodb", "PutItem", 15),
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Two small generated days, with the data's oddities but for the one invoice of a thousand lines."""
    paths = [tmp_path / f"{day}.csv" for day in ("2010-12-01", "2010-12-02")]
    for path in paths:
        Laptop(tmp_path).do("generate", path.stem, "--seed", "7", "--invoices", "15", "-o", str(path))
        rows = path.read_bytes().splitlines(keepends=True)
        lines = Counter(row.partition(b",")[0] for row in rows)
        path.write_bytes(b"".join(row for row in rows if lines[row.partition(b",")[0]] < 500))
    return list(map(str, paths))


@pytest.mark.scale
def test_a_workflow_killed_at_each_of_its_steps_ends_as_if_it_had_not_been(tmp_path: Path, files: list[str]) -> None:
    with kept_up(tmp_path) as laptop:
        laptop.do("put", *files)
        for kill in STEPS:
            killed(laptop, kill)
        laptop.do("job", "all")
        lines = lines_of(files)
        assert in_the_lake(laptop) == lines
        assert in_the_tables(laptop) == as_the_stream_makes_them(laptop, lines)
        laptop.reconcile(*files, "--hops", "dynamodb,lake")


@pytest.mark.scale
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(3))
def test_a_workflow_killed_at_random_ends_as_an_undisturbed_one(tmp_path: Path, files: list[str], seed: int) -> None:
    rng = random.Random(seed)
    with kept_up(tmp_path) as laptop:
        laptop.do("put", *files)
        laptop.do("job", "all")
        undisturbed = in_the_lake(laptop), in_the_tables(laptop)
        laptop.empty()
        laptop.do("put", *files)
        for _ in range(6):
            at = rng.choice(["s3", "s3", "dynamodb"])
            which = rng.randint(1, 60 if at == "s3" else 90)
            # a number that this run does not reach: it comes to its end, and the next has nothing to do
            killed(laptop, Kill("all", rng.choice(["driver", "driver", at]), at, "", which), must=False)
        laptop.do("job", "all")
        assert (in_the_lake(laptop), in_the_tables(laptop)) == undisturbed


@contextmanager
def kept_up(home: Path) -> Iterator[Laptop]:
    """A platform that keeps its data when one of its parts is killed, and is brought up again then."""
    laptop = Laptop(home)
    laptop.do("up", "--detach")
    try:
        yield laptop
    finally:
        laptop.run("down")


def killed(laptop: Laptop, kill: Kill, *, must: bool = True) -> None:
    """Run the job until the kill; nothing of it is left, and the platform is up again."""
    died = Event()
    with gated(laptop) as gates:
        run = laptop.start("job", kill.job, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        part = None if kill.who == "driver" else pid_of(laptop, kill.who)
        left = kill.which

        def watch(request: Request) -> None:
            nonlocal left
            if died.is_set():
                raise Shut
            left -= bool(re.match(kill.request, request.what))
            if left == 0:
                died.set()
                die(run.pid, part)
                raise Shut

        gates[kill.at].watch = watch
        try:
            said = ended(laptop, run, died, part)
        finally:
            run.kill()
            run.wait()
    assert died.is_set() or not must, said
    assert wait_until(lambda: not jvms(laptop), ENDS)
    if died.is_set() and part:
        laptop.do("up", "--detach")


def die(run: int, part: int | None) -> None:
    """Kill the part, or else the driver that this run waits for, with its JVM, as a machine that goes down does."""
    if part:
        os.kill(part, signal.SIGKILL)
    else:
        [driver] = children(run)
        os.killpg(driver, signal.SIGKILL)


def ended(laptop: Laptop, run: "subprocess.Popen[str]", died: Event, part: int | None) -> str:
    """Wait for the end of a run whose driver was killed, or that is over; of the platform, where a part was killed."""
    assert wait_until(lambda: run.poll() is not None or (died.is_set() and part is not None), ENDS)
    if died.is_set() and part:
        # the platform ends with a part of it. The job asks a store that is gone for half a minute; not here
        assert wait_until(lambda: State(laptop.home / ".tillstream").run() is None, ENDS)
        return ""
    said = run.communicate(timeout=ENDS)[0]
    if died.is_set():
        assert run.returncode == 1
        assert "was killed by SIGKILL" in said
    return said


@contextmanager
def gated(laptop: Laptop) -> Iterator[dict[str, Gate]]:
    """Gates between this platform's jobs and its stores, until the block ends; its other processes go without."""
    file = State(laptop.home / ".tillstream").config_file
    config = RunConfig.load(file)
    with gate(config.endpoints["s3"]) as s3, gate(config.endpoints["dynamodb"]) as dynamodb:
        replace(config, endpoints={**config.endpoints, "s3": s3.endpoint, "dynamodb": dynamodb.endpoint}).save(file)
        try:
            yield {"s3": s3, "dynamodb": dynamodb}
        finally:
            if file.exists():
                config.save(file)
