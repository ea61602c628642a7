"""`tillstream up` and what belongs to it, on the real platform."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from local.processes import Identity, wait_until
from local.state import Run, State
from stores.redshift import warehouse
from stores.target import Target
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


def test_what_was_stored_is_found_again_after_down_and_up(checkout: Checkout) -> None:
    code, said = checkout.run("up", "--detach")
    assert code == 0, said
    target = Target.load(checkout.state.root)
    assert f"Tillstream serves at {target.api_url}" in said
    s3 = target.client("s3")
    s3.put_object(Bucket=target.lake_bucket, Key="raw/x/1", Body=b"1", IfNoneMatch="*")
    made = warehouse.of(target).batch(
        ["CREATE TABLE order_lines (n INTEGER)", "INSERT INTO order_lines VALUES (7)"], "1"
    )
    assert len(made) == 2
    producer = Producer({"bootstrap.servers": target.bootstrap_servers})
    producer.produce(target.topic, b"no order line", partition=0)
    assert producer.flush(20) == 0
    before = checkout.processes
    assert {part.name for part in checkout.recorded.parts} == PARTS

    code, said = checkout.run("up")
    assert (code, said) == (2, "tillstream up: a platform runs in this checkout already: `tillstream down` stops it\n")

    code, said = checkout.run("down")
    assert code == 0, said
    assert "the data is kept" in said
    assert left(before) == []
    assert not (checkout.state.root / "target.json").exists()

    foreground = checkout.start("up", "--schedules")
    assert checkout.serves()
    code, said = checkout.run("status", "--json")
    assert code == 0, said
    answer = json.loads(said)
    assert {part["name"]: part["state"] for part in answer["parts"]} == dict.fromkeys({*PARTS, "schedules"}, "running")
    assert "curate next at 20" in checkout.run("status")[1]
    assert answer["topics"][0]["end_offset"] == 1
    assert [it["order_lines"] for it in answer["warehouses"]] == [1]
    assert sum(bucket["raw_objects"] for bucket in answer["buckets"]) >= 1
    assert Target.load(checkout.state.root).access_key_id == target.access_key_id
    processes = checkout.processes
    os.killpg(foreground.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
    said, _ = foreground.communicate(timeout=SECONDS)
    assert foreground.returncode == 0, said
    assert left(processes) == []


def test_nothing_is_left_of_a_killed_supervisor_and_when_a_part_dies_all_stop_and_it_is_named(
    checkout: Checkout,
) -> None:
    assert checkout.run("up", "--detach", "--in-memory")[0] == 0
    processes = checkout.processes
    checkout.recorded.supervisor.send(signal.SIGKILL)
    assert left(processes) == []
    assert checkout.run("status")[0] == 1

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
