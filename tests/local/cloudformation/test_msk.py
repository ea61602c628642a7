"""Clusters and topics of a template, for which the Kafka of the run stands."""

import pytest

from local.errors import BrokenAssembly
from local.platform import Topic
from tests.local.cloudformation.conftest import KAFKA, App, attribute, ref


def test_a_topic_is_made_with_its_partitions_and_its_settings_in_clear_text(app: App) -> None:
    assert app.load().topics == (Topic("orders", 2, {"retention.ms": "1000"}),)


def test_a_topic_whose_settings_are_not_base64_is_named(app: App) -> None:
    app.resource("Topic", "shop-data")["Configs"] = "retention.ms=1000"
    with pytest.raises(BrokenAssembly, match="the resource Topic of shop-data is broken: "):
        app.load()


def test_a_cluster_is_referred_to_by_an_arn_that_stays_the_same(app: App) -> None:
    arn = "arn:aws:kafka:us-east-1:000000000000:cluster/shop/d9c72703-fb7e-533a-8299-1e5a2ddcf171-1"
    assert app.reference(ref("Cluster21A1BE89")) == app.reference(attribute("Cluster21A1BE89", "Arn")) == arn


def test_the_custom_resource_answers_with_the_servers_of_the_runs_kafka(app: App) -> None:
    assert app.reference(attribute("Brokers", "Servers"), "shop") == KAFKA.bootstrap_servers
    assert app.reference(attribute("Brokers", "Security"), "shop") == KAFKA.security
