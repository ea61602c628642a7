"""The census of a topic by clients that live longer than their connections, and than their broker."""

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from confluent_kafka import Consumer

from local.parts import kafka
from local.parts.ports import LOOPBACK, free_ports
from local.processes import Program, wait_until
from stores.kafka.census import TopicCensus
from tests.brokers import a_topic
from tests.faults.broker_proxy import broker_proxy
from tests.faults.platform import advertise
from tests.faults.repeating import repeated
from tests.parts import running
from tests.test_rooms import CHECKOUT, ROOMS, modules

TO_COORDINATORS: Final = (
    "alter_consumer_group_offsets",
    "delete_consumer_groups",
    "describe_consumer_groups",
    "list_consumer_group_offsets",
)
"""The requests of librdkafka's AdminClient to a group's coordinator: each can abort its process."""

ASKING: Final = """
import sys
from stores.kafka.brokers import BrokersSilent
from stores.kafka.census import TopicCensus

census = TopicCensus(sys.argv[2], {"bootstrap.servers": sys.argv[1], "reconnect.backoff.max.ms": 100}, seconds=1)
for _ in sys.stdin:
    try:
        said = (len(census.bounds()), census.newest(), census.committed("a")[0])
        print(*said, *census.members("ab").values(), flush=True)
    except BrokersSilent:
        print("silent", *census.members("ab").values(), flush=True)
"""
"""A program that answers each line with what the census of one topic says."""


def test_only_a_command_that_ends_asks_a_groups_coordinator() -> None:
    found = {
        (str(path.relative_to(CHECKOUT)), name)
        for room in ROOMS
        for path in modules(room)
        for name in TO_COORDINATORS
        if f".{name}(" in path.read_text("utf-8")
    }
    assert found == {("local/kafka/admin.py", "delete_consumer_groups")}


@pytest.mark.parts
def test_a_group_has_as_many_members_as_read_in_it_and_none_where_nobody_does(kafka: str) -> None:
    topic = a_topic(kafka)
    census = TopicCensus(topic, {"bootstrap.servers": kafka}, seconds=30)
    member = Consumer({"bootstrap.servers": kafka, "group.id": f"one-{topic}"})
    try:
        member.subscribe([topic])
        member.poll(0)
        expected = {f"one-{topic}": 1, f"none-{topic}": 0}
        assert wait_until(lambda: member.poll(0.1) is None and census.members(expected) == expected, 300)
    finally:
        member.close()


@pytest.mark.scale
@pytest.mark.parts
def test_kept_clients_stand_connections_that_end_at_any_moment_and_a_broker_that_is_killed(
    parts_folder: Path, tmp_path: Path
) -> None:
    port, controller = free_ports(2)
    with broker_proxy(port) as proxy:

        def broker() -> Program:
            made = kafka.program(port, controller, tmp_path / "data", tmp_path, tmp_path / "log")
            advertise(tmp_path / "server.properties", f"{LOOPBACK}:{port}", proxy.address)
            return made

        with running(broker()) as process:
            call = [sys.executable, "-c", ASKING, proxy.address, a_topic(proxy.address, 2)]
            asking = subprocess.Popen(call, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

            def ask() -> str:
                assert asking.stdin is not None
                assert asking.stdout is not None
                asking.stdin.write("\n")
                asking.stdin.flush()
                return asking.stdout.readline().strip()

            whole = "2 None -1 0 0"
            assert wait_until(lambda: ask() == whole, 300)
            with repeated(proxy.cut, lambda: random.uniform(0.005, 0.08)):
                assert all(ask() for _ in range(150))
            process.identity.send(signal.SIGKILL)
            assert wait_until(lambda: ask() == "silent None None", 300)
        with running(broker()):
            assert wait_until(lambda: ask() == whole, 300)
            assert asking.stdin is not None
            asking.stdin.close()
            assert asking.wait(300) == 0
