"""A Kafka that runs already: what is refused, what is made there, and what is given back."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from local.config import RunConfig
from local.errors import NotPossible
from local.kafka import existing
from local.kafka.admin import check_version, client, topic_ids
from local.kafka.existing import ExistingKafka
from local.parts.ports import LOOPBACK, free_port
from local.platform import Mapping, Platform, Topic
from local.processes import wait_until
from local.state import State
from stores.target import Target
from tests.brokers import a_broker, a_topic
from tests.local.test_cli_platform import Checkout, left

CONFIGS = {"retention.ms": "604800000", "message.timestamp.type": "LogAppendTime"}


@pytest.fixture
def config(kafka: str, state: State) -> Iterator[RunConfig]:
    """A platform with a topic and a group that no other test has."""
    name = f"test-{uuid4().hex[:8]}"
    mapping = Mapping("Archive", "archive", name, f"{name}-group", 10, 1.0, "TRIM_HORIZON", "arn", True)
    topic = Topic(name, 6, CONFIGS)
    platform = Platform("laptop", "us-east-1", "0", (), (mapping,), (topic,), (), (), (), {})
    yield RunConfig(platform, {}, kafka, "key", "secret", "us-east-1", 1, 2, state.root)
    AdminClient({"bootstrap.servers": kafka}).delete_topics([name], operation_timeout=60, request_timeout=300)


def topic_of(config: RunConfig) -> Topic:
    return config.platform.topics[0]


def group_of(config: RunConfig) -> str:
    return config.platform.mappings[0].group


def made_by_hand(config: RunConfig, partitions: int = 6, **configs: str) -> str:
    """The platform's topic, there before the platform; answers its id."""
    admin, name = client(config.bootstrap_servers), topic_of(config).name
    settings = CONFIGS | {setting.replace("_", "."): value for setting, value in configs.items()}
    admin.create_topics([NewTopic(name, partitions, 1, config=settings)])[name].result(300)
    assert wait_until(lambda: name in topic_ids(admin, [name]), 300)
    return topic_ids(admin, [name])[name]


def committed(config: RunConfig, group: str, topic: str | None = None) -> None:
    """A group with a place in a topic, in the platform's where none is named."""
    consumer = Consumer({"bootstrap.servers": config.bootstrap_servers, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic or topic_of(config).name, 0, 0)], asynchronous=False)
    consumer.close()


@pytest.mark.parts
def test_what_was_made_is_remembered_and_given_back_and_nothing_else(
    config: RunConfig, kafka: str, state: State
) -> None:
    there = ExistingKafka.reached(kafka)
    there.adopt(config, state)
    admin, name = client(kafka), topic_of(config).name
    others = f"{group_of(config)}-of-others"
    committed(config, group_of(config))
    committed(config, others, a_topic(kafka))
    there.adopt(config, state)  # a second run finds its own, and goes on
    [said] = existing.give_back(state)
    assert said == f"deleted at {kafka}: group {group_of(config)}, topic {name}"
    assert topic_ids(admin, [name]) == {}
    assert others in all_groups(config.bootstrap_servers)
    assert group_of(config) not in all_groups(config.bootstrap_servers)
    assert existing.memory(state).entries() == {}
    assert existing.give_back(state) == []


@pytest.mark.parts
def test_a_topic_that_was_there_and_fits_is_used_and_never_deleted(config: RunConfig, kafka: str, state: State) -> None:
    before = made_by_hand(config, retention_ms="-1")
    ExistingKafka.reached(kafka).adopt(config, state)
    assert existing.give_back(state) == [f"deleted at {kafka}: nothing, all was gone already"]
    name = topic_of(config).name
    assert topic_ids(client(kafka), [name]) == {name: before}


@pytest.mark.parts
def test_a_topic_that_was_there_and_does_not_fit_is_refused_with_every_config_drift(
    config: RunConfig, kafka: str, state: State
) -> None:
    made_by_hand(config, 3, message_timestamp_type="CreateTime", cleanup_policy="compact", retention_ms="1000")
    with pytest.raises(NotPossible) as refused:
        ExistingKafka.reached(kafka).adopt(config, state)
    assert (
        "it has 3 partitions, not 6; retention.ms is 1000, not 604800000; "
        "message.timestamp.type is CreateTime, not LogAppendTime; cleanup.policy is compact, not delete."
    ) in str(refused.value)
    assert existing.memory(state).entries() == {}


@pytest.mark.parts
def test_a_topic_made_again_by_others_is_theirs(config: RunConfig, kafka: str, state: State) -> None:
    ExistingKafka.reached(kafka).adopt(config, state)
    admin, name = client(kafka), topic_of(config).name
    admin.delete_topics([name], operation_timeout=60, request_timeout=300)[name].result(300)
    assert wait_until(lambda: name not in topic_ids(admin, [name]), 300)
    theirs = made_by_hand(config)
    existing.give_back(state)
    assert topic_ids(admin, [name]) == {name: theirs}


@pytest.mark.parts
def test_a_group_of_another_platform_is_refused_by_name(config: RunConfig, kafka: str, state: State) -> None:
    made_by_hand(config)
    committed(config, group_of(config))
    with pytest.raises(NotPossible, match=f"has a consumer group {group_of(config)} that this checkout did not make"):
        ExistingKafka.reached(kafka).adopt(config, state)


@pytest.mark.parts
def test_two_stages_of_a_checkout_do_not_share_a_topic(config: RunConfig, kafka: str, state: State) -> None:
    ExistingKafka.reached(kafka).adopt(config, state)
    other = replace(config, platform=replace(config.platform, stage="dev"))
    with pytest.raises(NotPossible, match="the stage laptop of this checkout has its topic at"):
        ExistingKafka.reached(kafka).adopt(other, state)


@pytest.mark.parts
def test_the_cluster_is_told_by_its_id_and_has_data_of_its_own(kafka: str, state: State) -> None:
    there = ExistingKafka.reached(kafka)
    assert there.cluster == str(client(kafka).list_topics(timeout=300).cluster_id)
    data = state.data("laptop", False, there.place)
    assert data != state.data("laptop", False)
    assert data.parent == state.root / "data"


@pytest.mark.parts
def test_a_cluster_that_does_not_answer_stays_remembered(config: RunConfig, kafka: str, state: State) -> None:
    there = ExistingKafka.reached(kafka)
    there.adopt(config, state)
    made = existing.memory(state).entries()[there.cluster]
    made.bootstrap_servers = f"{LOOPBACK}:{free_port()}"
    existing.memory(state).put(there.cluster, made)
    [said] = existing.give_back(state)
    assert "stays there, since Kafka refused" in said
    assert topic_of(config).name in existing.memory(state).entries()[there.cluster].topics


def test_where_no_kafka_answers_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.kafka.existing.REACH_SECONDS", 1)
    address = f"{LOOPBACK}:{free_port()}"
    with pytest.raises(NotPossible, match=f"no Kafka answers at {address} in clear text"):
        ExistingKafka.reached(address)


class Entry:
    def __init__(self, value: str) -> None:
        self.value = value


def test_a_kafka_older_than_the_deployed_one_is_refused() -> None:
    with pytest.raises(NotPossible, match=r"the Kafka at a:1 is 3\.6, and the platform's is 3\.9"):
        check_version("a:1", {"inter.broker.protocol.version": Entry("3.6-IV2")})
    for newer in ("3.9-IV0", "3.10-IV0", "4.1-IV1"):
        check_version("a:1", {"inter.broker.protocol.version": Entry(newer)})
    check_version("a:1", {})


@pytest.mark.parts
def test_the_broker_tells_its_version(kafka: str) -> None:
    from local.kafka.admin import broker_settings

    admin = client(kafka)
    result = broker_settings(admin, admin.list_topics(timeout=300).brokers)
    assert result["inter.broker.protocol.version"].value.startswith("3.9-")


@pytest.mark.parts
def test_messages_in_a_topic_that_fits_are_left_in_it(config: RunConfig, kafka: str, state: State) -> None:
    made_by_hand(config)
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce(topic_of(config).name, b"kept", partition=0)
    assert producer.flush(300) == 0
    ExistingKafka.reached(kafka).adopt(config, state)
    existing.give_back(state)
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "unused"})
    assert consumer.get_watermark_offsets(TopicPartition(topic_of(config).name, 0), timeout=300) == (0, 1)
    consumer.close()


@pytest.mark.parts
@pytest.mark.scale
def test_up_on_a_kafka_that_runs_already_leaves_it_running_and_reset_clears_what_it_made(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout")
    with a_broker(tmp_path / "broker") as broker:
        code, said = checkout.run("up", "--bootstrap", broker.servers, "--detach")
        try:
            assert code == 0, said
            target = Target.load(checkout.state.root)
            assert target.bootstrap_servers == broker.servers
            assert {part.name for part in checkout.recorded.parts} == {
                "dynamodb", "s3", "redshift_data", "permissions", "runtime", "event_source", "pages",
            }  # fmt: skip
            producer = Producer({"bootstrap.servers": broker.servers})
            producer.produce(target.topic, b"no order line", partition=0)
            assert producer.flush(300) == 0
            ours = {target.raw_archive_group, target.order_tables_group}
            assert wait_until(lambda: ours <= all_groups(broker.servers), 300)
            processes = checkout.processes
        finally:
            code, said = checkout.run("down")
        assert code == 0, said
        assert left(processes) == []
        assert not checkout.state.data("laptop", False).exists()
        admin = client(broker.servers)
        assert topic_ids(admin, [target.topic])  # it runs, with all that is in it
        code, said = checkout.run("reset", "--yes")
        assert (code, topic_ids(admin, [target.topic]), all_groups(broker.servers) & ours) == (0, {}, set()), said
        assert f"deleted at {broker.servers}: " in said


def all_groups(servers: str) -> set[str]:
    admin = client(servers)  # destroyed before its answer, it takes the answer with it
    return {group.group_id for group in admin.list_consumer_groups().result(300).valid}
