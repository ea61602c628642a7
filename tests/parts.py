"""Real servers for tests: the first test that asks starts them, and they end with the tests.

They are on free ports, with data under pytest's temporary folder, and shared by all tests, those of other workers of
pytest-xdist too: give topics, tables, buckets and groups names of your own. Tests that use them are marked
`@pytest.mark.parts`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_SH, flock
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from filelock import FileLock

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


@contextmanager
def shared(file: Path, start: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The address of the server that `start` runs, which all processes that name this file use until the block ends.

    The first one starts it, and writes its address into the file; it ends it once no other uses it.
    """
    with file.with_suffix(".users").open("w") as users, ExitStack() as server:
        flock(users, LOCK_SH)
        with FileLock(file.with_suffix(".lock")):
            starts = not file.exists()
            if starts:
                file.write_text(server.enter_context(start()))
        yield file.read_text()
        if starts:
            # granted when all others have ended; who comes then waits for the end, and starts a server anew
            flock(users, LOCK_EX)
            file.unlink()
            server.close()


@pytest.fixture(scope="session")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the shared servers' addresses."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def kafka(parts_folder: Path, addresses: Path) -> Iterator[str]:
    """The bootstrap servers of a real Kafka."""

    @contextmanager
    def start() -> Iterator[str]:
        with running_kafka(parts_folder / "kafka") as (servers, _):
            yield servers

    with shared(addresses / "kafka", start) as servers:
        yield servers


@pytest.fixture(scope="session")
def dynamodb(parts_folder: Path, addresses: Path) -> Iterator[str]:
    """The endpoint of a DynamoDB Local in memory, without tables; it accepts any keys."""
    with shared(
        addresses / "dynamodb",
        lambda: serving(lambda port: dynamodb_part.program(port, None, parts_folder / "dynamodb" / "log")),
    ) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def s3(parts_folder: Path, addresses: Path) -> Iterator[S3]:
    """An S3Proxy without buckets; it refuses other keys than its own."""
    folder, keys = parts_folder / "s3", {"access_key_id": "TESTKEY", "secret_access_key": "test-secret"}
    with shared(
        addresses / "s3",
        lambda: serving(lambda port: s3_part.program(port, folder / "data", folder, folder / "log", **keys)),
    ) as endpoint:
        yield S3(endpoint, **keys)


@contextmanager
def serving(program: Callable[[int], Program]) -> Iterator[str]:
    """The endpoint of the program, which is given a free port, until the block ends."""
    port = free_port()
    with running(program(port)):
        yield f"http://{LOOPBACK}:{port}"
