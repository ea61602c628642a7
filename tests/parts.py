"""Real servers for tests: the first test that asks starts them, and they end with the test process.

Each pytest process (each worker of pytest-xdist) has its own, on free ports, with data under pytest's temporary folder.
They are shared by all its tests: give topics, tables, buckets and groups names of your own. Tests that use them are
marked `@pytest.mark.parts`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.parts import dynamodb as dynamodb_part
from local.parts import kafka as kafka_part
from local.parts import s3 as s3_part
from local.parts.installation import install
from local.parts.ports import LOOPBACK, free_port, free_ports
from local.processes import Process, Program, await_ready


@dataclass(frozen=True, slots=True)
class S3:
    """An S3 server and its only keys."""

    endpoint: str
    access_key_id: str
    secret_access_key: str


@contextmanager
def running(program: Program) -> Iterator[Process]:
    """The program, serving, until the block ends."""
    process = Process(program)
    try:
        await_ready([process])
        yield process
    finally:
        process.stop()


@contextmanager
def running_kafka(folder: Path) -> Iterator[tuple[str, Process]]:
    """A Kafka with its data in `folder`, until the block ends: its bootstrap servers and its process."""
    port, controller_port = free_ports(2)
    servers = f"{LOOPBACK}:{port}"
    with running(kafka_part.program(port, controller_port, folder / "data", folder, folder / "log")) as process:
        deliver(servers)
        yield servers, process


def deliver(servers: str) -> None:
    """Deliver a message to a topic of its own, however long it takes.

    A Kafka serves before it hands out the ids that idempotent producers ask for, and on a busy machine the first takes
    longer than some tests let a delivery take.
    """
    admin = AdminClient({"bootstrap.servers": servers})
    admin.create_topics([NewTopic("first", 1, 1)])["first"].result(300)
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True})
    producer.produce("first", b"")
    assert producer.flush(300) == 0


@pytest.fixture(scope="session")
def parts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the servers' data, once their jars are here."""
    install()
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def kafka(parts_folder: Path) -> Iterator[str]:
    """The bootstrap servers of a real Kafka."""
    with running_kafka(parts_folder / "kafka") as (servers, _):
        yield servers


@pytest.fixture(scope="session")
def dynamodb(parts_folder: Path) -> Iterator[str]:
    """The endpoint of a DynamoDB Local in memory, without tables; it accepts any keys."""
    port = free_port()
    with running(dynamodb_part.program(port, None, parts_folder / "dynamodb" / "log")):
        yield f"http://{LOOPBACK}:{port}"


@pytest.fixture(scope="session")
def s3(parts_folder: Path) -> Iterator[S3]:
    """An S3Proxy without buckets; it refuses other keys than its own."""
    port, folder = free_port(), parts_folder / "s3"
    keys = {"access_key_id": "TESTKEY", "secret_access_key": "test-secret"}
    with running(s3_part.program(port, folder / "data", folder, folder / "log", **keys)):
        yield S3(f"http://{LOOPBACK}:{port}", **keys)
