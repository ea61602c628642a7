"""CloudWatch's API over HTTP: the metrics in the logs of a run, its alarms and its dashboard, for boto3 and `aws`."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from time import time
from typing import Any, Final

from local.aws_json.refusals import ValidationException
from local.aws_json.service import JsonService
from local.cloudwatch import answers
from local.cloudwatch.logs import Follower
from local.cloudwatch.points import Point, Series
from local.cloudwatch.record import LOG, publish
from local.http import HttpRequest
from local.platform import Platform
from local.sigv4 import Keys

MODEL: Final = "cloudwatch"
"""The service's name in botocore."""

Points = Mapping[Series, Sequence[Point]]


class CloudWatch(JsonService):
    """Answers requests; an HTTP server uses it as the handler. The logs are read on whenever a call needs them."""

    name = "CloudWatch"
    signing_name = "monitoring"
    target = "GraniteServiceVersion20100801."
    most_bytes = 1024 * 1024

    def __init__(
        self, platform: Platform, logs: Path, keys: Keys, region: str, *, since: float, scheduled: Callable[[], bool]
    ) -> None:
        """The platform began at `since` and writes into the folder `logs`; nothing is read before the first call."""
        super().__init__(keys, region)
        self._platform = platform
        self._logs = logs
        self._since = since
        self._scheduled = scheduled
        self._follower = Follower(logs)
        self._one = Lock()
        self._calls: dict[str, Callable[[Any], Any]] = {
            "DescribeAlarms": self._alarms,
            "GetDashboard": lambda given: answers.dashboard(given, self._platform),
            "GetMetricData": lambda given: self._of_points(answers.metric_data, given),
            "GetMetricStatistics": lambda given: self._of_points(answers.metric_statistics, given),
            "ListDashboards": lambda given: answers.listed_dashboards(given, self._platform),
            "ListMetrics": lambda given: self._of_points(answers.listed_metrics, given),
            "PutMetricData": self._put,
        }

    def call(self, sent: HttpRequest, action: str, request: Any) -> Any:
        """The answer to one call; raises `Refusal`."""
        from local.aws_json.requests import checked  # botocore takes half a second, which no start need wait for

        call = self._calls.get(action)
        if call is None:
            raise ValidationException(f"The laptop's CloudWatch has no {action}: it has {', '.join(self._calls)}")
        given = checked(MODEL, action, request)
        for name in answers.NOT_KNOWN.get(action, ()):
            if given.get(name):
                raise ValidationException(f"The laptop's CloudWatch does not know {name} of {action}")
        return call(given)

    def _of_points(self, answer: Callable[[Any, Points], Any], given: Any) -> Any:
        with self._one:  # a look of another thread would change the points under this one
            return answer(given, self._follower.look(time()))

    def _alarms(self, given: Any) -> Any:
        now, scheduled = time(), self._scheduled()
        return self._of_points(
            lambda given, points: answers.described_alarms(
                given, self._platform, points, now, self._since, scheduled=scheduled
            ),
            given,
        )

    def _put(self, given: Any) -> Any:
        for at, dimensions, values in answers.put_points(given):
            publish(self._logs / f"{LOG}.log", given["Namespace"], dimensions, values, at)
        return {}
