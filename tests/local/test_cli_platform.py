"""`tillstream up` and what belongs to it, on the real platform."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.processes import Identity, wait_until
from local.state import Run, State
from stores.redshift import warehouse
from tests.end_to_end.laptop import STREAM, Laptop, hops, pid_of
from tests.processes import children

pytestmark = pytest.mark.parts

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 600
PARTS = {"kafka", "dynamodb", "s3", "redshift_data", "permissions", "runtime", "event_source", "pages"}


class Checkout:
    """A state directory of its own, and the commands on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = State(home / ".tillstream")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
        self.environment = {**kept, "TILLSTREAM_HOME": str(home)}

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        call = [sys.executable, "-m", "tillstream", *arguments]
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(call, cwd=CHECKOUT, env=self.environment, text=True, process_group=0, **pipes)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything said."""
        command = self.start(*arguments)
        said, _ = command.communicate(timeout=SECONDS)
        return command.returncode, said

    def serves(self) -> bool:
        """Whether the platform is there within a fair time."""
        return wait_until(lambda: bool((run := self.state.run()) and run.ready and run.supervisor.alive), SECONDS)

    @property
    def recorded(self) -> Run:
        run = self.state.run()
        assert run is not None
        return run

    @property
    def processes(self) -> list[Identity]:
        """The supervisor, the parts, and the children of the parts."""
        run = self.recorded
        parts = [part.identity for part in run.parts]
        inside = [Identity.of(child) for part in parts for child in children(part.pid)]
        return [run.supervisor, *parts, *filter(None, inside)]


def left(processes: list[Identity]) -> list[Identity]:
    """Those that live on after a fair time."""
    wait_until(lambda: not any(process.alive for process in processes), 300)
    return [process for process in processes if process.alive]


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    checkout = Checkout(tmp_path)
    try:
        yield checkout
    finally:
        assert checkout.run("down")[0] == 0


@dataclass
class Story:
    """Observations of two runs of a platform: workers killed while rows flow, `down`, `up`, its supervisor killed."""

    killed_workers: int
    after_down: list[Identity]
    second_up: tuple[int, str]
    status: dict[str, Any]
    reconciled: dict[str, Any]
    kept_keys: bool
    after_kill: list[Identity]
    status_after_kill: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Play both runs, and look at each end; the second run finds what the first has stored."""
    checkout = Checkout(tmp_path_factory.mktemp("restarted"))
    laptop = Laptop(checkout.home)
    day = str(checkout.home / "2010-11-30.csv")
    laptop.do("generate", "2010-11-30", "--seed", "7", "--invoices", "300", "-o", day)
    try:
        code, said = checkout.run("up", "--detach")
        assert code == 0, said
        assert {part.name for part in checkout.recorded.parts} == PARTS
        target = laptop.target
        assert f"Tillstream serves at {target.api_url}" in said
        made = warehouse.of(target).batch(
            ["CREATE TABLE order_lines (n INTEGER)", "INSERT INTO order_lines VALUES (7)"], "1"
        )
        assert len(made) == 2
        killed = replay_while_workers_are_killed(laptop, day)
        processes = checkout.processes
        code, said = checkout.run("down")  # with batches in flight: the next run starts from what was committed
        assert (code, "the data is kept" in said) == (0, True), said
        assert not (checkout.state.root / "target.json").exists()
        after_down = left(processes)

        foreground = checkout.start("up", "--schedules")
        assert checkout.serves()
        second_up = checkout.run("up")
        reconciled = laptop.reconcile(day, "--hops", STREAM)
        status = json.loads(laptop.do("status", "--json"))
        assert "curate next at 20" in laptop.do("status")
        kept_keys = laptop.target.access_key_id == target.access_key_id
        processes = checkout.processes
        checkout.recorded.supervisor.send(signal.SIGKILL)
        foreground.communicate(timeout=SECONDS)
        after_kill = left(processes)
        gone = checkout.run("status")[0]
        yield Story(killed, after_down, second_up, status, reconciled, kept_keys, after_kill, gone)
    finally:
        assert checkout.run("down")[0] == 0


def replay_while_workers_are_killed(laptop: Laptop, day: str) -> int:
    """Send the day, and kill (-9) a worker of the functions at each step forward; answers how many were killed."""
    rng, state, runtime = random.Random(11), laptop.home / "replay.json", pid_of(laptop, "runtime")
    # at a rate, since the rows flow for some seconds then on any machine
    options = ("--state", str(state), "--batch", "50", "--connections", "2", "--rate", "400")
    replay = laptop.start("replay", day, *options)
    killed, seen = 0, b""
    while replay.poll() is None:
        # on a busy machine a worker takes longer to start than any fixed pace
        sent = state.read_bytes() if state.exists() else b""
        if sent != seen and (workers := children(runtime)):
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(rng.choice(workers), signal.SIGKILL)
                killed, seen = killed + 1, sent
        time.sleep(0.05)  # between two looks; nothing waits on it
    assert replay.returncode == 0
    return killed


def test_workers_killed_and_the_platform_restarted_while_rows_flow_lose_and_repeat_nothing(story: Story) -> None:
    found = hops(story.reconciled)
    assert story.killed_workers > 0
    assert found["topic"]["lines"] == found["dynamodb"]["lines"] == found["csv"]["lines"] > 2000
    assert found["s3"]["rows"] == found["topic"]["rows"]


def test_what_was_stored_is_found_again_after_down_and_up(story: Story) -> None:
    assert story.after_down == []
    assert {part["name"]: part["state"] for part in story.status["parts"]} == dict.fromkeys(
        {*PARTS, "schedules"}, "running"
    )
    assert story.status["topics"][0]["end_offset"] == hops(story.reconciled)["topic"]["rows"]
    assert [it["order_lines"] for it in story.status["warehouses"]] == [1]
    assert sum(bucket["raw_objects"] for bucket in story.status["buckets"]) >= 1
    assert story.kept_keys


def test_a_second_up_is_refused_while_the_platform_runs(story: Story) -> None:
    said = "tillstream up: a platform runs in this checkout already: `tillstream down` stops it\n"
    assert story.second_up == (2, said)


def test_nothing_is_left_of_a_killed_supervisor(story: Story) -> None:
    assert (story.after_kill, story.status_after_kill) == ([], 1)


def test_when_a_part_dies_all_stop_and_it_is_named(checkout: Checkout) -> None:
    foreground = checkout.start("up", "--in-memory")
    assert checkout.serves()
    processes = checkout.processes
    next(part for part in checkout.recorded.parts if part.name == "dynamodb").identity.send(signal.SIGKILL)
    said, _ = foreground.communicate(timeout=SECONDS)
    assert foreground.returncode == 1
    assert "tillstream up: dynamodb was killed by SIGKILL" in said
    assert left(processes) == []
    assert checkout.run("status")[0] == 1


def test_a_port_that_is_taken_is_wrong_use_and_leaves_nothing(checkout: Checkout) -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        code, said = checkout.run("up", "--detach", "--api-port", str(server.getsockname()[1]))
    assert code == 2
    assert "choose another `--api-port`" in said
    assert checkout.state.run() is None


def test_ctrl_c_while_it_comes_up_leaves_nothing(checkout: Checkout) -> None:
    command = checkout.start("up", "--detach")
    assert wait_until(lambda: bool((run := checkout.state.run()) and run.parts), SECONDS)
    processes = [checkout.recorded.supervisor, *(part.identity for part in checkout.recorded.parts)]
    os.killpg(command.pid, signal.SIGINT)
    said, _ = command.communicate(timeout=SECONDS)
    assert command.returncode == 130, said
    assert said.splitlines()[-1] == "tillstream up: stopped by Ctrl-C; nothing is left running"
    assert left(processes) == []
