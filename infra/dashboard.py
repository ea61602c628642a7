"""The dashboard: the way of a row from left to right, a column a step, below the states of all alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from commerce import metrics as published
from infra.functions import PythonFunction
from infra.jobs import SparkJob
from infra.metrics import MAXIMUM, P99, Metrics

_WIDTH: Final = 24
"""The width of a dashboard, in CloudWatch's units."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a row's way: the rows that pass it, and how long they take or wait."""

    title: str
    rows: Sequence[cloudwatch.IMetric]
    times: Sequence[cloudwatch.IMetric]


class Dashboard(Construct):
    """A dashboard of one platform: rows, times and lags of the last hours, at a look."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        steps: Sequence[Step],
        errors: Sequence[cloudwatch.IMetric],
        verdict: cloudwatch.IMetric,
        alarms: Sequence[cloudwatch.Alarm],
    ) -> None:
        super().__init__(scope, id)
        width = _WIDTH // len(steps)
        cloudwatch.Dashboard(
            self,
            "Default",
            dashboard_name=name,
            default_interval=Duration.hours(3),
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="alarms", alarms=list(alarms), width=_WIDTH, height=4)],
                [_graph(f"{step.title}: rows", step.rows, width, 6) for step in steps],
                [_graph(f"{step.title}: time", step.times, width, 6) for step in steps],
                [
                    _graph("failed invocations", errors, _WIDTH - width, 4),
                    _graph("broken verdicts", [verdict], width, 4),
                ],
            ],
        )


def way_of_a_row(
    metrics: Metrics, functions: Mapping[str, PythonFunction], groups: Sequence[str], jobs: Mapping[str, SparkJob]
) -> tuple[Step, ...]:
    """The steps from the API to the stores; functions and jobs by the last part of their folder."""
    ingest, archive, tables = (functions[name] for name in ("ingest", "raw_archive", "order_tables"))
    curate, loads = jobs["curate"], [jobs["load_tables"], jobs["load_warehouse"]]
    accepted = (published.ROWS_ACCEPTED, published.ROWS_REFUSED, published.ROWS_UNACKNOWLEDGED)
    return (
        Step(
            "API",
            [metrics.of(ingest, it) for it in accepted],
            [metrics.of(ingest, published.PUBLISH_TIME, P99)],
        ),
        Step(
            "topic, not read yet",
            [metrics.lag(group) for group in groups],
            [metrics.of(it, published.OLDEST_MESSAGE_AGE, MAXIMUM) for it in (archive, tables)],
        ),
        Step(
            "raw archive",
            [metrics.of(archive, published.MESSAGES_FILED)],
            [metrics.of(archive, published.BATCH_TIME, P99)],
        ),
        Step(
            "tables",
            [metrics.of(tables, it) for it in (published.LINES_PUT, published.MESSAGES_QUARANTINED)],
            [metrics.of(tables, published.BATCH_TIME, P99)],
        ),
        Step(
            "lake",
            [metrics.of_job(curate, it) for it in (published.LINES_ADDED, published.ROWS_REFUSED)],
            [metrics.of_job(curate, published.RUN_TIME, MAXIMUM)],
        ),
        Step(
            "loads",
            [metrics.of_job(load, published.LINES_LOADED) for load in loads],
            [metrics.of_job(load, published.RUN_TIME, MAXIMUM) for load in loads],
        ),
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], width: int, height: int) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width, height=height)
