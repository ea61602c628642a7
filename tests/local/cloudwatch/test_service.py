"""CloudWatch's API on the laptop, asked by boto3 over the records that functions write, and by who may not ask."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any, Final

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from commerce.metrics import BATCH_TIME, LINES_PUT, RUNS_SUCCEEDED, record
from local.cloudwatch.points import series
from local.cloudwatch.service import CloudWatch
from local.lambda_runtime import failures
from local.platform import Alarm, Dashboard, Platform, Watched
from local.sigv4 import Keys
from tests.redshift import REGION, serving

BODY: Final = json.dumps({"widgets": []})
NOTHING: Final = Platform("laptop", REGION, "000000000000", (), (), (), (), (), (), {})
ERRORS: Final = Alarm(
    name="TablesErrors", description="The tables fail. What to do: docs/runbook/function-fails.md",
    metrics=(Watched(series("AWS/Lambda", "Errors", {"FunctionName": "tables"}), "Sum"),), expression="",
    period_seconds=60, periods=1, threshold=1, comparison="GreaterThanOrEqualToThreshold", missing="notBreaching",
    arn="arn:aws:cloudwatch:eu-central-1:000000000000:alarm:TablesErrors",
)  # fmt: skip
DISKS: Final = tuple(
    Watched(series("AWS/Kafka", "KafkaDataLogsDiskUsed", {"Broker ID": str(number)}), "Maximum") for number in (1, 2)
)
FULL: Final = replace(ERRORS, arn="arn:x:BrokerDisk", metrics=DISKS, expression="MAX(METRICS())", threshold=80)
OVERDUE: Final = replace(
    ERRORS,
    arn="arn:x:CurateOverdue",
    metrics=(Watched(series("Tillstream", "RunsSucceeded", {"JobName": "curate"}), "Sum"),),
    comparison="LessThanThreshold",
    missing="breaching",
)
PLATFORM: Final = replace(NOTHING, alarms=(ERRORS, FULL, OVERDUE), dashboards=(Dashboard("tillstream", (), BODY),))
TABLES: Final = {"FunctionName": "tables"}
DIMENSIONS: Final = [{"Name": "FunctionName", "Value": "tables"}]
MINUTE: Final = datetime.fromtimestamp(time() // 60 * 60 - 600, UTC)
"""The beginning of a minute that has passed lately."""


@dataclass
class Asked:
    """A running service: boto3's client, and the folder of the logs that it reads."""

    client: Any
    logs: Path
    url: str
    scheduled: bool = False

    def write(self, at: datetime, values: Any) -> None:
        """Write a record of the function `tables`."""
        with (self.logs / "tables.log").open("ab") as file:
            file.write(record(at, TABLES, values, {}) + b"\n")

    def states(self, **given: Any) -> dict[str, str]:
        """The states of the alarms by their names."""
        answer = self.client.describe_alarms(**given)
        return {it["AlarmName"]: it["StateValue"] for it in answer["MetricAlarms"]}

    def data(self, *queries: dict[str, Any], **given: Any) -> dict[str, list[tuple[int, float]]]:
        """The values of the queries by their ids, each with its second after the minute."""
        window = {"StartTime": MINUTE, "EndTime": MINUTE + timedelta(minutes=5)}
        answer = self.client.get_metric_data(MetricDataQueries=list(queries), **window, **given)
        return {
            it["Id"]: [
                (round((at - MINUTE).total_seconds()), value)
                for at, value in zip(it["Timestamps"], it["Values"], strict=True)
            ]
            for it in answer["MetricDataResults"]
        }


def client(url: str, secret: str = "secret") -> Any:
    session = boto3.session.Session("KEY", secret, region_name=REGION)
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return session.client("cloudwatch", endpoint_url=url, config=config)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    found = Asked(None, tmp_path, "")
    service = CloudWatch(
        PLATFORM, tmp_path, Keys("KEY", "secret"), REGION, since=time() - 90, scheduled=lambda: found.scheduled
    )
    with serving(service) as port:
        found.url = f"http://127.0.0.1:{port}"
        found.client = client(found.url)
        yield found


def stat(id: str, metric: str, statistic: str, **given: Any) -> dict[str, Any]:
    """A query of a metric of the function `tables`, by the minute."""
    of = {"Namespace": "Tillstream", "MetricName": metric, "Dimensions": DIMENSIONS}
    return {"Id": id, "MetricStat": {"Metric": of, "Period": 60, "Stat": statistic}, **given}


def test_a_metric_is_answered_by_whole_minutes_newest_first_and_only_where_there_is_data(asked: Asked) -> None:
    for second, lines in ((0, 5), (59, 6), (180, 7), (400, 9)):
        asked.write(MINUTE + timedelta(seconds=second), {LINES_PUT: lines, BATCH_TIME: lines * 10})
    assert asked.data(stat("lines", "LinesPut", "Sum"), stat("slow", "BatchTime", "p99")) == {
        "lines": [(180, 7), (0, 11)],
        "slow": [(180, 70), (0, 60)],
    }
    assert asked.data(stat("lines", "LinesPut", "Average"), ScanBy="TimestampAscending") == {
        "lines": [(0, 5.5), (180, 7)]
    }


def test_an_expression_is_calculated_over_the_metrics_that_are_not_returned(asked: Asked) -> None:
    asked.write(MINUTE, {LINES_PUT: 5, BATCH_TIME: 9})
    asked.write(MINUTE + timedelta(seconds=60), {LINES_PUT: 7})
    hidden = [stat(id, name, "Sum", ReturnData=False) for id, name in (("a", "LinesPut"), ("b", "BatchTime"))]
    assert asked.data(*hidden, {"Id": "e", "Expression": "MAX(METRICS())"}) == {"e": [(60, 7), (0, 9)]}
    with pytest.raises(ClientError, match=r"cannot calculate 'a / b': it knows MAX\(METRICS\(\)\), SUM"):
        asked.data(*hidden, {"Id": "e", "Expression": "a / b"})


def test_the_statistics_of_a_metric_stand_beside_each_other_oldest_first(asked: Asked) -> None:
    for second, lines in ((70, 5), (80, 6), (10, 1)):
        asked.write(MINUTE + timedelta(seconds=second), {LINES_PUT: lines})
    answer = asked.client.get_metric_statistics(
        Namespace="Tillstream", MetricName="LinesPut", Dimensions=DIMENSIONS, Period=60,
        StartTime=MINUTE, EndTime=MINUTE + timedelta(minutes=5),
        Statistics=["Sum", "SampleCount"], ExtendedStatistics=["p50"],
    )  # fmt: skip
    assert (answer["Label"], answer["Datapoints"]) == (
        "LinesPut",
        [
            {"Timestamp": MINUTE, "Sum": 1, "SampleCount": 1, "ExtendedStatistics": {"p50": 1}},
            {
                "Timestamp": MINUTE + timedelta(minutes=1),
                "Sum": 11,
                "SampleCount": 2,
                "ExtendedStatistics": {"p50": 5},
            },
        ],
    )


def test_the_metrics_that_were_published_are_listed_by_name_and_dimension(asked: Asked) -> None:
    asked.write(MINUTE, {LINES_PUT: 5, BATCH_TIME: 9})
    failures.note(asked.logs / f"{failures.LOG}.log", "tables", b"{}")
    lines, times, errors = (
        {"Namespace": namespace, "MetricName": name, "Dimensions": DIMENSIONS}
        for namespace, name in (("Tillstream", "LinesPut"), ("Tillstream", "BatchTime"), ("AWS/Lambda", "Errors"))
    )
    for given, wanted in (
        ({}, [errors, times, lines]),
        ({"Namespace": "Tillstream"}, [times, lines]),
        ({"MetricName": "LinesPut"}, [lines]),
        ({"Dimensions": [{"Name": "FunctionName"}]}, [errors, times, lines]),
        ({"Dimensions": [{"Name": "FunctionName", "Value": "other"}]}, []),
    ):
        assert asked.client.list_metrics(**given)["Metrics"] == wanted


def test_alarms_are_described_with_their_state_of_now(asked: Asked) -> None:
    asked.scheduled = True
    assert asked.states() == {"TablesErrors": "OK", "BrokerDisk": "OK", "CurateOverdue": "ALARM"}
    failures.note(asked.logs / f"{failures.LOG}.log", "tables", b"{}")
    asked.write(datetime.now(UTC), {RUNS_SUCCEEDED: 1})
    assert asked.states(StateValue="ALARM", AlarmNamePrefix="T") == {"TablesErrors": "ALARM"}
    [alarm] = asked.client.describe_alarms(AlarmNames=["TablesErrors"])["MetricAlarms"]
    assert {name: alarm[name] for name in ("MetricName", "Dimensions", "Statistic", "Period", "Threshold")} == {
        "MetricName": "Errors",
        "Dimensions": DIMENSIONS,
        "Statistic": "Sum",
        "Period": 60,
        "Threshold": 1,
    }
    [full] = asked.client.describe_alarms(AlarmNames=["BrokerDisk"])["MetricAlarms"]
    assert [it["Id"] for it in full["Metrics"]] == ["m0", "m1", "expr"]


def test_nobody_expects_a_job_where_no_schedule_runs(asked: Asked) -> None:
    assert asked.states()["CurateOverdue"] == "INSUFFICIENT_DATA"


def test_long_answers_come_in_pages(asked: Asked) -> None:
    pages = asked.client.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [len(page["MetricAlarms"]) for page in pages] == [2, 1]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        asked.client.describe_alarms(NextToken="x")


def test_a_dashboard_is_answered_as_the_template_has_it(asked: Asked) -> None:
    [entry] = asked.client.list_dashboards()["DashboardEntries"]
    assert asked.client.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"] == BODY
    with pytest.raises(ClientError, match="DashboardNotFoundError"):
        asked.client.get_dashboard(DashboardName="other")


def test_a_metric_that_is_put_is_answered_and_none_in_the_name_of_aws_is_taken(asked: Asked) -> None:
    put = {"MetricName": "LinesPut", "Dimensions": DIMENSIONS, "Timestamp": MINUTE, "Value": 3}
    asked.client.put_metric_data(Namespace="Tillstream", MetricData=[put])
    assert asked.data(stat("lines", "LinesPut", "Sum")) == {"lines": [(0, 3)]}
    with pytest.raises(ClientError, match="AWS/ for parameter Namespace is invalid"):
        asked.client.put_metric_data(Namespace="AWS/Lambda", MetricData=[put])


@pytest.mark.parametrize(
    ("action", "given", "why"),
    [
        ("describe_alarms", {"ActionPrefix": "arn:x"}, "does not know ActionPrefix"),
        ("describe_alarms", {"StateValue": "BAD"}, "enum value set"),
        ("get_dashboard", {}, "DashboardName"),
        ("delete_alarms", {"AlarmNames": ["x"]}, "has no DeleteAlarms"),
        ("get_metric_data", {"MetricDataQueries": [stat("m", "LinesPut", "tm99")], "StartTime": 0, "EndTime": 60},
         "has no statistic tm99"),
    ],
)  # fmt: skip
def test_what_the_laptop_does_not_know_is_refused_by_name(
    asked: Asked, action: str, given: dict[str, Any], why: str
) -> None:
    with pytest.raises(ClientError, match=why):
        getattr(asked.client, action)(**given)


def test_who_does_not_sign_by_the_laptops_keys_or_comes_from_a_web_page_is_refused(asked: Asked) -> None:
    with pytest.raises(ClientError, match="signature we calculated"):
        client(asked.url, "guessed").describe_alarms()
    action = {"X-Amz-Target": "GraniteServiceVersion20100801.DescribeAlarms"}
    for headers, why in (
        ({}, "Missing Authentication Token"),
        ({"Host": "rebound.example.com"}, "the header Host"),
        ({"Origin": "https://example.com"}, "the header Origin"),
    ):
        answer = requests.post(asked.url, json={}, headers=action | headers, timeout=300)
        assert (answer.status_code in (400, 403), why in answer.text) == (True, True), answer.text
