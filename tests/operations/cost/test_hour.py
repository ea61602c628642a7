"""The bill of an hour, from templates of a few resources."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from commerce.metrics import METRICS
from operations.cost.cli import cost
from operations.cost.hour import Charge, Resource, bill, by_use
from operations.cost.prices import Price, Prices, read
from operations.cost.resources import BY_USE, FREE, HOURLY, SCHEDULED, is_known
from operations.cost.schedules import starts_a_day, starts_an_hour
from operations.cost.screen import Bill, screen
from operations.errors import Refused

PRICES = read()


def a(type: str, **properties: Any) -> Resource:
    return Resource("Here", type, properties)


def cluster(size: int = 20) -> Resource:
    storage = {"EBSStorageInfo": {"VolumeSize": size}}
    group = {"InstanceType": "kafka.t3.small", "StorageInfo": storage}
    return a("AWS::MSK::Cluster", NumberOfBrokerNodes=3, BrokerNodeGroupInfo=group)


def dollars(*resources: Resource) -> dict[str, Decimal]:
    return {line.price: line.dollars for line in bill(list(resources), PRICES)}


def test_a_cluster_is_its_brokers_and_their_disks() -> None:
    assert dollars(cluster()) == {"kafka.t3.small": Decimal("0.1368"), "msk-storage": 60 * (Decimal("0.10") / 730)}


def test_an_interface_is_paid_a_zone_and_a_gateway_not_at_all() -> None:
    interface = a("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b", "c"])
    assert dollars(interface) == {"interface-endpoint": Decimal("0.03")}
    assert dollars(a("AWS::EC2::VPCEndpoint", VpcEndpointType="Gateway")) == {}


@pytest.mark.parametrize(("least", "units"), [(1, 1), (4, 1), (5, 2)])
def test_pollers_are_paid_in_whole_units_of_four(least: int, units: int) -> None:
    config = {"MinimumPollers": least, "MaximumPollers": 9}
    mapping = a("AWS::Lambda::EventSourceMapping", ProvisionedPollerConfig=config)
    assert dollars(mapping) == {"event-poller-unit": units * Decimal("0.185")}
    assert dollars(a("AWS::Lambda::EventSourceMapping")) == {}


@pytest.mark.parametrize(("groups", "units"), [("aa", [1]), ("ab", [1, 1]), (["a", None], [1, 1]), ("aaaaa", [2])])
def test_mappings_of_one_group_share_their_units(groups: list[str | None], units: list[int]) -> None:
    """Each keeps one poller, and four of them are a unit."""
    mappings = [
        Resource(f"{at}/Mapping", "AWS::Lambda::EventSourceMapping", {"ProvisionedPollerConfig": config})
        for at, group in enumerate(groups)
        for config in [{"MinimumPollers": 1} | ({"PollerGroupName": group} if group else {})]
    ]
    lines = bill(mappings, PRICES)
    assert sorted(line.units for line in lines) == units
    assert sorted(" + ".join(line.path for line in lines).split(" + ")) == [it.path for it in mappings]


def test_what_an_idle_broker_logs_to_cloudwatch_is_paid_by_the_gigabyte() -> None:
    logging = {"LoggingInfo": {"BrokerLogs": {"CloudWatchLogs": {"Enabled": True}}}}
    [line] = [it for it in bill([a(cluster().type, **cluster().properties, **logging)], PRICES) if it.price == "logs"]
    assert (line.units, line.dollars) == (Decimal("0.015"), Decimal("0.0075"))


def started(name: str, **how: Any) -> Resource:
    return a("AWS::Glue::Trigger", Name=f"t-{name}", Actions=[{"JobName": name}], **how)


def test_a_job_is_paid_by_the_schedule_that_starts_it_or_starts_what_it_follows() -> None:
    job = a("AWS::Glue::Job", Name="b", WorkerType="G.1X", NumberOfWorkers=3)
    first = started("a", Schedule="cron(0/30 * * * ? *)")
    then = started("b", Predicate={"Conditions": [{"JobName": "a"}]})
    assert dollars(job, then, first) == {"glue": 3 * 2 * Decimal(2) / 60 * Decimal("0.44"), "metrics": 0}
    assert dollars(job) == {"glue": 0, "metrics": 0}


def test_the_metrics_of_a_job_are_paid_for_the_hours_in_which_it_runs() -> None:
    job = a("AWS::Glue::Job", Name="x-curate", WorkerType="G.1X", NumberOfWorkers=2)
    published = [metric for metric in METRICS if "glue_jobs/curate" in metric.sources]
    hourly = dollars(job, started("x-curate", Schedule="cron(0/30 * * * ? *)"))["metrics"]
    assert hourly == len(published) * (Decimal("0.30") / 730)
    daily = dollars(job, started("x-curate", Schedule="cron(0 3 * * ? *)"))["metrics"]
    assert round(hourly / daily, 9) == 24


def test_the_warehouse_is_paid_by_the_loads_that_wake_it() -> None:
    workgroup = a("AWS::RedshiftServerless::Workgroup", BaseCapacity=8)
    load = started("x-load_warehouse", Schedule="cron(0 * * * ? *)")
    assert dollars(workgroup, load) == {"redshift": 8 * Decimal(1) / 60 * Decimal("0.375")}
    assert dollars(a("AWS::RedshiftServerless::Namespace", ManageAdminPassword=True)) == {
        "secret": Decimal("0.40") / 730
    }


def test_a_type_without_a_price_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"no price is known for AWS::EC2::NatGateway: say in operations/cost"):
        bill([cluster(), a("AWS::EC2::NatGateway")], PRICES)


def test_a_size_of_broker_whose_price_is_not_noted_is_refused_by_name() -> None:
    group = {"InstanceType": "kafka.m7g.16xlarge", "StorageInfo": {"EBSStorageInfo": {"VolumeSize": 1}}}
    with pytest.raises(Refused, match=r"no price is noted for kafka\.m7g\.16xlarge"):
        bill([a("AWS::MSK::Cluster", NumberOfBrokerNodes=3, BrokerNodeGroupInfo=group)], PRICES)


@pytest.mark.parametrize("schedule", ["rate(5 minutes)", "cron(0 8 ? * MON *)", ""])
def test_a_schedule_that_differs_by_day_is_refused(schedule: str) -> None:
    with pytest.raises(Refused, match="cannot count the starts"):
        starts_a_day(schedule)


def test_triggers_that_wait_for_each_other_are_refused() -> None:
    one, other = ({"JobName": name} for name in "ab")
    circle = [
        {"Name": "x", "Predicate": {"Conditions": [one]}, "Actions": [other]},
        {"Name": "y", "Predicate": {"Conditions": [other]}, "Actions": [one]},
    ]
    with pytest.raises(Refused, match=r"triggers that nothing starts: \['x', 'y'\]"):
        starts_an_hour(circle)


def test_what_is_paid_by_use_is_listed_once() -> None:
    tables = [a("AWS::DynamoDB::Table"), a("AWS::DynamoDB::Table"), a("AWS::Logs::LogGroup")]
    assert list(by_use(tables, PRICES)) == [
        "dynamodb-reads", "dynamodb-recovery", "dynamodb-storage", "dynamodb-writes", "logs",
    ]  # fmt: skip


def test_every_price_that_a_type_names_is_noted_with_its_source_and_date() -> None:
    for name in {name for names in BY_USE.values() for name in names}:
        assert isinstance(PRICES.price(name), Price)
    for price in PRICES.prices.values():
        assert price.amount > 0
        assert price.source.startswith("https://aws.amazon.com/")
        assert price.date.year >= 2026


def test_no_type_is_both_free_and_paid() -> None:
    assert FREE.keys() & (HOURLY.keys() | BY_USE.keys() | set(SCHEDULED)) == set()
    assert all(FREE.values())
    assert not is_known("AWS::Nothing::AtAll")


@pytest.fixture
def stage(tmp_path: Path) -> Path:
    it = cluster(200)
    resource = {
        "Type": it.type,
        "Properties": it.properties,
        "Metadata": {"aws:cdk:path": "stack/Kafka/Cluster/Resource"},
    }
    (tmp_path / "stack.template.json").write_text(json.dumps({"Resources": {"A": resource}}))
    return tmp_path


def test_the_command_prints_a_table_whose_last_lines_are_the_sum(
    stage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost([str(stage)]) == 0
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()[:5]] == [
        " resource             price           units an hour  $ an hour",
        " Kafka/Cluster        kafka.t3.small              3     0.1368",
        " Kafka/Cluster        msk-storage               600     0.0822",
        " an hour in all                                         0.2190",
        " a month of it: $160",
    ]


def test_several_stages_stand_side_by_side() -> None:
    text = io.StringIO()
    bills = {
        name: Bill(bill(found, PRICES), by_use(found, PRICES), PRICES)
        for name, found in {"dev": [cluster()], "prod": [cluster(200), a("AWS::KMS::Key")]}.items()
    }
    Console(file=text, width=80, color_system=None).print(screen(bills))
    assert [line.rstrip() for line in text.getvalue().splitlines()[:6]] == [
        " resource        price           dev, $  prod, $",
        " Here            kafka.t3.small  0.1368   0.1368",
        " Here            msk-storage     0.0082   0.0822",
        " Here            key                  –   0.0014",
        " an hour in all                  0.1450   0.2204",
        " a month of it                      106      161",
    ]


def test_the_month_is_of_the_exact_hour_and_not_of_the_rounded_one() -> None:
    of = Bill([Charge("Here", "key", Decimal(1), Decimal("1.17738"))], {}, PRICES)
    assert (of.hour, of.month) == (Decimal("1.1774"), Decimal(859))


def test_markdown_is_printed_where_it_is_asked_for(stage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost([str(stage), "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:5] == [
        "| Kafka/Cluster | kafka.t3.small | 3 | 0.1368 |",
        "| Kafka/Cluster | msk-storage | 600 | 0.0822 |",
        "| **an hour in all** (a month of it: $160) | | | **0.2190** |",
    ]


def test_another_list_of_prices_may_be_given(stage: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path(read.__code__.co_filename).with_name("prices.toml").read_text()
    dearer = stage / "dearer.toml"
    dearer.write_text(text.replace("0.0456", "1.0456"))
    assert cost([str(stage), "--prices", str(dearer), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"][0]["dollars"] == "3.1368"


@pytest.mark.parametrize("text", ["[", "[assumed]\njob_minutes = 1\n", "[price.a]\namount = 1\n"])
def test_a_list_that_is_none_is_refused(stage: Path, text: str) -> None:
    (stage / "prices.toml").write_text(text)
    with pytest.raises(Refused, match="is not a list of prices"):
        cost([str(stage), "--prices", str(stage / "prices.toml")])


def test_a_folder_without_templates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="holds no templates"):
        cost([str(tmp_path)])


def test_prices_that_are_missing_are_named() -> None:
    with pytest.raises(Refused, match="no price is noted for glue"):
        Prices({}, PRICES.assumed).price("glue")
