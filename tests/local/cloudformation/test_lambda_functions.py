"""Functions and mappings of a template, as the laptop runs them or refuses them."""

from typing import Any

import pytest

from local.cloudformation import reader, synthesis
from local.errors import BrokenAssembly, UnsupportedProperty
from tests.local.cloudformation.conftest import KAFKA, URL, App, attribute, ref


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BisectBatchOnFunctionError", True),
        ("MaximumRetryAttempts", 3),
        ("MaximumRecordAgeInSeconds", 60),
        ("DestinationConfig", {"OnFailure": {"Destination": "arn:aws:s3:::lake"}}),
        ("FunctionResponseTypes", ["ReportBatchItemFailures"]),
        ("FilterCriteria", {"Filters": []}),
    ],
)
def test_a_mapping_that_asks_for_what_the_event_source_cannot_do_is_refused(app: App, name: str, value: Any) -> None:
    app.resource("Feed")[name] = value
    with pytest.raises(UnsupportedProperty, match=rf"shop: Feed \(AWS::Lambda::EventSourceMapping\) asks for {name},"):
        app.load()


def test_an_asset_without_a_twin_for_this_machine_is_refused(app: App) -> None:
    app.host.rmdir()
    with pytest.raises(BrokenAssembly, match="no twin for this machine beside it: run `python -m infra.packaging`"):
        app.load()


@pytest.mark.parts
def test_prod_gives_up_on_a_batch_so_a_laptop_refuses_it_by_name() -> None:
    with pytest.raises(UnsupportedProperty, match="BisectBatchOnFunctionError"):
        reader.load(synthesis.assembly("prod"), kafka=KAFKA, api_url=URL)


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
