"""Each alarm looks at a metric that is published, notifies the stage's topic, and names the page that ends it.

TILLSTREAM_WRITE_DOCS=1 python -m pytest tests/infra/test_alarms.py     # writes the tables of docs/alarms.md anew
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from commerce.metrics import BUCKET, METRICS, NAMESPACE
from infra.packaging.functions import DEPLOYABLES
from infra.packaging.jobs import JOBS
from local.cloudformation import reader
from local.platform import KafkaAddress
from tests.infra.conftest import Templates, read
from tests.runbook.faults import WITHOUT, faults
from tests.runbook.pages import Page

CHECKOUT: Final = Path(__file__).resolve().parent.parent.parent
PAGE: Final = CHECKOUT / "docs" / "alarms.md"
DESCRIPTION: Final = re.compile(r"(.+)\. What to do: (docs/runbook/([\w-]+)\.md)")
DOCUMENTED: Final[Mapping[str, frozenset[str]]] = {
    # docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": frozenset({"Errors", "FunctionName"}),
    # docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html, level DEFAULT
    "AWS/Kafka": frozenset(
        {"SumOffsetLag", "KafkaDataLogsDiskUsed", "Cluster Name", "Consumer Group", "Topic", "Broker ID"}
    ),
    # docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    "AWS/Events": frozenset({"TriggeredRules", "RuleName"}),
}
"""The metrics and dimensions of AWS's own that are used, each on the page named here."""


def alarms(templates: Templates) -> dict[str, Mapping[str, Any]]:
    """The properties of each alarm by its name."""
    found = templates.resources("AWS::CloudWatch::Alarm")
    return {path.split("/")[1]: resource["Properties"] for path, resource in found}


def watched(alarm: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The metrics that an alarm looks at, each with Namespace, MetricName, Dimensions."""
    if "MetricName" in alarm:
        yield alarm
    yield from (it["MetricStat"]["Metric"] for it in alarm.get("Metrics", ()) if "MetricStat" in it)


@pytest.mark.parts
def test_every_metric_of_an_alarm_is_published_or_documented_by_aws(templates: Templates) -> None:
    ours = {metric.name for metric in METRICS} | {"FunctionName", "JobName", BUCKET}
    known = {**DOCUMENTED, NAMESPACE: ours}
    for name, alarm in alarms(templates).items():
        for metric in watched(alarm):
            used = {metric["MetricName"], *(it["Name"] for it in metric["Dimensions"])}
            assert used <= known[metric["Namespace"]], name


@pytest.mark.parts
def test_a_metric_of_our_own_is_watched_at_what_publishes_it(templates: Templates) -> None:
    sources = {metric.name: metric.sources for metric in METRICS}
    resources = templates.stacks[f"tillstream-{templates.stage}"]["Resources"]
    for name, alarm in alarms(templates).items():
        for metric in (it for it in watched(alarm) if it["Namespace"] == NAMESPACE):
            [dimension] = metric["Dimensions"]
            if dimension["Name"] == BUCKET:
                source = "operations/reconcile"
            elif dimension["Name"] == "FunctionName":
                handler = resources[dimension["Value"]["Ref"]]["Properties"]["Handler"]
                source = "/".join(handler.split(".")[:2])
            else:
                source = f"glue_jobs/{dimension['Value'].removeprefix(f'tillstream-{templates.stage}-')}"
            assert source in sources[metric["MetricName"]], name


@pytest.mark.parts
def test_every_alarm_notifies_the_topic_when_it_begins_and_ends_and_names_its_page(templates: Templates) -> None:
    stack = templates.stacks[f"tillstream-{templates.stage}"]["Resources"]
    [topic] = [id for id, resource in stack.items() if resource["Type"] == "AWS::SNS::Topic"]
    for name, alarm in alarms(templates).items():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic}], name
        described = DESCRIPTION.fullmatch(alarm["AlarmDescription"])
        assert described, name
        assert (CHECKOUT / described[2]).is_file(), name
        on_page = re.findall(r"`(…?)(\w+)`", Page(described[3]).sections["What you see"])
        assert any(name.endswith(it) if rest else name == it for rest, it in on_page), f"{described[2]} and {name}"


@pytest.mark.parts
def test_cloudwatch_may_publish_to_the_topic_and_nobody_without_tls(templates: Templates) -> None:
    [statements] = [
        resource["Properties"]["PolicyDocument"]["Statement"]
        for _, resource in templates.resources("AWS::SNS::TopicPolicy")
    ]
    assert [(it["Effect"], it["Action"], it["Principal"]) for it in statements] == [
        ("Deny", "sns:Publish", "*"),
        ("Allow", "sns:Publish", {"Service": "cloudwatch.amazonaws.com"}),
    ]
    assert statements[1]["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parts
def test_each_function_consumer_and_job_is_watched(templates: Templates) -> None:
    functions = {"Ingest": ["Errors", "Unacknowledged"], "Query": ["Errors"], "Browse": ["Errors"]}
    functions["Census"] = ["Errors"]
    consumers = {name: ["Errors", "Lag", "Age"] for name in ("RawArchive", "OrderTables")}
    jobs = {name: ["Overdue"] for name in ("Curate", "LoadTables", "LoadWarehouse", "MaintainLake")}
    others = {"Jobs": ["Failures"], "Broker": ["Disk"], "Messages": ["Quarantined"], "Rows": ["Quarantined"]}
    others["Verdict"] = ["Broken"]
    wanted = functions | consumers | jobs | others
    assert alarms(templates).keys() == {f"{of}{what}" for of, each in wanted.items() for what in each}


@pytest.mark.parts
def test_the_dashboard_draws_what_alarms_watch_and_every_row_that_is_published(templates: Templates) -> None:
    kafka = KafkaAddress("127.0.0.1:9", "PLAINTEXT")
    platform = reader.load(templates.folder, kafka=kafka, api_url="http://127.0.0.1:9")
    [dashboard] = platform.dashboards
    drawn = {series.name for series in dashboard.metrics}
    ours = {metric.name for metric in METRICS}
    assert drawn - ours == {"Errors", "SumOffsetLag"}
    assert ours - drawn == {"RequestSize", "BatchMessages", "BytesFiled", "RunsSucceeded", "RowsRead", "VerdictRows"}
    functions, jobs = ({it.name for it in made} for made in (platform.functions, platform.jobs))
    dimensions = [dict(series.dimensions) for series in dashboard.metrics]
    assert {it["FunctionName"] for it in dimensions if "FunctionName" in it} <= functions
    assert {it["JobName"] for it in dimensions if "JobName" in it} <= jobs


def test_every_metric_has_a_source_that_deploys_or_is_a_command() -> None:
    deployed = {*DEPLOYABLES, *(f"glue_jobs/{job}" for job in JOBS), "operations/reconcile"}
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert {source for metric in METRICS for source in metric.sources} <= deployed


@pytest.mark.parts
def test_a_test_raises_each_alarm_by_a_real_fault_and_ends_it_by_its_own_page_or_it_says_why_not() -> None:
    pages = {name: DESCRIPTION.fullmatch(alarm["AlarmDescription"]) for name, alarm in alarms(read("dev")).items()}
    found = {(fault.alarm, fault.page) for fault in faults()}
    assert found == {(name, of[3]) for name, of in pages.items() if of and name not in WITHOUT}
    assert WITHOUT.keys() <= pages.keys()


def alarm_table() -> str:
    """A row an alarm: its condition in `dev`, and in `prod` where that differs."""
    dev, prod = alarms(read("dev")), alarms(read("prod"))
    rows = []
    for name in sorted(dev):
        described = DESCRIPTION.fullmatch(dev[name]["AlarmDescription"])
        assert described
        conditions = dict.fromkeys(condition(alarm) for alarm in (dev[name], prod[name]))
        page = f"[{described[3]}](runbook/{described[3]}.md)"
        made = "; ".join(fault.by for fault in faults() if fault.alarm == name) or "–"
        rows.append(f"| `{name}` | {described[1]} | {'; in prod: '.join(conditions)} | {page} | {made} |")
    return "\n".join(["| alarm | meaning | raised when | page | a test raises it: |", "|---|---|---|---|---|", *rows])


def condition(alarm: Mapping[str, Any]) -> str:
    """The condition of an alarm in words."""
    [expression] = [it for it in alarm.get("Metrics", ()) if "Expression" in it] or [None]
    names = dict.fromkeys(f"{it['Namespace']} {it['MetricName']}" for it in watched(alarm))
    statistic = expression["Expression"].partition("(")[0].title() if expression else alarm["Statistic"]
    [stat] = {it["MetricStat"]["Period"] for it in alarm.get("Metrics", ()) if "MetricStat" in it} or {alarm["Period"]}
    sign = {"GreaterThanOrEqualToThreshold": "≥", "LessThanThreshold": "<"}[alarm["ComparisonOperator"]]
    times = alarm["EvaluationPeriods"]
    lasting = f"in {times} periods of {stat} s" if times > 1 else f"in {stat} s"
    missing = {"breaching": ", or nothing is published", "ignore": ", until another is published"}.get(
        alarm["TreatMissingData"], ""
    )
    return f"{statistic} of {', '.join(names)} {sign} {alarm['Threshold']:,} {lasting}{missing}"


def metric_table() -> str:
    """A row a metric of our own."""
    rows = [
        f"| `{metric.name}` | {metric.unit} | {', '.join(metric.sources)} | {metric.meaning} |" for metric in METRICS
    ]
    return "\n".join(["| metric | unit | published by | meaning |", "|---|---|---|---|", *rows])


@pytest.mark.parts
@pytest.mark.parametrize(("part", "made"), [("alarms", alarm_table), ("metrics", metric_table)])
def test_the_page_has_every_alarm_and_every_metric(part: str, made: Any) -> None:
    block = re.compile(rf"(<!-- {part} -->\n).*?(<!-- end -->)", re.DOTALL)
    text = PAGE.read_text("utf-8")
    fresh = block.sub(lambda found: f"{found[1]}{made()}\n{found[2]}", text)
    if os.environ.get("TILLSTREAM_WRITE_DOCS"):
        PAGE.write_text(fresh, "utf-8")
    assert len(block.findall(text)) == 1
    assert PAGE.read_text("utf-8") == fresh
