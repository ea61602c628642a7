"""The real parts: they serve, on loopback only, keep their data, and have the settings that the platform counts on."""

import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from local.parts import dynamodb as dynamodb_part
from local.parts import jars
from local.parts import kafka as kafka_part
from local.parts import s3 as s3_part
from local.parts.installation import install
from local.parts.java import ARCHIVE
from local.parts.ports import LOOPBACK, answers, free_port, free_ports, is_free
from local.processes import Identity, Process, Program, await_ready
from tests.brokers import make_topic
from tests.parts import S3

MAVEN = "{http://maven.apache.org/POM/4.0.0}"
KEYS = {"access_key_id": "testkey", "secret_access_key": "test-secret"}
LOOPBACK_ADDRESSES = {"0100007F", "0000000000000000FFFF00000100007F"}
"""127.0.0.1 as /proc/net/tcp and tcp6 write it; Java listens on IPv4 through IPv6 sockets."""


@pytest.mark.parts
def test_kafka_keeps_the_configs_of_a_topic(kafka: str) -> None:
    admin = AdminClient({"bootstrap.servers": kafka})
    configs = {"message.timestamp.type": "LogAppendTime", "retention.ms": "604800000"}
    make_topic(admin, NewTopic("test-parts-configs", 6, 1, config=configs))
    resource = ConfigResource(ResourceType.TOPIC, "test-parts-configs")
    described = admin.describe_configs([resource])[resource].result(300)
    assert {name: described[name].value for name in configs} == configs
    assert len(admin.list_topics("test-parts-configs", 10).topics["test-parts-configs"].partitions) == 6


@pytest.mark.parts
def test_dynamodb_stores_an_item_and_counts_it_at_once(dynamodb: str) -> None:
    client = dynamodb_client(dynamodb)
    create_table(client, "test-parts")
    client.put_item(TableName="test-parts", Item={"K": {"N": "536365"}})
    assert client.get_item(TableName="test-parts", Key={"K": {"N": "536365"}})["Item"] == {"K": {"N": "536365"}}
    assert client.describe_table(TableName="test-parts")["Table"]["ItemCount"] == 1


@pytest.mark.parts
def test_s3_decides_between_two_writers_of_a_key(s3: S3) -> None:
    writer = s3_client(s3.endpoint, s3.access_key_id, s3.secret_access_key)
    writer.create_bucket(Bucket="test-parts")
    writer.put_object(Bucket="test-parts", Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        writer.put_object(Bucket="test-parts", Key="a", Body=b"2", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert writer.get_object(Bucket="test-parts", Key="a")["Body"].read() == b"1"


@pytest.mark.parts
def test_s3_refuses_a_wrong_secret(s3: S3) -> None:
    with pytest.raises(ClientError) as refused:
        s3_client(s3.endpoint, s3.access_key_id, "wrong").list_buckets()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.fixture
def run(parts_folder: Path) -> Iterator[Callable[[Program], Process]]:
    """Starts programs that are stopped at the end of the test."""
    started: list[Process] = []

    def start(program: Program) -> Process:
        started.append(Process(program))
        await_ready(started[-1:])
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.mark.parts
def test_kafka_keeps_messages_and_group_offsets_through_a_kill_and_another_port(
    tmp_path: Path, run: Callable[[Program], Process]
) -> None:
    first, data = kafka_on(tmp_path)
    broker = run(first)
    servers = f"{LOOPBACK}:{first.port}"
    admin = AdminClient({"bootstrap.servers": servers})  # destroyed before its answer, it takes the answer with it
    admin.create_topics([NewTopic("kept", 1, 1)])["kept"].result(300)
    producer = Producer({"bootstrap.servers": servers, "acks": "all"})
    for number in range(3):
        producer.produce("kept", str(number).encode())
    assert producer.flush(300) == 0
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "kept"})
    consumer.commit(offsets=[TopicPartition("kept", 0, 2)], asynchronous=False)
    consumer.close()

    broker.identity.send(signal.SIGKILL)
    broker.stop()
    second, _ = kafka_on(tmp_path)
    run(second)

    again = Consumer({"bootstrap.servers": f"{LOOPBACK}:{second.port}", "group.id": "kept"})
    assert again.committed([TopicPartition("kept", 0)], timeout=300)[0].offset == 2
    assert again.get_watermark_offsets(TopicPartition("kept", 0), timeout=300) == (0, 3)
    again.close()
    assert (data / "meta.properties").is_file()


@pytest.mark.parts
def test_kafka_listens_on_loopback_only(tmp_path: Path, run: Callable[[Program], Process]) -> None:
    assert listening(run(kafka_on(tmp_path)[0]).identity) <= LOOPBACK_ADDRESSES


@pytest.mark.parts
def test_dynamodb_listens_on_loopback_only_and_keeps_items_through_a_kill(
    tmp_path: Path, run: Callable[[Program], Process]
) -> None:
    def server() -> Process:
        return run(dynamodb_part.program(free_port(), tmp_path / "data", tmp_path / "log"))

    first = server()
    assert listening(first.identity) <= LOOPBACK_ADDRESSES
    client = dynamodb_client(f"http://{LOOPBACK}:{first.program.port}")
    create_table(client, "kept")
    client.put_item(TableName="kept", Item={"K": {"N": "1"}})
    first.identity.send(signal.SIGKILL)
    first.stop()
    again = dynamodb_client(f"http://{LOOPBACK}:{server().program.port}")
    assert again.scan(TableName="kept")["Items"] == [{"K": {"N": "1"}}]


@pytest.mark.parts
def test_s3_listens_on_loopback_only_and_keeps_objects_through_a_kill(
    tmp_path: Path, run: Callable[[Program], Process]
) -> None:
    def server() -> Process:
        return run(
            s3_part.program(free_port(), tmp_path / "data", tmp_path / "configuration", tmp_path / "log", **KEYS)
        )

    first = server()
    assert listening(first.identity) <= LOOPBACK_ADDRESSES
    client = s3_client(f"http://{LOOPBACK}:{first.program.port}", *KEYS.values())
    client.create_bucket(Bucket="kept")
    client.put_object(Bucket="kept", Key="raw/a", Body=b"1", Metadata={"count": "3"})
    first.identity.send(signal.SIGKILL)
    first.stop()
    again = s3_client(f"http://{LOOPBACK}:{server().program.port}", *KEYS.values())
    kept = again.get_object(Bucket="kept", Key="raw/a")
    assert (kept["Body"].read(), kept["Metadata"]) == (b"1", {"count": "3"})
    assert (tmp_path / "configuration" / "s3proxy.properties").stat().st_mode & 0o777 == 0o600


def test_the_pom_pins_every_version_and_names_no_repository() -> None:
    poms = [jars.HERE / "pom.xml", *(jars.source(part, "pom.xml") for part in jars.JAVA_PARTS)]
    text = "\n".join(pom.read_text() for pom in poms)
    assert "repositor" not in text.lower()
    assert f"<version>{kafka_part.VERSION}</version>" in text
    dependencies = [it for pom in poms for it in ElementTree.parse(pom).iter(f"{MAVEN}dependency")]
    assert len(dependencies) >= len(jars.JAVA_PARTS)
    for dependency in dependencies:
        # a range, or none at all, would bring whatever is newest
        version = dependency.findtext(f"{MAVEN}version", "")
        assert re.fullmatch(r"[0-9][\w.]*", version), dependency.findtext(f"{MAVEN}artifactId")


@pytest.mark.parts
def test_jars_that_are_here_are_not_fetched_again(parts_folder: Path) -> None:
    said: list[str] = []
    install(said.append)
    assert said == []


@pytest.mark.parts
def test_a_new_brokers_data_is_formatted_without_starting_java(
    tmp_path: Path, parts_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka_part.formatted()
    monkeypatch.setenv("PATH", "")
    _, data = kafka_on(tmp_path)
    assert f"cluster.id={kafka_part.CLUSTER_ID}\n" in (data / "meta.properties").read_text()


@pytest.mark.parts
def test_a_class_archive_that_does_not_fit_does_no_harm(
    tmp_path: Path, parts_folder: Path, run: Callable[[Program], Process]
) -> None:
    program, _ = kafka_on(tmp_path)
    (tmp_path / ARCHIVE).write_bytes(b"of another Java")
    fits = f"-XX:SharedArchiveFile={jars.PARTS / 'kafka' / ARCHIVE}"
    assert fits in program.argv
    unfit = f"-XX:SharedArchiveFile={tmp_path / ARCHIVE}"
    run(replace(program, argv=tuple(unfit if word == fits else word for word in program.argv)))


def test_a_port_in_use_is_not_free(tmp_path: Path) -> None:
    import socket

    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert answers(port)
        assert not is_free(port)
    assert not answers(port)
    assert len(set(free_ports(20))) == 20


def kafka_on(folder: Path) -> tuple[Program, Path]:
    """A broker over `folder`, on ports of its own, and its data folder."""
    port, controller_port = free_ports(2)
    return kafka_part.program(port, controller_port, folder / "data", folder, folder / "log"), folder / "data"


def test_dynamodbs_database_writes_ahead_also_where_an_older_platform_made_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shared-local-instance.db")) as older:
        older.execute("CREATE TABLE t (a)")
    dynamodb_part.program(1, tmp_path, tmp_path / "log")
    with closing(sqlite3.connect(tmp_path / "shared-local-instance.db")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]


def test_what_is_wrong_with_dynamodbs_database_is_left_for_it_to_say(tmp_path: Path) -> None:
    (tmp_path / "shared-local-instance.db").write_bytes(b"no database" * 100)
    dynamodb_part.program(1, tmp_path, tmp_path / "log")
    assert (tmp_path / "shared-local-instance.db").read_bytes() == b"no database" * 100


def dynamodb_client(endpoint: str) -> Any:
    keys: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client("dynamodb", "us-east-1", endpoint_url=endpoint, **keys)


def create_table(client: Any, name: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "K", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "K", "AttributeType": "N"}],
        BillingMode="PAY_PER_REQUEST",
    )


def s3_client(endpoint: str, key: str, secret: str) -> Any:
    once = Config(retries={"total_max_attempts": 1})
    keys: dict[str, Any] = {"aws_access_key_id": key, "aws_secret_access_key": secret}
    return boto3.client("s3", "us-east-1", endpoint_url=endpoint, config=once, **keys)


def listening(process: Identity) -> set[str]:
    """The hexadecimal addresses that a process listens on, read from /proc; never empty."""
    sockets = {str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir() if link.is_symlink()}
    tables = [Path(f"/proc/net/{table}").read_text().splitlines()[1:] for table in ("tcp", "tcp6")]
    rows = [row.split() for table in tables for row in table]
    found = {row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}
    assert found, "it listens on nothing"
    return found
