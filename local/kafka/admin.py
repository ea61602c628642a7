"""Questions to an existing Kafka cluster: its id, its content, and whether it fits the platform."""

import re
from collections.abc import Iterator, Mapping
from time import monotonic, sleep
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType  # type: ignore[attr-defined]
from confluent_kafka.cimpl import NewTopic

from local.errors import NotPossible
from local.parts.kafka import VERSION
from local.parts.provisioning import laptop_configs
from local.platform import Topic
from local.processes import wait_until

SECONDS: Final = 15
REACH_SECONDS: Final = 6
RELEASE: Final = re.compile(r"(\d+)\.(\d+)")
AT_LEAST: Final = ("retention.ms",)
"""Settings that may be greater in an existing topic than in the template; all others must be equal."""
ALWAYS: Final[Mapping[str, str]] = {"cleanup.policy": "delete"}
"""A setting required beside the template's: a compacted topic keeps one line of an invoice."""
BROKERS_CHOICE: Final = -1
SESSION_SECONDS: Final = 60
"""librdkafka's session time-out is 45 s."""


def client(bootstrap_servers: str) -> AdminClient:
    """An admin client that prints no connection errors."""
    return AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0, "socket.timeout.ms": 5_000})


def reason(error: KafkaException) -> str:
    """The error in librdkafka's words."""
    return str(error.args[0].str())


def broker_settings(admin: AdminClient, brokers: Mapping[int, Any]) -> Mapping[str, Any]:
    """The settings of one broker, asked at its advertised address; raises `NotPossible` if that is silent."""
    number, broker = next(iter(brokers.items()))
    resource = ConfigResource(ResourceType.BROKER, str(number))
    try:
        settings: Mapping[str, Any] = admin.describe_configs([resource], request_timeout=SECONDS)[resource].result()
    except KafkaException as error:
        if error.args[0].code() in (KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED):
            return {}
        raise NotPossible(
            f"the Kafka calls itself {broker.host}:{broker.port}, which does not answer from here "
            f"(its advertised.listeners): {reason(error)}"
        ) from error
    return settings


def check_version(bootstrap_servers: str, settings: Mapping[str, Any]) -> None:
    """Raise `NotPossible` for a Kafka older than the deployed version; one that reports no version passes.

    A broker's `inter.broker.protocol.version` defaults to its own release (3.9-IV0), in KRaft too; Kafka 4 dropped it.
    """
    release = settings.get("inter.broker.protocol.version")
    match = RELEASE.match(release.value or "") if release else None
    ours = RELEASE.match(VERSION)
    if match and ours and tuple(map(int, match.groups())) < tuple(map(int, ours.groups())):
        raise NotPossible(
            f"the Kafka at {bootstrap_servers} is {match[0]}, and the platform's is {VERSION}: use {ours[0]} or newer"
        )


def topic_ids(admin: AdminClient, names: list[str]) -> dict[str, str]:
    """The id of each of these topics that exists: a topic that is created again has another id."""
    ids = {}
    for name, future in admin.describe_topics(TopicCollection(names), request_timeout=SECONDS).items():
        try:
            ids[name] = str(future.result().topic_id)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise
    return ids


def found(admin: AdminClient, name: str) -> tuple[int, dict[str, str]]:
    """The number of a topic's partitions, and its settings."""
    partitions = len(admin.list_topics(name, SECONDS).topics[name].partitions)
    resource = ConfigResource(ResourceType.TOPIC, name)
    described = admin.describe_configs([resource], request_timeout=SECONDS)[resource].result()
    return partitions, {setting: entry.value or "" for setting, entry in described.items()}


def config_drift(topic: Topic, partitions: int, settings: Mapping[str, str]) -> Iterator[str]:
    """The config drift of a topic: each setting that differs from the template's, in words.

    >>> topic = Topic("t", 6, {"retention.ms": "100"})
    >>> list(config_drift(topic, 3, {"retention.ms": "-1", "cleanup.policy": "compact"}))
    ['it has 3 partitions, not 6', 'cleanup.policy is compact, not delete']
    """
    if partitions != topic.partitions:
        yield f"it has {partitions} partitions, not {topic.partitions}"
    for name, wanted in {**laptop_configs(topic), **ALWAYS}.items():
        value = settings.get(name, "unknown")
        if name in AT_LEAST and value.lstrip("-").isdigit() and (value == "-1" or int(value) >= int(wanted)):
            continue
        if value != wanted:
            yield f"{name} is {value}, not {wanted}"


def create(admin: AdminClient, topic: Topic) -> str:
    """Create the topic with the cluster's default number of replicas; returns its id."""
    new = NewTopic(topic.name, topic.partitions, BROKERS_CHOICE, config=laptop_configs(topic))
    admin.create_topics([new], operation_timeout=SECONDS, request_timeout=SECONDS)[topic.name].result()
    # the broker that we ask may hear of the topic a moment after the controller has made it
    wait_until(lambda: topic.name in topic_ids(admin, [topic.name]), SECONDS)
    return topic_ids(admin, [topic.name])[topic.name]


def delete_topic(admin: AdminClient, name: str, id: str) -> None:
    """Delete the topic that has this id."""
    admin.delete_topics([name], operation_timeout=SECONDS, request_timeout=SECONDS)[name].result()
    # here too the broker may follow a moment later: the next `up` would take the topic for somebody else's
    wait_until(lambda: topic_ids(admin, [name]).get(name) != id, SECONDS)


def delete_group(admin: AdminClient, group: str) -> bool:
    """Delete a consumer group; false if there is none.

    Our pollers are static members, which leave a group only when their session ends: until then it is not empty. The
    request goes to the group's coordinator: should the broker die just then, librdkafka may abort the process (see
    `stores.kafka.census`). `tillstream reset` remembers the group until it is deleted, and can be said again.
    """
    deadline = monotonic() + SESSION_SECONDS
    while True:
        try:
            admin.delete_consumer_groups([group], request_timeout=SECONDS)[group].result()
        except KafkaException as error:
            if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                return False
            if error.args[0].code() != KafkaError.NON_EMPTY_GROUP or monotonic() > deadline:
                raise
            sleep(1)
        else:
            return True
