"""Apache Kafka, one process that is broker and controller (KRaft), on 127.0.0.1."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from local.errors import LocalError
from local.parts.jars import library, source
from local.parts.java import heap, java
from local.parts.ports import LOOPBACK, answers
from local.processes import PRIVATE, Program, local_environment
from local.state import held

VERSION: Final = "3.9.1"
CLUSTER_ID: Final = "dGlsbHN0cmVhbS1sb2NhbA"
"""22 characters of Base64, as Kafka wants them: `tillstream-local`."""

SETTINGS: Final[Mapping[str, str]] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    # After kill -9 the broker waits for its old session to end. A shorter one would end while the broker lives, where
    # the processor is taken: then the controller fences it, and no topic can be made.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "6000",
    "log.cleaner.dedupe.buffer.size": "2097152",
}
"""Settings shared by the native broker and docker-compose.kafka.yml: all but addresses and folders."""


def properties(port: int, controller_port: int, data: Path) -> dict[str, str]:
    """The whole server.properties of the native broker."""
    return {
        **SETTINGS,
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "log.dirs": str(data),
    }


def program(port: int, controller_port: int, data: Path, configuration: Path, log: Path) -> Program:
    """The broker over the messages in `data`, which is formatted if it is new; `configuration` is a writable folder."""
    if not (data / "meta.properties").exists():
        shutil.copytree(formatted(), data, dirs_exist_ok=True)
    file = write(properties(port, controller_port, data), configuration)
    command = java_command("kafka.Kafka", str(file), heap=heap(32, 512, 2_048))
    return Program("kafka", command, log, lambda: serves(port), port)


def formatted() -> Path:
    """The folder of a new broker's data, made once for these jars: Kafka's storage tool takes 0.6 s of CPU time."""
    folder = library("kafka").with_name("formatted")
    with held(folder.with_suffix(".lock")):
        if not folder.exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            file = write(properties(0, 0, fresh), folder.with_suffix(".configuration"))
            format_storage(
                java_command("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(file), heap="256m")
            )
            fresh.replace(folder)
    return folder


def write(settings: Mapping[str, str], folder: Path) -> Path:
    """The server.properties in the folder, with these settings."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), "utf-8")
    return file


def java_command(main: str, *arguments: str, heap: str) -> tuple[str, ...]:
    """The command that runs a class of Kafka's."""
    logging = (f"-Dlog4j.configuration=file:{source('kafka', 'log4j.properties')}",)
    return java(library("kafka"), main, *arguments, heap=heap, options=logging)


def format_storage(command: tuple[str, ...]) -> None:
    """Run Kafka's storage tool; raises `LocalError` with its output."""
    done = subprocess.run(command, env=local_environment(), capture_output=True, text=True, umask=PRIVATE)
    if done.returncode:
        raise LocalError(f"Kafka could not format its storage: {done.stdout}{done.stderr}".strip())


def serves(port: int) -> bool:
    """Whether the broker is registered: a port that accepts is too early after a crash."""
    if not answers(port):
        return False
    admin = AdminClient({"bootstrap.servers": f"{LOOPBACK}:{port}", "log_level": 0, "socket.timeout.ms": 5000})
    try:
        return bool(admin.list_topics(timeout=5).brokers)
    except KafkaException:
        return False
