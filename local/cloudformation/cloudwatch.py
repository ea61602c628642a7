"""CloudWatch and EventBridge: alarms, dashboards, and the rules that count failed jobs or invoke a function."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from local.cloudformation.no_effect import FOR_PEOPLE
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.cloudwatch.alarms import COMPARISONS, MISSING
from local.cloudwatch.points import Series, series
from local.cloudwatch.raised import short_name
from local.cloudwatch.statistics import EXPRESSIONS, STATISTICS
from local.errors import UnsupportedProperty
from local.glue.cron import next_time
from local.platform import Alarm, Dashboard, Rule, Timer, Watched

_NOBODY: Final = "nobody is notified of a laptop's alarms"


def alarm(resource: Resource, properties: Properties, found: Found) -> Alarm:
    """The alarm; raises `UnsupportedProperty` for a statistic, an expression or a comparison that is not known here."""
    metrics = list(_watched(properties))
    if not metrics:
        raise UnsupportedProperty(f"{resource} asks for no metric")
    [period] = {period for _, period in metrics}
    expressions = [it["Expression"] for it in properties.get("Metrics", ()) if "Expression" in it]
    made = Alarm(
        name=short_name(resource.logical_id),
        description=properties.get("AlarmDescription", ""),
        metrics=tuple(watched for watched, _ in metrics),
        expression="".join(expressions),
        period_seconds=float(period),
        periods=int(properties["EvaluationPeriods"]),
        threshold=float(properties["Threshold"]),
        comparison=properties["ComparisonOperator"],
        missing=properties.get("TreatMissingData", "missing"),
        arn=resource.arn,
    )
    for given, known in (
        (made.expression, ("", *EXPRESSIONS)),
        (made.comparison, COMPARISONS),
        (made.missing, MISSING),
        *((watched.statistic, STATISTICS) for watched in made.metrics),
    ):
        if given not in known:
            raise UnsupportedProperty(
                f"{resource} asks for {given!r}; the laptop can do {', '.join(filter(None, known))}"
            )
    return made


def _watched(properties: Properties) -> Iterator[tuple[Watched, int]]:
    """The metrics of an alarm, each with its period."""
    if "MetricName" in properties:
        yield _metric(properties, properties["Statistic"]), properties["Period"]
    for it in properties.get("Metrics", ()):
        if stat := it.get("MetricStat"):
            yield _metric(stat["Metric"], stat["Stat"]), stat["Period"]


def _metric(written: Any, statistic: str) -> Watched:
    dimensions = {it["Name"]: it["Value"] for it in written.get("Dimensions", ())}
    return Watched(series(written["Namespace"], written["MetricName"], dimensions), statistic)


def dashboard(resource: Resource, properties: Properties, found: Found) -> Dashboard:
    """The dashboard with the metrics of its graphs; `tillstream top` shows the same, and GetDashboard answers it."""
    widgets = msgspec.json.decode(properties["DashboardBody"])["widgets"]
    graphs = [widget["properties"] for widget in widgets if widget["type"] == "metric"]
    metrics = tuple(_drawn(metric) for graph in graphs for metric in graph["metrics"])
    return Dashboard(resource.name, metrics, properties["DashboardBody"])


def _drawn(metric: list[Any]) -> Series:
    """The series of a metric as a graph writes it: namespace, name, and dimensions in pairs; options come last."""
    namespace, name, *pairs = (it for it in metric if isinstance(it, str))
    return series(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))


def rule(resource: Resource, properties: Properties, found: Found) -> Rule | Timer:
    """The rule; raises `UnsupportedProperty` unless it matches ends of jobs, or invokes one function by a schedule."""
    if schedule := properties.get("ScheduleExpression"):
        return _timer(resource, schedule, properties.get("Targets", []))
    pattern = properties["EventPattern"]
    if pattern.get("source") != ["aws.glue"] or pattern.get("detail", {}).keys() != {"jobName", "state"}:
        raise UnsupportedProperty(f"{resource} matches {pattern}; the laptop has events of Glue jobs' ends alone")
    return Rule(resource.name, tuple(pattern["detail"]["jobName"]), tuple(pattern["detail"]["state"]))


def _timer(resource: Resource, schedule: str, targets: list[Properties]) -> Timer:
    """The rule with a schedule."""
    functions = [name for it in targets if (name := it["Arn"].partition(":function:")[2])]
    if len(functions) != 1 or len(targets) != 1 or set(targets[0]) != {"Arn", "Id"}:
        raise UnsupportedProperty(f"{resource} has targets {targets}; the laptop can invoke one function as it is")
    next_time(schedule)
    return Timer(resource.name, schedule, functions[0])


ALARM: Final = ResourceType(
    "AWS::CloudWatch::Alarm",
    reader=alarm,
    read=(
        "AlarmDescription",
        "ComparisonOperator",
        "Dimensions",
        "EvaluationPeriods",
        "MetricName",
        "Metrics",
        "Namespace",
        "Period",
        "Statistic",
        "Threshold",
        "TreatMissingData",
    ),
    no_effect={"AlarmActions": _NOBODY, "OKActions": _NOBODY, "Tags": FOR_PEOPLE},
    name_property="AlarmName",
    arn="arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
)
RULE: Final = ResourceType(
    "AWS::Events::Rule",
    reader=rule,
    read=("EventPattern", "ScheduleExpression", "Targets"),
    no_effect={"State": "a rule is enabled here", "Description": FOR_PEOPLE},
    name_property="Name",
)
DASHBOARD: Final = ResourceType(
    "AWS::CloudWatch::Dashboard", reader=dashboard, read=("DashboardBody",), name_property="DashboardName"
)
TYPES: Final = (
    ALARM,
    RULE,
    DASHBOARD,
    ResourceType("AWS::SNS::Topic", no_effect_at_all=_NOBODY),
    ResourceType("AWS::SNS::TopicPolicy", no_effect_at_all=_NOBODY),
)
