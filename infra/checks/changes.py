"""The changes that a team is likely to make to a running stage, with what `infra.checks.updates` finds of each.

python -m infra.checks.changes      # the tables of docs/deploy.md
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.checks.updates import NAMES, Version, create_only, effects, recorded
from infra.stages import PROD

Edit = Callable[[dict[str, Any]], None]
"""Changes the resources of a version, by their logical ids."""

_HASH: Final = re.compile(r"[0-9A-F]{8}$")


@dataclass(frozen=True, slots=True)
class Change:
    """A likely change: its title, the edit that it makes in the templates, and how it is done."""

    title: str
    edit: Edit
    how: str


def of_type(resources: dict[str, Any], type: str) -> dict[str, Any]:
    """The properties of the first resource of this type."""
    return next(it["Properties"] for it in resources.values() if it["Type"] == type)


def _cluster(**changed: Any) -> Edit:
    def edit(resources: dict[str, Any]) -> None:
        of_type(resources, "AWS::MSK::Cluster").update(changed)

    return edit


def _brokers(instance: str | None = None, gigabytes: int | None = None) -> Edit:
    def edit(resources: dict[str, Any]) -> None:
        group = of_type(resources, "AWS::MSK::Cluster")["BrokerNodeGroupInfo"]
        if instance:
            group["InstanceType"] = instance
        if gigabytes:
            group["StorageInfo"] = {"EBSStorageInfo": {"VolumeSize": gigabytes}}

    return edit


def _version_and_type(resources: dict[str, Any]) -> None:
    _brokers(instance="kafka.m7g.xlarge")(resources)
    _cluster(KafkaVersion="4.0.x.kraft")(resources)


def _topic(**changed: Any) -> Edit:
    def edit(resources: dict[str, Any]) -> None:
        of_type(resources, "AWS::MSK::Topic").update(changed)

    return edit


def _zones(resources: dict[str, Any]) -> None:
    for number, subnet in enumerate(it for it in resources.values() if it["Type"] == "AWS::EC2::Subnet"):
        subnet["Properties"]["AvailabilityZone"] = f"us-east-1{'def'[number]}"


def _existing_network(resources: dict[str, Any]) -> None:
    of_type(resources, "AWS::MSK::Cluster")["BrokerNodeGroupInfo"]["ClientSubnets"] = [
        "subnet-1",
        "subnet-2",
        "subnet-3",
    ]


def _without(type: str) -> Edit:
    def edit(resources: dict[str, Any]) -> None:
        del resources[next(name for name, it in resources.items() if it["Type"] == type)]

    return edit


def _local_index(resources: dict[str, Any]) -> None:
    tables = [it["Properties"] for it in resources.values() if it["Type"] == "AWS::DynamoDB::Table"]
    next(it for it in tables if "LocalSecondaryIndexes" in it)["LocalSecondaryIndexes"][0]["IndexName"] = "another"


def _key(resources: dict[str, Any]) -> None:
    of_type(resources, "AWS::DynamoDB::Table")["KeySchema"][0]["AttributeName"] = "Another"


def _moved(resources: dict[str, Any]) -> None:
    """A construct gets another id: its resource another logical id."""
    for name in [name for name, it in resources.items() if it["Type"] == "AWS::MSK::Cluster"]:
        resources["Moved" + name] = resources.pop(name)


CHANGES: Final = (
    Change(
        "more partitions of the topic",
        _topic(PartitionCount=12),
        "`PARTITIONS` in infra/stages.py. Keys move to other partitions: lines of one invoice then stand "
        "in two, which every consumer bears",
    ),
    Change(
        "fewer partitions",
        _topic(PartitionCount=3),
        "not possible: a topic of another name, and a replay",
    ),
    Change(
        "retention of the topic",
        _topic(Configs="cmV0ZW50aW9uLm1zPTEwMDA="),
        "`TOPIC_CONFIGS` in infra/data.py; a shorter one deletes messages at once",
    ),
    Change(
        "name or replicas of the topic",
        _topic(ReplicationFactor=2),
        "replaces it and loses its messages: let the consumers read all of it, deploy, then `tillstream "
        "ledger new-epoch`",
    ),
    Change(
        "type of broker",
        _brokers(instance="kafka.m7g.xlarge"),
        "`broker_type` in infra/stages.py; MSK goes through the brokers one by one, for an hour or so",
    ),
    Change(
        "storage of the brokers, more",
        _brokers(gigabytes=5_000),
        "`broker_storage_gb` in infra/stages.py; MSK then refuses another change of it for six hours",
    ),
    Change(
        "storage of the brokers, less",
        _brokers(gigabytes=1),
        "not possible in place: another cluster, and a replay",
    ),
    Change(
        "type and storage of brokers together",
        _brokers("kafka.m7g.xlarge", 5_000),
        "one deployment for each",
    ),
    Change(
        "Kafka's version, upwards",
        _cluster(KafkaVersion="4.0.x.kraft"),
        "`VERSION` in infra/kafka.py, with the laptop's in local/parts/java/kafka/pom.xml; there is no way back",
    ),
    Change(
        "version and type of broker together",
        _version_and_type,
        "one deployment for each",
    ),
    Change(
        "more brokers",
        _cluster(NumberOfBrokerNodes=6),
        "`brokers` in infra/stages.py, a multiple of the zones; partitions stay where they are until they are moved",
    ),
    Change(
        "fewer brokers",
        _cluster(NumberOfBrokerNodes=2),
        "not by a deployment: move the partitions, then MSK's own call",
    ),
    Change(
        "zones",
        _zones,
        "a new stage beside this one, and its traffic moved: the cluster's subnets are fixed",
    ),
    Change(
        "an existing VPC in place of the stage's own",
        _existing_network,
        "as for zones",
    ),
    Change(
        "an existing cluster in place of the stage's own",
        _without("AWS::MSK::Cluster"),
        "as for zones; the cluster that was there remains, and is paid",
    ),
    Change(
        "the local index of Customers",
        _local_index,
        "a new table beside the old, filled by `load_tables --again --all`, then the old one deleted by hand",
    ),
    Change(
        "the key of a table",
        _key,
        "as for the index",
    ),
    Change(
        "a construct's id or place in the code",
        _moved,
        "not: give it back, or `cdk refactor`, which moves the logical id",
    ),
)
"""Each is tried on the recorded version of prod."""


def changed(before: Version, edit: Edit) -> Version:
    """The version after an edit; a value that it exports of a resource that is gone goes too."""
    resources = copy.deepcopy(dict(before.resources))
    edit(resources)
    gone = before.resources.keys() - resources.keys()
    exports = {name: value for name, value in before.exports.items() if not any(it in repr(value) for it in gone)}
    return Version(resources, exports)


def found(change: Change, before: Version, fixed: Callable[[str], tuple[str, ...]] = create_only) -> list[str]:
    """The effects of a deployment of the change, one line each, with readable names; no line: an update in place."""
    lines = [f"{readable(it.resource)}: {it.what}" for it in effects(before, changed(before, change.edit), fixed)]
    return sorted({_HASH.sub("", line) for line in lines})


def readable(name: str) -> str:
    """A logical id without its hash; an export as such.

    >>> readable("KafkaCluster21A1BE89")
    'KafkaCluster'
    """
    return "an export" if ":" in name else _HASH.sub("", name)


def update_table(before: Version, fixed: Callable[[str], tuple[str, ...]] = create_only) -> Iterator[str]:
    """The table of likely changes, in Markdown."""
    yield "| change | what a deployment does | how |"
    yield "|---|---|---|"
    for change in CHANGES:
        harm = found(change, before, fixed)
        yield f"| {change.title} | {'; '.join(harm) if harm else 'in place'} | {change.how} |"


def stateful_table(before: Version) -> Iterator[str]:
    """The table of the resources that hold data, in Markdown."""
    yield "| resource | type | fixed name | deleted from the stack | a creation that fails |"
    yield "|---|---|---|---|---|"
    for logical_id, it in before.resources.items():
        if it["Type"] in NAMES:
            name = _fixed_name(it)
            kept = {"RetainExceptOnCreate": ("remains", "leaves nothing"), "Retain": ("remains", "leaves it")}
            after, failed = kept.get(it.get("DeletionPolicy", ""), ("**goes**", "leaves nothing"))
            yield f"| {readable(logical_id)} | `{it['Type']}` | {f'`{name}`' if name else '–'} | {after} | {failed} |"


def _fixed_name(resource: Mapping[str, Any]) -> str:
    found: Any = resource.get("Properties", {})
    for part in NAMES[resource["Type"]].split("/"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


if __name__ == "__main__":
    before = recorded(PROD.name)
    print("\n".join([*stateful_table(before), "", *update_table(before)]))
