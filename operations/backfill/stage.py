"""A backfill on a deployed stage: a second event source mapping, watched, and deleted when it has caught up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic, sleep
from typing import Any, Final

from operations.asking import READER
from operations.backfill.mapping import StagePlan, beside, caught_up, mapping_of
from operations.errors import Refused, reading
from operations.reconcile.patience import Patience
from stores.target import Target

LOOK_SECONDS: Final = 15.0
QUIET_SECONDS: Final = 1800.0
"""How long a backfill that makes no progress is waited for: a mapping takes minutes to begin, and MSK's lag is late."""

_PERIOD: Final = 60


class StageBackfill:
    """The event source mappings and the lags of a stage's topic; raises `StoreUnreachable` if AWS does not answer."""

    def __init__(self, target: Target, say: Callable[[str], None]) -> None:
        self._target = target
        self._say = say
        self._lambda = target.client("lambda", config=READER)
        self._cloudwatch = target.client("cloudwatch", config=READER)
        self._reading = partial(reading, "Lambda and CloudWatch")

    def mapping(self, group: str) -> Any:
        """The mapping that feeds the consumer of this group; raises `Refused` while another backfill is on."""
        with self._reading():
            pages = self._lambda.get_paginator("list_event_source_mappings")
            found = pages.paginate(EventSourceArn=self._target.cluster)
            return mapping_of(group, [it for page in found for it in page["EventSourceMappings"]])

    def carry_out(self, plan: StagePlan) -> None:
        """Read the topic again; raises `Refused` if it makes no progress. The mapping is deleted in any case.

        A backfill that is stopped has done a part of its work, and may be begun again.
        """
        usual = self.mapping(plan.group)
        with self._reading(), self._created(beside(usual, plan)) as uuid:
            self._watch(plan, uuid, datetime.now(UTC))

    @contextmanager
    def _created(self, request: dict[str, Any]) -> Iterator[str]:
        """A mapping that is there inside the block."""
        uuid = self._lambda.create_event_source_mapping(**request)["UUID"]
        self._say(f"the event source mapping {uuid} is made; if this command is killed, it stays")
        try:
            yield uuid
        finally:
            self._lambda.delete_event_source_mapping(UUID=uuid)
            self._say(f"the event source mapping {uuid} is deleted")

    def _watch(self, plan: StagePlan, uuid: str, began: datetime) -> None:
        """Return when the plan's group has caught up with the usual one, by the lags that MSK publishes each minute."""
        patience, told = Patience(QUIET_SECONDS), ""
        while True:
            behind = self._lags(plan.beside, began)
            if caught_up(behind, self._lags(plan.group, began)):
                return
            patience.saw({"": -round(behind[max(behind)])} if behind else {}, monotonic())
            now = self._said(uuid, behind)
            if now != told:
                self._say(now)
            if patience.quiet(monotonic()) > QUIET_SECONDS:
                raise Refused(f"the consumer has not gone on for {QUIET_SECONDS:g} s: {now}")
            told = now
            sleep(LOOK_SECONDS)

    def _said(self, uuid: str, behind: dict[datetime, float]) -> str:
        """How far the mapping is, in words."""
        mapping = self._lambda.get_event_source_mapping(UUID=uuid)
        left = f"{behind[max(behind)]:,.0f} messages behind" if behind else "no lag is published yet"
        result = mapping.get("LastProcessingResult", "")
        return f"{mapping['State'].lower()}, {left}" + (f", {result}" if result.startswith("PROBLEM") else "")

    def _lags(self, group: str, began: datetime) -> dict[datetime, float]:
        """The group's lag by minute since then."""
        name = self._target.cluster.split("/")[1]
        dimensions = {"Cluster Name": name, "Consumer Group": group, "Topic": self._target.topic}
        found = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/Kafka",
            MetricName="SumOffsetLag",
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=began,
            EndTime=datetime.now(UTC) + timedelta(seconds=_PERIOD),
            Period=_PERIOD,
            Statistics=["Maximum"],
        )
        return {it["Timestamp"]: it["Maximum"] for it in found["Datapoints"]}
