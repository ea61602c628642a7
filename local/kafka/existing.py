"""An existing Kafka that somebody else runs: checked before it is used, and left as it was found.

What this checkout makes there, the topic (by its id) and the consumer groups, is remembered in `foreign.json` by
cluster. `reset` deletes that and nothing else; `down` deletes nothing. A topic that was there before is used where
its settings fit, and never deleted; a group that was there before belongs to another platform, and is refused.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from local.config import RunConfig
from local.errors import NotPossible, StartFailed
from local.kafka.admin import (
    REACH_SECONDS,
    SECONDS,
    broker_settings,
    check_version,
    client,
    config_drift,
    create,
    delete_group,
    delete_topic,
    found,
    reason,
    topic_ids,
)
from local.memory import Memory
from local.parts.programs import Ports, store_programs
from local.platform import Topic
from local.state import State
from local.supervisor import Supervisor


class Made(msgspec.Struct):
    """The topic and groups that this checkout created on one cluster."""

    bootstrap_servers: str
    stage: str
    topics: dict[str, str] = {}
    groups: list[str] = []


@dataclass(frozen=True, slots=True)
class ExistingKafka:
    """An existing cluster at an address, identified by the id that it reports."""

    bootstrap_servers: str
    cluster: str

    @classmethod
    def reached(cls, bootstrap_servers: str) -> "ExistingKafka":
        """The cluster at this address; raises `NotPossible` if none answers in clear text, or it is too old."""
        admin = client(bootstrap_servers)
        try:
            metadata = admin.list_topics(timeout=REACH_SECONDS)
        except KafkaException as error:
            raise NotPossible(
                f"no Kafka answers at {bootstrap_servers} in clear text (PLAINTEXT, without a login): {reason(error)}"
            ) from error
        check_version(bootstrap_servers, broker_settings(admin, metadata.brokers))
        return cls(bootstrap_servers, str(metadata.cluster_id))

    @property
    def place(self) -> str:
        """The folder of the data that belongs to this cluster; an id has letters, digits, dashes, underscores."""
        return "at-" + re.sub(r"[^\w-]", "_", self.cluster)

    @property
    def started(self) -> str:
        """The stores alone: Kafka runs already."""
        return f"DynamoDB Local and S3Proxy beside the Kafka at {self.bootstrap_servers}"

    def address(self, ports: Ports) -> str:
        """The existing cluster's address, whatever our ports are."""
        return self.bootstrap_servers

    def start(self, config: RunConfig, ports: Ports, supervisor: Supervisor, state: State, data: Path) -> None:
        """Create the missing topics, or refuse unfit ones; then start the stores."""
        self.adopt(config, state)
        supervisor.start(store_programs(ports, state, data, False, config.role_keys))

    def adopt(self, config: RunConfig, state: State) -> None:
        """Check the cluster, create missing topics, and record them; raises `NotPossible` naming each config drift."""
        admin = client(self.bootstrap_servers)
        kept = memory(state).entries()
        made = kept.get(self.cluster, Made(self.bootstrap_servers, config.platform.stage))
        if made.stage != config.platform.stage:
            raise NotPossible(
                f"the stage {made.stage} of this checkout has its topic at {self.bootstrap_servers}, which stage "
                f"{config.platform.stage} would share: `tillstream reset` gives it back, or use another Kafka"
            )
        made.bootstrap_servers = self.bootstrap_servers
        groups = [mapping.group for mapping in config.platform.mappings]
        try:
            self._check_groups(admin, groups, made)
            there = topic_ids(admin, [topic.name for topic in config.platform.topics])
            made.topics = {name: id for name, id in made.topics.items() if there.get(name, id) == id}
            for topic in config.platform.topics:
                if topic.name in there:
                    self._check_topic(admin, topic)
                else:
                    made.topics[topic.name] = create(admin, topic)
                    memory(state).put(self.cluster, made)
        except KafkaException as error:
            raise StartFailed(f"the Kafka at {self.bootstrap_servers} refused: {reason(error)}") from error
        made.groups = sorted({*made.groups, *groups})
        memory(state).put(self.cluster, made)

    def _check_groups(self, admin: AdminClient, groups: list[str], made: Made) -> None:
        """Raise `NotPossible` if the cluster has one of our groups and this checkout did not create it."""
        listed = admin.list_consumer_groups(request_timeout=SECONDS).result()
        if listed.errors:
            raise listed.errors[0]
        there = {group.group_id for group in listed.valid}
        for group in groups:
            if group in there and group not in made.groups:
                raise NotPossible(
                    f"the Kafka at {self.bootstrap_servers} has a consumer group {group} that this checkout did not "
                    "make: another platform uses it; stop that one and delete the group there, or use another Kafka"
                )

    def _check_topic(self, admin: AdminClient, topic: Topic) -> None:
        """Raise `NotPossible` with every setting that does not fit."""
        wrong = list(config_drift(topic, *found(admin, topic.name)))
        if wrong:
            raise NotPossible(
                f"the Kafka at {self.bootstrap_servers} has a topic {topic.name} already, and it does not fit: "
                f"{'; '.join(wrong)}. It is left as it is: change its settings, or use another Kafka"
            )


def give_back(state: State) -> list[str]:
    """Delete on every cluster what this checkout created; a line a cluster says what was done, or why not.

    A cluster that does not answer stays remembered, for the next time.
    """
    said = []
    for cluster, made in memory(state).entries().items():
        try:
            deleted = delete(client(made.bootstrap_servers), cluster, made)
        except KafkaException as error:
            said.append(f"what was made at {made.bootstrap_servers} stays there, since Kafka refused: {reason(error)}")
            continue
        memory(state).forget(cluster)
        said.append(f"deleted at {made.bootstrap_servers}: {', '.join(deleted) or 'nothing, all was gone already'}")
    return said


def delete(admin: AdminClient, cluster: str, made: Made) -> list[str]:
    """Delete the topics that still have the recorded ids, and the groups; returns their names."""
    if str(admin.list_topics(timeout=REACH_SECONDS).cluster_id) != cluster:
        return []  # another cluster has come to this address, and the one that we knew is gone
    there = topic_ids(admin, list(made.topics)) if made.topics else {}
    ours = [name for name, id in made.topics.items() if there.get(name) == id]
    deleted = [f"group {group}" for group in made.groups if delete_group(admin, group)]
    for name in ours:
        delete_topic(admin, name, made.topics[name])
        deleted.append(f"topic {name}")
    return deleted


def memory(state: State) -> Memory[Made]:
    """The topics and groups that this checkout created, by cluster id; the file's name is older than its words."""
    return Memory(state.root / "foreign.json", Made)
