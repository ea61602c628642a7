"""A month at so many rows a day, from templates of a few resources."""

import json
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from operations.cost.cli import cost
from operations.cost.hour import Resource
from operations.cost.months import months_markdown
from operations.cost.prices import NOTED, read
from operations.cost.traffic import Month, kinesis, month, use
from operations.errors import Refused

PRICES = read()
CHECKOUT = Path(__file__).resolve().parents[3]


def resources(pollers: dict[str, Any] | None = None) -> Iterator[Resource]:
    """The functions, mappings, topic and cluster that rows pass in a stage."""
    for name, memory in {"Ingest": 1024, "RawArchive": 1024, "OrderTables": 1024}.items():
        yield Resource(f"{name}/Default", "AWS::Lambda::Function", {"MemorySize": memory})
    for name, window in {"RawArchive": 60, "OrderTables": 1}.items():
        properties: dict[str, Any] = {"BatchSize": 10_000, "MaximumBatchingWindowInSeconds": window}
        if pollers:
            properties["ProvisionedPollerConfig"] = pollers
        yield Resource(f"{name}/Mapping", "AWS::Lambda::EventSourceMapping", properties)
    yield Resource("OrderLines/Topic", "AWS::MSK::Topic", {"PartitionCount": 6})
    group = {"InstanceType": "kafka.t3.small", "StorageInfo": {"EBSStorageInfo": {"VolumeSize": 20}}}
    yield Resource("Kafka/Cluster", "AWS::MSK::Cluster", {"NumberOfBrokerNodes": 3, "BrokerNodeGroupInfo": group})


STAGE = list(resources())


def test_a_line_is_a_write_and_an_invoice_two_more_of_its_customer_and_two_of_the_ledger_an_object() -> None:
    """A million rows a day for 730 hours; each minute's batch of the archive holds rows of every partition."""
    rows, minutes = 1_000_000 * 730 / 24, 730 * 60
    assert use(STAGE, PRICES, 1_000_000)["dynamodb-writes"] == pytest.approx((rows + rows / 10 + 2 * 6 * minutes) / 1e6)


def test_a_consumer_is_invoked_once_a_window_or_for_each_full_batch() -> None:
    few = use(STAGE, PRICES, 1_000)  # two requests a day, each in a window of its own
    assert few["lambda-calls"] == pytest.approx(3 * 2 * 730 / 24 / 1e6)
    many = use(STAGE, PRICES, 10_000_000_000)  # more than a batch a second
    rows = 10_000_000_000 * 730 / 24
    assert many["lambda-calls"] == pytest.approx((rows / 500 + 2 * rows / 10_000) / 1e6)


def test_ten_times_the_rows_never_cost_less_and_at_most_ten_times_as_much_by_use() -> None:
    for rows in (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        one, ten = (month(STAGE, PRICES, it) for it in (rows, 10 * rows))
        for name, dollars in one.by_use.items():
            assert dollars <= ten.by_use[name] <= dollars * Decimal("10.001"), name
        assert one.fixed == ten.fixed
        assert ten.a_million(PRICES) < one.a_million(PRICES)


@pytest.mark.parametrize("least", [{"MinimumPollers": 1}, {}])
def test_rows_beyond_the_least_of_pollers_are_paid_by_more_units(least: dict[str, int]) -> None:
    stage = list(resources({**least, "MaximumPollers": 20}))
    assert "event-poller-unit" not in use(stage, PRICES, 1_000_000)
    rate = 40_000_000 / 560  # rows a second with which a mapping fills eight pollers
    assert use(stage, PRICES, round(rate * 86_400))["event-poller-unit"] == 3 * 730  # 16 are four units; 2 were one


def test_a_stream_of_kinesis_has_a_shard_for_a_thousand_rows_of_its_busiest_second() -> None:
    assert kinesis(PRICES, 1_000)["kinesis-shard"] == 730
    assert kinesis(PRICES, 86_400_000)["kinesis-shard"] == 3 * 730
    assert kinesis(PRICES, 86_400)["firehose"] == pytest.approx(86_400 * 730 / 24 * 5_120 / 1e9)


def test_with_kinesis_neither_brokers_nor_the_raw_archives_function_are_paid() -> None:
    at = month(STAGE, PRICES, 10_000)
    assert at.fixed > 100
    assert at.with_kinesis < 50


def test_templates_through_which_no_row_passes_are_refused() -> None:
    with pytest.raises(Refused, match="no mapping of RawArchive and OrderTables"):
        month([it for it in STAGE if it.path != "OrderTables/Mapping"], PRICES, 1)


def test_the_page_shows_whole_dollars_and_small_ones_with_cents() -> None:
    at = Month(1_000, Decimal("250.4"), {"logs": Decimal("0.126")}, Decimal("61.5"))
    assert months_markdown([at], PRICES).splitlines() == [
        "| $ a month | 1,000 rows a day |",
        "|---|---:|",
        "| fixed: the idle month | 250 |",
        "| logs | 0.13 |",
        "| **a month in all** | **251** |",
        "| **for a million rows** | **8,236** |",
        "| a month with Kinesis and Firehose in place of Kafka | 62 |",
    ]


def test_the_command_prints_the_months_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        str(at): {"Type": it.type, "Properties": it.properties, "Metadata": {"aws:cdk:path": f"stack/{it.path}"}}
        for at, it in enumerate(STAGE)
    }
    (tmp_path / "stack.template.json").write_text(json.dumps({"Resources": found}))
    assert cost([str(tmp_path), "--rows-per-day", "10", "1000", "--json"]) == 0
    months = json.loads(capsys.readouterr().out)[tmp_path.name]
    assert [it["rows_a_day"] for it in months] == [10, 1000]
    assert cost([str(tmp_path), "--rows-per-day", "1000"]) == 0
    assert "1,000 rows a day" in capsys.readouterr().out


def test_an_assumption_that_the_sizes_on_paper_make_too_is_the_same() -> None:
    ours, theirs = (
        tomllib.loads(path.read_text("utf-8"))["assumed"] for path in (NOTED, CHECKOUT / "benchmarks" / "scale.toml")
    )
    shared = ours.keys() & theirs.keys()
    assert len(shared) > 10
    assert {name: float(ours[name]) for name in shared} == {name: float(theirs[name]) for name in shared}
