"""The answers of CloudWatch's API about a running platform: its metrics, alarms and dashboards. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from local.aws_json.refusals import Refusal, ValidationException
from local.cloudwatch import alarms
from local.cloudwatch.alarms import BREACHING, Points
from local.cloudwatch.points import Series, series
from local.cloudwatch.statistics import EXPRESSIONS, STATISTICS, Statistic, by_period, calculated, statistic
from local.platform import Alarm, Dashboard, Platform

Answer = dict[str, Any]
Request = Mapping[str, Any]

NOT_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "DescribeAlarms": ("ActionPrefix", "ChildrenOfAlarmName", "ParentsOfAlarmName"),
    "GetMetricData": ("LabelOptions", "NextToken"),
    "GetMetricStatistics": ("Unit",),
    "PutMetricData": ("EntityMetricData",),
    "ListMetrics": ("IncludeLinkedAccounts", "OwningAccount"),
}
"""The members of requests that the laptop has no answer to."""

MOST_DATAPOINTS: Final = 1_440
MOST_METRICS: Final = 500
NOT_SCHEDULED: Final = "the platform runs without `--schedules`: nobody expects a job"


class DashboardNotFoundError(Refusal):
    """There is no dashboard of that name."""

    kind = "DashboardNotFoundError"
    status = 404


class InvalidNextToken(Refusal):
    """The token is none that was given out."""

    kind = "InvalidNextToken"


def listed_metrics(request: Request, points: Points) -> Answer:
    """ListMetrics' answer: every series that was published, filtered by namespace, name and dimensions."""
    wanted = [(it["Name"], it.get("Value")) for it in request.get("Dimensions", ())]
    found = [
        {**_metric(of), "Namespace": of.namespace}
        for of in sorted(points, key=lambda it: (it.namespace, it.name, it.dimensions))
        if request.get("Namespace", of.namespace) == of.namespace
        and request.get("MetricName", of.name) == of.name
        and all(any(name == its and value in (None, it) for its, it in of.dimensions) for name, value in wanted)
    ]
    return _page("Metrics", found, request.get("NextToken"), MOST_METRICS)


def metric_data(request: Request, points: Points) -> Answer:
    """GetMetricData's answer: the values of each query that is to be returned, in periods."""
    start, end = request["StartTime"], request["EndTime"]
    stats = {it["Id"]: it["MetricStat"] for it in request["MetricDataQueries"] if "MetricStat" in it}
    values = {id: _of_stat(stat, points, start, end) for id, stat in stats.items()}
    results = []
    for query in request["MetricDataQueries"]:
        if not query.get("ReturnData", True):
            continue
        if "MetricStat" in query:
            found, label = values[query["Id"]], stats[query["Id"]]["Metric"]["MetricName"]
        else:
            found, label = calculated(_expression(query), values.values()), query["Id"]
        times = sorted(found, reverse=request.get("ScanBy") != "TimestampAscending")
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label", label),
                "Timestamps": times,
                "Values": [found[at] for at in times],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def metric_statistics(request: Request, points: Points) -> Answer:
    """GetMetricStatistics' answer: the values of one metric by each of the statistics, in periods."""
    names = [*request.get("Statistics", ()), *request.get("ExtendedStatistics", ())]
    if not names:
        raise ValidationException("Statistics or ExtendedStatistics must name at least one statistic")
    start, end, period = request["StartTime"], request["EndTime"], request["Period"]
    if (end - start) / period > MOST_DATAPOINTS:
        raise ValidationException(f"the request is for more than {MOST_DATAPOINTS:,} datapoints of a metric")
    of = _series(request)
    found = {name: by_period(points.get(of, ()), _statistic(name), period, start, end) for name in names}
    datapoints = []
    for at in sorted({at for values in found.values() for at in values}):
        usual = {name: values[at] for name, values in found.items() if name in STATISTICS}
        extended = {name: values[at] for name, values in found.items() if name not in STATISTICS}
        datapoints.append({"Timestamp": at, **usual, **({"ExtendedStatistics": extended} if extended else {})})
    return {"Label": of.name, "Datapoints": datapoints}


def described_alarms(
    request: Request, platform: Platform, points: Points, now: float, since: float, *, scheduled: bool
) -> Answer:
    """DescribeAlarms' answer: the alarms of the templates, each with its state; the platform began at `since`.

    Without schedules nobody expects a job to run: the alarms that miss one have no data.
    """
    found = []
    for alarm in platform.alarms:
        expected = scheduled or alarm.missing != BREACHING
        state = alarms.state(alarm, points, now, since) if expected else alarms.INSUFFICIENT_DATA
        found.append(_alarm(alarm, state, "" if expected else NOT_SCHEDULED))
    chosen = [
        it
        for it in found
        if it["AlarmName"] in request.get("AlarmNames", [it["AlarmName"]])
        and it["AlarmName"].startswith(request.get("AlarmNamePrefix", ""))
        and request.get("StateValue", it["StateValue"]) == it["StateValue"]
        and "MetricAlarm" in request.get("AlarmTypes", ["MetricAlarm"])
    ]
    page = _page("MetricAlarms", chosen, request.get("NextToken"), request.get("MaxRecords", 50))
    return {"CompositeAlarms": [], **page}


def listed_dashboards(request: Request, platform: Platform) -> Answer:
    """ListDashboards' answer."""
    found = [it for it in platform.dashboards if it.name.startswith(request.get("DashboardNamePrefix", ""))]
    return {
        "DashboardEntries": [
            {"DashboardName": it.name, "DashboardArn": _dashboard_arn(platform, it), "Size": len(it.body)}
            for it in found
        ]
    }


def dashboard(request: Request, platform: Platform) -> Answer:
    """GetDashboard's answer: the dashboard as the template has it, with the names of this platform."""
    for it in platform.dashboards:
        if it.name == request["DashboardName"]:
            arn = _dashboard_arn(platform, it)
            return {"DashboardName": it.name, "DashboardArn": arn, "DashboardBody": it.body}
    raise DashboardNotFoundError(f"Dashboard {request['DashboardName']} does not exist")


def put_points(request: Request) -> Iterator[tuple[float | None, dict[str, str], dict[str, float]]]:
    """The points of PutMetricData, each with its time (None is now), its dimensions, and its value by its name."""
    if request["Namespace"].startswith("AWS/"):
        raise ValidationException("The value AWS/ for parameter Namespace is invalid: it is AWS's own")
    for it in request.get("MetricData", ()):
        if it.keys() & {"StatisticValues", "Values", "Counts"} or "Value" not in it:
            raise ValidationException("The laptop's CloudWatch takes one Value a metric")
        dimensions = {of["Name"]: of["Value"] for of in it.get("Dimensions", ())}
        yield it.get("Timestamp"), dimensions, {it["MetricName"]: it["Value"]}


def _of_stat(stat: Request, points: Points, start: float, end: float) -> dict[float, float]:
    return by_period(points.get(_series(stat["Metric"]), ()), _statistic(stat["Stat"]), stat["Period"], start, end)


def _series(metric: Request) -> Series:
    dimensions = {it["Name"]: it["Value"] for it in metric.get("Dimensions", ())}
    return series(metric.get("Namespace", ""), metric.get("MetricName", ""), dimensions)


def _statistic(name: str) -> Statistic:
    found = statistic(name)
    if found is None:
        raise ValidationException(f"The laptop's CloudWatch has no statistic {name}: {', '.join(STATISTICS)}, pNN")
    return found


def _expression(query: Request) -> str:
    written: str = query.get("Expression", "")
    if written not in EXPRESSIONS:
        known = ", ".join(EXPRESSIONS)
        raise ValidationException(f"The laptop's CloudWatch cannot calculate {written!r}: it knows {known}")
    return written


def _alarm(alarm: Alarm, state: str, reason: str) -> Answer:
    return {
        "AlarmName": alarm.arn.rpartition(":")[2],
        "AlarmArn": alarm.arn,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": False,
        "StateValue": state,
        "StateReason": reason,
        "EvaluationPeriods": alarm.periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.missing,
        **_watched(alarm),
    }


def _watched(alarm: Alarm) -> Answer:
    period = int(alarm.period_seconds)
    if not alarm.expression:
        [watched] = alarm.metrics
        return {
            "Namespace": watched.series.namespace,
            **_metric(watched.series),
            "Statistic": watched.statistic,
            "Period": period,
        }
    stats = [
        {
            "Id": f"m{number}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": it.series.namespace, **_metric(it.series)},
                "Period": period,
                "Stat": it.statistic,
            },
        }
        for number, it in enumerate(alarm.metrics)
    ]
    return {"Metrics": [*stats, {"Id": "expr", "Expression": alarm.expression, "ReturnData": True}]}


def _metric(of: Series) -> Answer:
    return {"MetricName": of.name, "Dimensions": [{"Name": name, "Value": value} for name, value in of.dimensions]}


def _dashboard_arn(platform: Platform, it: Dashboard) -> str:
    return f"arn:aws:cloudwatch::{platform.account}:dashboard/{it.name}"


def _page(name: str, found: Sequence[Answer], token: str | None, most: int) -> Answer:
    """The part of the answer that begins at the token, and the token of the next."""
    if token is not None and not token.isdecimal():
        raise InvalidNextToken(f"{token} was not given out as a token")
    start = int(token or 0)
    rest = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {name: list(found[start : start + most]), **rest}
