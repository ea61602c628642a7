"""This checkout does no harm to the data of the recorded version when it is deployed, and harm is seen."""

from collections.abc import Sequence
from typing import Any

import pytest

from infra.checks.changes import CHANGES, changed, found
from infra.checks.updates import NAMES, Effect, Version, create_only, effects, recorded, version
from infra.stages import DEPLOYED
from tests.infra.conftest import read

FIXED = {
    "AWS::DynamoDB::Table": ("TableName", "KeySchema"),
    "AWS::EC2::Subnet": ("AvailabilityZone", "CidrBlock"),
    "AWS::MSK::Cluster": ("ClusterName", "BrokerNodeGroupInfo/ClientSubnets"),
    "AWS::MSK::Topic": ("ClusterArn", "TopicName", "ReplicationFactor"),
}
"""The properties of some types that only a replacement changes, as `create_only` gives them; it takes seconds."""


def fixed(type: str) -> tuple[str, ...]:
    return FIXED.get(type, ())


def a_version(**resources: Any) -> Version:
    return Version(resources, {})


def a_resource(type: str, deletion: str = "RetainExceptOnCreate", **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": properties, "DeletionPolicy": deletion, "UpdateReplacePolicy": "Retain"}


def of_prod(title: str) -> list[str]:
    [change] = [it for it in CHANGES if it.title == title]
    return found(change, recorded("prod"), fixed)


@pytest.mark.parts
@pytest.mark.parametrize("stage", [it.name for it in DEPLOYED])
def test_deploying_this_checkout_over_the_recorded_version_does_no_harm(stage: str) -> None:
    now = version(read(stage).folder)
    assert list(map(str, effects(recorded(stage), now, create_only))) == []
    assert {it["Type"] for it in now.resources.values()} >= NAMES.keys()
    assert len(now.exports) > 10


@pytest.mark.parts
def test_the_schemas_say_what_these_tests_take_for_fixed() -> None:
    for type, paths in FIXED.items():
        assert set(paths) <= set(create_only(type)), type


@pytest.mark.parametrize(
    ("title", "harm"),
    [
        ("more partitions of the topic", []),
        ("fewer partitions", ["OrderLinesTopic: a topic never gets fewer partitions"]),
        ("retention of the topic", []),
        ("type of broker", []),
        ("storage of the brokers, more", []),
        ("storage of the brokers, less", ["KafkaCluster: brokers' storage only grows"]),
        (
            "type and storage of brokers together",
            ["KafkaCluster: MSK changes one thing at a time, not the type of broker and the brokers' storage"],
        ),
        (
            "name or replicas of the topic",
            [
                "OrderLinesTopic: collides: the old one keeps the name order-lines",
                "OrderLinesTopic: is replaced: ReplicationFactor cannot be changed in place",
            ],
        ),
        (
            "the local index of Customers",
            ["Customers: a local index exists from a table's creation on; it cannot be added, changed or removed"],
        ),
    ],
)
def test_a_likely_change_does_what_the_page_says(title: str, harm: Sequence[str]) -> None:
    assert of_prod(title) == harm


def test_new_zones_replace_the_cluster_its_topic_and_what_the_other_stack_imports() -> None:
    seen = " ".join(of_prod("zones"))
    for words in (
        "KafkaCluster: collides: the old one keeps the name tillstream-prod",
        "KafkaCluster: is replaced: its BrokerNodeGroupInfo/ClientSubnets refers to",
        "OrderLinesTopic: is replaced: its ClusterArn refers to",
        "an export: cannot be changed: the other stack still imports this export",
    ):
        assert words in seen


def test_a_logical_id_that_changes_is_a_deletion_and_a_collision() -> None:
    table = a_resource("AWS::DynamoDB::Table", TableName="orders")
    assert effects(a_version(Orders=table), a_version(Other=table), fixed) == [
        Effect("Orders", "is deleted from the stack; what it holds remains, unmanaged"),
        Effect("Other", "collides: the old one keeps the name orders"),
    ]


def test_a_table_that_gets_another_key_is_replaced() -> None:
    before = a_version(Orders=a_resource("AWS::DynamoDB::Table", KeySchema=["a"]))
    now = a_version(Orders=a_resource("AWS::DynamoDB::Table", KeySchema=["b"]))
    assert effects(before, now, fixed) == [Effect("Orders", "is replaced: KeySchema cannot be changed in place")]


def test_what_is_no_longer_retained_is_named() -> None:
    bucket = a_resource("AWS::S3::Bucket")
    assert effects(a_version(Lake=bucket), a_version(Lake={**bucket, "DeletionPolicy": "Delete"}), fixed) == [
        Effect("Lake", "is not retained: its data would go with it")
    ]


def test_an_export_that_is_imported_neither_goes_nor_changes() -> None:
    resources = {"Lake": a_resource("AWS::S3::Bucket")}
    before = Version(resources, {"data:Lake": {"Ref": "Lake"}, "data:Key": "a"})
    assert effects(before, Version(resources, {"data:Key": "b"}), fixed) == [
        Effect("data:Lake", "cannot be deleted: the other stack still imports this export"),
        Effect("data:Key", "cannot be changed: the other stack still imports this export"),
    ]


def test_an_edit_leaves_the_version_that_it_was_made_from_as_it_was() -> None:
    before = recorded("prod")
    copy = repr(before)
    for change in CHANGES:
        changed(before, change.edit)
    assert repr(before) == copy
