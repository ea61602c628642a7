"""A killed start, a disk that fills up and two who stop at once, on one real platform: nothing left, nothing lost."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest
from confluent_kafka import KafkaError, Message, Producer

from local.errors import DISK_FULL
from local.processes import wait_until
from stores.target import Target
from tests.local.lambda_runtime.test_failures import small_disk
from tests.local.test_cli_platform import SECONDS, Checkout, left

pytestmark = pytest.mark.parts


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A state directory on a disk of its own, as small as the platform takes."""
    with small_disk(tmp_path / "home", "160m") as home:
        checkout = Checkout(home)
        try:
            yield checkout
        finally:
            checkout.run("down")


def acknowledged(target: Target) -> int:
    """Send three messages, each longer than a page of memory, which a full disk may have left; how many were taken."""
    heard = []

    def note(error: KafkaError | None, message: Message) -> None:
        heard.append(error is None)

    producer = Producer({"bootstrap.servers": target.bootstrap_servers, "log_level": 0, "message.timeout.ms": 2_000})
    for number in range(3):
        producer.produce(target.topic, bytes(8192), partition=number, on_delivery=note)
    producer.flush(5)
    return sum(heard)


def fill(file: Path) -> None:
    """Take all that the disk has left."""
    with suppress(OSError), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(64 * 1024))


@pytest.mark.scale
def test_a_killed_start_a_full_disk_and_two_downs_leave_nothing_and_lose_nothing(checkout: Checkout) -> None:
    killed = checkout.start("up")
    assert wait_until(lambda: bool((run := checkout.state.run()) and run.parts), SECONDS)
    processes = checkout.processes
    checkout.recorded.supervisor.send(signal.SIGKILL)
    killed.communicate(timeout=SECONDS)
    assert left(processes) == []

    running = checkout.start("up")
    assert checkout.serves()
    processes = checkout.processes
    target = Target.load(checkout.state.root)
    sent = acknowledged(target)
    assert sent == 3
    watching = checkout.start("status", "--watch")
    assert watching.stdout is not None
    seen = watching.stdout.readline()
    assert re.match(
        r"\d\d:\d\d:\d\d deliveries: topic 3, s3 \d \(by its ledger\); lines: dynamodb 0, lake 0, redshift 0; "
        r"behind: ",
        seen,
    ), seen

    fill(checkout.home / "filler")
    deadline = monotonic() + SECONDS
    while running.poll() is None and monotonic() < deadline:
        sent += acknowledged(target)
    said, _ = running.communicate(timeout=SECONDS)
    assert running.returncode == 1, said
    assert DISK_FULL in said
    assert "Traceback" not in said.partition("its log is")[0]
    assert left(processes) == []
    seen, _ = watching.communicate(timeout=SECONDS)
    assert watching.returncode == 1
    ended = r"no platform runs in this checkout.*\nthe last one ended at .* without `tillstream down`: "
    assert re.search(ended, seen), seen

    (checkout.home / "filler").unlink()
    code, said = checkout.run("up", "--detach")
    assert code == 0, said
    processes = checkout.processes
    code, said = checkout.run("status", "--json")
    assert json.loads(said)["deliveries"]["topic"] >= sent
    downs = [checkout.start("down") for _ in range(2)]
    answers = [(down.communicate(timeout=SECONDS)[0], down.returncode) for down in downs]
    assert [code for _, code in answers] == [0, 0], answers
    assert left(processes) == []
