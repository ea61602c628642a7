"""Tells the effects of a deployment on resources that hold data, from two versions of the templates and AWS's schemas.

    for stage in tiny dev prod; do python -m infra.app --stage $stage --output /tmp/stages/$stage; done
    python -m infra.checks.updates /tmp/stages              # what was synthesized against the recorded version
    python -m infra.checks.updates /tmp/stages --record     # what was synthesized becomes the recorded version

CloudFormation's own preview shows some of these as updates in place (a local index), and says nothing of others (two
attributes of one MSK cluster at once). The schemas are those that cfn-lint ships; what they do not say is a rule here.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.stages import DEPLOYED

RECORDED: Final = Path(__file__).parent / "recorded"
"""The templates' resources that hold data, as they were recorded last, a file a stage."""

NAMES: Final[Mapping[str, str]] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Glue::Database": "DatabaseInput/Name",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::MSK::Topic": "TopicName",
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::S3::Bucket": "BucketName",
}
"""The types that hold data, each with the property in which a template may fix its name."""

MSK_OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "the type of broker": ("BrokerNodeGroupInfo/InstanceType",),
    "the brokers' storage": ("BrokerNodeGroupInfo/StorageInfo",),
    "the number of brokers": ("NumberOfBrokerNodes",),
    "the version or the configuration": ("KafkaVersion", "ConfigurationInfo"),
    "security": ("ClientAuthentication", "EncryptionInfo"),
    "monitoring": ("EnhancedMonitoring", "OpenMonitoring", "LoggingInfo"),
    "connectivity": ("BrokerNodeGroupInfo/ConnectivityInfo",),
}
"""The operations of MSK that an update of a cluster is made of: it takes one at a time."""

Resources = Mapping[str, Any]
"""Resources by their logical id, as a template has them."""

CreateOnly = Callable[[str], Sequence[str]]
"""The paths of a type's properties that cannot change without a replacement."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a stage's templates: the resources that hold data with all that they refer to, and the exports.

    `exports` has the value of each export that the other stack imports.
    """

    resources: Resources
    exports: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """A harm that a deployment would do, or an error with which it would end."""

    resource: str
    what: str

    def __str__(self) -> str:
        """The effect as one line."""
        return f"{self.resource}: {self.what}"


def effects(before: Version, now: Version, create_only: CreateOnly) -> list[Effect]:
    """The harm that deploying `now` over `before` would do, in the order of the templates."""
    replaced = replacements(before.resources, now.resources, create_only)
    found = [Effect(it, f"is replaced: {why}") for it, why in replaced.items() if _holds_data(before.resources[it])]
    found += _lost(before.resources, now.resources)
    found += _collisions(before.resources, now.resources, replaced)
    for logical_id, old in before.resources.items():
        new = now.resources.get(logical_id)
        if new is not None and logical_id not in replaced:
            found += [Effect(logical_id, what) for what in _refusals(old, new)]
    found += _exports(before, now, replaced)
    return found


def replacements(before: Resources, now: Resources, create_only: CreateOnly) -> dict[str, str]:
    """The resources that would be replaced, each with the reason; one that refers to a replaced one may be, too."""
    replaced: dict[str, str] = {}
    while True:
        more = {
            logical_id: why
            for logical_id, old in before.items()
            if logical_id not in replaced
            and (new := now.get(logical_id)) is not None
            and (why := _replaced_because(old, new, create_only, replaced))
        }
        if not more:
            return replaced
        replaced |= more


def _replaced_because(old: Any, new: Any, create_only: CreateOnly, replaced: Mapping[str, str]) -> str:
    if old["Type"] != new["Type"]:
        return f"its type was {old['Type']} and is {new['Type']}"
    for path in create_only(old["Type"]):
        was, becomes = (_at(it.get("Properties", {}), path) for it in (old, new))
        if was != becomes:
            return f"{path} cannot be changed in place"
        if referred := sorted(set(references(was)) & replaced.keys()):
            return f"its {path} refers to {referred[0]}, which is replaced"
    return ""


def _lost(before: Resources, now: Resources) -> Iterator[Effect]:
    """Findings about resources that leave the stack, and about those that would not be retained if they did."""
    for logical_id, old in before.items():
        if _holds_data(old) and logical_id not in now:
            yield Effect(logical_id, "is deleted from the stack; what it holds remains, unmanaged")
    for logical_id, new in now.items():
        policies = {new.get("DeletionPolicy"), new.get("UpdateReplacePolicy")}
        if _holds_data(new) and not policies <= {"Retain", "RetainExceptOnCreate"}:
            yield Effect(logical_id, "is not retained: its data would go with it")


def _collisions(before: Resources, now: Resources, replaced: Mapping[str, str]) -> Iterator[Effect]:
    """New resources whose fixed name an old one, which is retained, still has."""
    taken = {(it["Type"], name): logical_id for logical_id, it in before.items() if (name := _name(it))}
    for logical_id, new in now.items():
        name = _name(new)
        owner = taken.get((new["Type"], name)) if name else None
        # a topic of a new cluster stands beside that of the old one
        elsewhere = new["Type"] == "AWS::MSK::Topic" and "ClusterArn" in replaced.get(logical_id, "")
        if owner is not None and (owner != logical_id or (logical_id in replaced and not elsewhere)):
            yield Effect(logical_id, f"collides: the old one keeps the name {name}")


def _refusals(old: Any, new: Any) -> Iterator[str]:
    """Findings about changes that AWS refuses in a resource that stays."""
    was, becomes = old.get("Properties", {}), new.get("Properties", {})
    match old["Type"]:
        case "AWS::DynamoDB::Table":
            if was.get("LocalSecondaryIndexes") != becomes.get("LocalSecondaryIndexes"):
                yield "a local index exists from a table's creation on; it cannot be added, changed or removed"
        case "AWS::MSK::Topic":
            if int(becomes["PartitionCount"]) < int(was["PartitionCount"]):
                yield "a topic never gets fewer partitions"
        case "AWS::MSK::Cluster":
            changed = [
                name
                for name, paths in MSK_OPERATIONS.items()
                if any(_at(was, path) != _at(becomes, path) for path in paths)
            ]
            if len(changed) > 1:
                yield f"MSK changes one thing at a time, not {' and '.join(changed)}"
            if _storage(becomes) < _storage(was):
                yield "brokers' storage only grows"
            if int(becomes["NumberOfBrokerNodes"]) < int(was["NumberOfBrokerNodes"]):
                yield "brokers are removed by hand, after their partitions have moved"


def _exports(before: Version, now: Version, replaced: Mapping[str, str]) -> Iterator[Effect]:
    """Exports that the other stack still uses when this one is updated, as it always is first."""
    for name, value in before.exports.items():
        if name not in now.exports:
            yield Effect(name, "cannot be deleted: the other stack still imports this export")
        elif now.exports[name] != value or set(references(value)) & replaced.keys():
            yield Effect(name, "cannot be changed: the other stack still imports this export")


def references(value: Any) -> Iterator[str]:
    """The logical ids that a value of a template refers to.

    >>> list(references({"Fn::Join": ["", [{"Ref": "Lake"}, {"Fn::GetAtt": ["Key", "Arn"]}]]}))
    ['Lake', 'Key']
    """
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Ref":
                yield str(item)
            elif key == "Fn::GetAtt":
                yield str(item[0] if isinstance(item, list) else item.partition(".")[0])
            else:
                yield from references(item)


def _holds_data(resource: Any) -> bool:
    return resource["Type"] in NAMES


def _name(resource: Any) -> str | None:
    """The name that the template fixes, if it holds data and has one."""
    found = _at(resource.get("Properties", {}), NAMES.get(resource["Type"], ""))
    return found if isinstance(found, str) else None


def _at(properties: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    for part in path.split("/"):
        properties = properties.get(part) if isinstance(properties, Mapping) else None
    return properties


def _storage(properties: Any) -> int:
    return int(_at(properties, "BrokerNodeGroupInfo/StorageInfo/EBSStorageInfo/VolumeSize") or 0)


def create_only(type: str) -> tuple[str, ...]:
    """The properties of a type that CloudFormation's schema says to be fixed at creation, or to be so at times."""
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # seconds of imports

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    paths = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    return tuple(path.removeprefix("/properties/") for path in paths)


def version(folder: Path) -> Version:
    """The version that was synthesized into a folder."""
    templates = [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.template.json"))]
    imported = {name for template in templates for name in imports(template.get("Resources", {}))}
    exports = {
        output["Export"]["Name"]: output["Value"]
        for template in templates
        for output in template.get("Outputs", {}).values()
        if output.get("Export", {}).get("Name") in imported
    }
    kept: dict[str, Any] = {}
    for template in templates:
        wanted = [name for name, it in template["Resources"].items() if _holds_data(it)]
        while wanted:
            name = wanted.pop()
            if name in template["Resources"] and name not in kept:
                kept[name] = _without_metadata(template["Resources"][name])
                wanted += references(kept[name].get("Properties"))
    return Version(dict(sorted(kept.items())), dict(sorted(exports.items())))


def imports(value: Any) -> Iterator[str]:
    """The names of the exports of other stacks that a part of a template imports.

    >>> list(imports([{"Subnet": {"Fn::ImportValue": "data:SubnetId"}}]))
    ['data:SubnetId']
    """
    if isinstance(value, list):
        for item in value:
            yield from imports(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Fn::ImportValue" and isinstance(item, str):
                yield item
            else:
                yield from imports(item)


def _without_metadata(resource: Any) -> dict[str, Any]:
    kept = ("Type", "Properties", "DeletionPolicy", "UpdateReplacePolicy")
    return {name: resource[name] for name in kept if name in resource}


def recorded(stage: str) -> Version:
    """The recorded version of a stage."""
    found = json.loads((RECORDED / f"{stage}.json").read_bytes())
    return Version(found["resources"], found["exports"])


def record(stage: str, now: Version) -> None:
    """Make this version the recorded one."""
    RECORDED.mkdir(exist_ok=True)
    text = json.dumps({"resources": now.resources, "exports": now.exports}, indent=1, sort_keys=True)
    (RECORDED / f"{stage}.json").write_text(text + "\n", "utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Compare or record; the exit code is 1 where a deployment would do harm."""
    parser = argparse.ArgumentParser(prog="python -m infra.checks.updates", description="What would an update do?")
    parser.add_argument("folder", type=Path, help="where each stage was synthesized into a folder of its name")
    parser.add_argument("--record", action="store_true", help="make this version the recorded one")
    options = parser.parse_args(argv)
    harm = False
    for stage in (it.name for it in DEPLOYED):
        now = version(options.folder / stage)
        if options.record:
            record(stage, now)
            continue
        for effect in effects(recorded(stage), now, create_only):
            harm = True
            print(f"{stage}: {effect}")
    return int(harm)


if __name__ == "__main__":
    sys.exit(main())
