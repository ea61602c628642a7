"""Functions and mappings of a template, as the laptop runs them or refuses them."""

from typing import Any

import pytest

from local.cloudformation import reader, synthesis
from local.errors import BrokenAssembly, UnsupportedProperty
from local.event_source.feed import pollers
from local.platform import OnError, Pollers
from tests.local.cloudformation.conftest import KAFKA, URL, App, attribute, ref

DESTINATION = {"OnFailure": {"Destination": "arn:aws:s3:::lake"}}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({}, OnError()),
        ({"BisectBatchOnFunctionError": True}, OnError(bisects=True)),
        ({"MaximumRetryAttempts": 0}, OnError(most_retries=0)),
        ({"MaximumRetryAttempts": -1, "MaximumRecordAgeInSeconds": -1}, OnError()),
        ({"MaximumRecordAgeInSeconds": 60}, OnError(max_age_seconds=60)),
        ({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, OnError(partial_answers=True)),
        # "both infinite retries and an on-failure destination … a maximum of 10 retry attempts"
        ({"DestinationConfig": DESTINATION}, OnError(most_retries=10, bucket="lake")),
        ({"DestinationConfig": DESTINATION, "MaximumRetryAttempts": -1}, OnError(most_retries=10, bucket="lake")),
        ({"DestinationConfig": DESTINATION, "MaximumRetryAttempts": 12}, OnError(most_retries=12, bucket="lake")),
    ],
)
def test_what_a_mapping_does_with_a_batch_that_fails_is_read(app: App, written: dict[str, Any], read: OnError) -> None:
    app.resource("Feed").update(written, ProvisionedPollerConfig={})
    [mapping] = app.load().mappings
    assert mapping.on_error == read


# kafka-scaling-modes.html: by default at least 1 poller and at most 200
@pytest.mark.parametrize(
    ("written", "partitions", "running"),
    [
        (None, 1, 2),
        ({}, 6, 2),
        ({}, 1, 1),
        ({"MinimumPollers": 4}, 6, 4),
        ({"MinimumPollers": 4, "MaximumPollers": 8}, 3, 3),
        ({"MaximumPollers": 1}, 6, 1),
        ({"MinimumPollers": 3}, None, 3),
    ],
)
def test_provisioned_pollers_run_in_their_number_and_never_more_than_partitions(
    app: App, written: dict[str, Any] | None, partitions: int | None, running: int
) -> None:
    if written is not None:
        app.resource("Feed")["ProvisionedPollerConfig"] = written
    [mapping] = app.load().mappings
    assert pollers(mapping, partitions) == running


def test_a_mapping_starts_where_it_says(app: App) -> None:
    app.resource("Feed").update(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1291190400)
    [mapping] = app.load().mappings
    assert (mapping.starting_position, mapping.starting_timestamp) == ("AT_TIMESTAMP", 1291190400)


def test_the_filters_of_a_mapping_are_read(app: App) -> None:
    pattern = '{"value":{"Country":["France"]}}'
    app.resource("Feed")["FilterCriteria"] = {"Filters": [{"Pattern": pattern}]}
    [mapping] = app.load().mappings
    assert mapping.filters == (pattern,)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (
            {"BisectBatchOnFunctionError": True},
            "asks for BisectBatchOnFunctionError, which needs ProvisionedPollerConfig",
        ),
        ({"MaximumRetryAttempts": 0}, "asks for MaximumRetryAttempts, which needs ProvisionedPollerConfig"),
        ({"MaximumRecordAgeInSeconds": 60}, "asks for MaximumRecordAgeInSeconds, which needs"),
        ({"FunctionResponseTypes": ["ReportBatchItemFailures"]}, "asks for FunctionResponseTypes, which needs"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "kafka://t"}}}, "gives batches up to kafka://t;"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp belongs to AT_TIMESTAMP"),
        ({"StartingPositionTimestamp": 1}, "StartingPositionTimestamp belongs to AT_TIMESTAMP"),
        ({"StartingPosition": "YESTERDAY"}, "starts at YESTERDAY"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"key":["1"]}'}]}}, "a filter of Kafka may name `value` only"),
        (
            {"ProvisionedPollerConfig": {"PollerColour": "red"}},
            "asks for PollerColour in ProvisionedPollerConfig",
        ),
        ({"AmazonManagedKafkaEventSourceConfig": {"ConsumptionMode": "Queue"}}, "asks for ConsumptionMode in Amazon"),
        ({"DestinationConfig": {"OnSuccess": {"Destination": ""}}}, "asks for OnSuccess in DestinationConfig"),
        ({"TumblingWindowInSeconds": 5}, "asks for TumblingWindowInSeconds, which the laptop cannot do"),
    ],
)
def test_a_mapping_that_asks_for_what_the_event_source_cannot_do_is_refused(
    app: App, written: dict[str, Any], says: str
) -> None:
    app.resource("Feed").update(written)
    with pytest.raises(UnsupportedProperty, match=rf"shop: Feed \(AWS::Lambda::EventSourceMapping\).*{says}"):
        app.load()


def test_an_asset_without_a_twin_for_this_machine_is_refused(app: App) -> None:
    app.host.rmdir()
    with pytest.raises(BrokenAssembly, match="no twin for this machine beside it: run `python -m infra.packaging`"):
        app.load()


@pytest.mark.parts
def test_prod_is_read_with_its_pollers_and_with_what_it_does_with_a_batch_that_fails() -> None:
    platform = reader.load(synthesis.assembly("prod"), kafka=KAFKA, api_url=URL)
    [bucket] = platform.buckets
    assert {mapping.group: (mapping.pollers, mapping.on_error) for mapping in platform.mappings} == {
        "tillstream-prod-order-tables": (Pollers(1, 4), OnError(bisects=True, most_retries=5, bucket=bucket.name)),
        "tillstream-prod-raw-archive": (Pollers(1, 4), OnError()),
    }


def test_a_function_is_referred_to_by_its_name_and_its_arn(app: App) -> None:
    assert app.reference(ref("Ingest"), "shop") == "ingest"
    assert app.reference(attribute("Ingest", "Arn"), "shop") == "arn:aws:lambda:us-east-1:000000000000:function:ingest"


def test_where_a_template_is_silent_lambdas_own_defaults_hold(app: App) -> None:
    for name in ("Timeout", "Environment"):
        del app.resource("Ingest")[name]
    for name in ("MaximumBatchingWindowInSeconds", "AmazonManagedKafkaEventSourceConfig"):
        del app.resource("Feed")[name]
    platform = app.load()
    [function], [mapping] = platform.functions, platform.mappings
    assert (function.timeout_seconds, function.memory_mb, function.environment) == (3, 128, {})
    assert (mapping.batch_size, mapping.window_seconds, mapping.group) == (100, 0.5, "shop-feed")
