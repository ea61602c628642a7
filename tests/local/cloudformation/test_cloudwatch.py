"""Alarms and the rules that count failed jobs, as the laptop evaluates them or refuses them."""

from typing import Any

import pytest

from local.cloudwatch.points import series
from local.errors import UnsupportedProperty
from local.platform import Alarm, Rule, Timer, Watched
from tests.local.cloudformation.conftest import App, ref, resource


def add_alarms(app: App) -> None:
    """A rule, an alarm on what it matches, and one of an expression over two disks."""
    disks = [
        {
            "Id": f"broker{number}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Kafka",
                    "MetricName": "Disk",
                    "Dimensions": [{"Name": "Broker ID", "Value": str(number)}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        }
        for number in (1, 2)
    ]
    app.stacks["shop"]["Resources"] |= {
        "FailedABCDEF01": resource(
            "AWS::Events::Rule",
            EventPattern={"source": ["aws.glue"], "detail": {"jobName": ["sort"], "state": ["FAILED"]}},
            State="ENABLED",
        ),
        "AlarmsFailuresABCDEF02": resource(
            "AWS::CloudWatch::Alarm",
            AlarmActions=["any"],
            AlarmDescription="a run failed",
            Namespace="AWS/Events",
            MetricName="TriggeredRules",
            Dimensions=[{"Name": "RuleName", "Value": ref("FailedABCDEF01")}],
            Statistic="Sum",
            Period=300,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        ),
        "AlarmsDiskABCDEF03": resource(
            "AWS::CloudWatch::Alarm",
            Metrics=[{"Id": "expr", "Expression": "MAX(METRICS())"}, *disks],
            EvaluationPeriods=3,
            Threshold=80,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching",
        ),
    }


def test_alarms_and_the_rules_that_they_count_are_read(app: App) -> None:
    add_alarms(app)
    platform = app.load()
    rule = "shop-failed-abcdef01"
    assert platform.rules == (Rule(rule, ("sort",), ("FAILED",)),)
    matched = Watched(series("AWS/Events", "TriggeredRules", {"RuleName": rule}), "Sum")
    disks = (Watched(series("AWS/Kafka", "Disk", {"Broker ID": number}), "Maximum") for number in "12")
    at_least, arn = "GreaterThanOrEqualToThreshold", "arn:aws:cloudwatch:us-east-1:000000000000:alarm:shop-alarms"
    failures, disk = f"{arn}failures-abcdef02", f"{arn}disk-abcdef03"
    assert platform.alarms == (
        Alarm("Failures", "a run failed", (matched,), "", 300, 1, 1, at_least, "notBreaching", failures),
        Alarm("Disk", "", tuple(disks), "MAX(METRICS())", 60, 3, 80, at_least, "notBreaching", disk),
    )


TARGET = {"Arn": "arn:aws:lambda:us-east-1:000000000000:function:count", "Id": "Target0"}


def test_a_rule_with_a_schedule_invokes_its_function(app: App) -> None:
    rule = resource("AWS::Events::Rule", ScheduleExpression="cron(40 * * * ? *)", State="ENABLED", Targets=[TARGET])
    app.stacks["shop"]["Resources"]["HourlyABCDEF01"] = rule
    platform = app.load()
    assert (platform.timers, platform.rules) == ((Timer("shop-hourly-abcdef01", "cron(40 * * * ? *)", "count"),), ())


@pytest.mark.parametrize("target", [{**TARGET, "Input": "{}"}, {"Arn": "arn:aws:sqs:us-east-1:0:queue", "Id": "a"}])
def test_a_target_that_the_laptop_cannot_invoke_is_refused(app: App, target: dict[str, str]) -> None:
    rule = resource("AWS::Events::Rule", ScheduleExpression="cron(40 * * * ? *)", Targets=[target])
    app.stacks["shop"]["Resources"]["HourlyABCDEF01"] = rule
    with pytest.raises(UnsupportedProperty, match="the laptop can invoke one function as it is"):
        app.load()


@pytest.mark.parametrize(
    ("of", "name", "value", "says"),
    [
        ("AlarmsFailuresABCDEF02", "Statistic", "p99", "asks for 'p99'"),
        ("AlarmsFailuresABCDEF02", "TreatMissingData", "missing", "asks for 'missing'"),
        ("AlarmsFailuresABCDEF02", "ComparisonOperator", "LessThanLowerThreshold", "'LessThanLowerThreshold'"),
        ("AlarmsFailuresABCDEF02", "DatapointsToAlarm", 1, "asks for DatapointsToAlarm"),
        ("AlarmsDiskABCDEF03", "Metrics", [], "asks for no metric"),
        ("FailedABCDEF01", "EventPattern", {"source": ["aws.s3"]}, "has events of Glue jobs' ends alone"),
        ("FailedABCDEF01", "ScheduleExpression", "rate(1 day)", "the laptop can invoke one function as it is"),
    ],
)
def test_what_the_laptop_cannot_evaluate_is_refused(app: App, of: str, name: str, value: Any, says: str) -> None:
    add_alarms(app)
    app.resource(of)[name] = value
    with pytest.raises(UnsupportedProperty, match=says):
        app.load()


def test_an_expression_that_the_laptop_cannot_do_is_refused(app: App) -> None:
    add_alarms(app)
    app.resource("AlarmsDiskABCDEF03")["Metrics"][0]["Expression"] = "ANOMALY_DETECTION_BAND(m1)"
    with pytest.raises(UnsupportedProperty, match="the laptop can do MAX"):
        app.load()
