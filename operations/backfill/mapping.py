"""A backfill on a deployed stage: the event source mapping that reads again, and when it has caught up. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from commerce.groups import backfill_group
from console.counts import counted
from operations.backfill.plan import group_beside
from operations.errors import Refused

_COPIED: Final = (
    "EventSourceArn", "Topics", "BatchSize", "MaximumBatchingWindowInSeconds", "FilterCriteria", "KMSKeyArn",
    "MetricsConfig", "LoggingConfig", "DestinationConfig", "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError",
    "MaximumRetryAttempts", "SourceAccessConfigurations", "FunctionResponseTypes", "ProvisionedPollerConfig",
)  # fmt: skip
"""The properties of an existing mapping that CreateEventSourceMapping accepts too, for Kafka."""

_UNSET: Final[tuple[Any, ...]] = (None, False, -1, "", [], {})
"""Lambda's answers for a property that is not set; some of these it refuses without provisioned pollers."""

MINUTES_IN_A_ROW: Final = 3
"""The newest points of the lag, one a minute, that must all say that the backfill has caught up.

A group has no lag in a partition in which it has committed nothing yet.
"""


class StagePlan(msgspec.Struct, frozen=True):
    """A backfill of the consumer that reads as `group`: from this time on as the group `beside`.

    `by_offsets` says whether offsets were named, of which this is the earliest time. The topic holds `held` messages.
    """

    group: str
    beside: str
    since: datetime
    by_offsets: bool
    held: int


def planned_on_stage(group: str, now: datetime, since: datetime, held: int, *, by_offsets: bool = False) -> StagePlan:
    """The plan that begins at this time; raises `Refused` if it is in the future, where Lambda begins no mapping."""
    if since >= now:
        raise Refused(f"{since:%Y-%m-%d %H:%M:%S} UTC is not over yet: nothing would be read again")
    return StagePlan(group, group_beside(group, now), since.astimezone(UTC), by_offsets, held)


def sentences(plan: StagePlan) -> list[str]:
    """The plan in words."""
    since = f"{plan.since:%Y-%m-%d %H:%M:%S} UTC"
    lines = [f"every message from {since} on is read again, as the group {plan.beside}"]
    if plan.by_offsets:
        lines.append("that is the time of the earliest named offset: a mapping begins at a time, in every partition")
    return [
        *lines,
        f"the topic holds {counted(plan.held, 'message')}, of which those from that time on are read",
        "a second event source mapping of the consumer's function reads them, and is deleted when it has caught up",
    ]


def mapping_of(group: str, mappings: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The mapping that feeds the consumer of this group; raises `Refused` without it, and while a backfill is on."""
    for it in mappings:
        if group_of(it).startswith(backfill_group(group, "")):
            raise Refused(
                f"a backfill of {group} is on, or was left behind: the event source mapping {it['UUID']}. If nobody "
                f"waits for it, `aws lambda delete-event-source-mapping --uuid {it['UUID']}` ends it"
            )
    for it in mappings:
        if group_of(it) == group:
            return it
    raise Refused(f"Lambda has no event source mapping that reads as {group}")


def group_of(mapping: Mapping[str, Any]) -> str:
    """The consumer group of a mapping."""
    return str(mapping.get("AmazonManagedKafkaEventSourceConfig", {}).get("ConsumerGroupId", ""))


def beside(mapping: Mapping[str, Any], plan: StagePlan) -> dict[str, Any]:
    """The request that creates a mapping beside this one, which begins at the plan's time as the plan's own group."""
    copied = {name: _set(mapping[name]) for name in _COPIED if name in mapping}
    return {
        "FunctionName": mapping["FunctionArn"],
        **{name: value for name, value in copied.items() if value not in _UNSET},
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": plan.beside},
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": plan.since,
    }


def _set(value: Any) -> Any:
    """The value without its members that are not set.

    >>> _set({"OnFailure": {}})
    {}
    """
    if not isinstance(value, Mapping):
        return value
    return {name: inner for name in value if (inner := _set(value[name])) not in _UNSET}


def caught_up(behind: Mapping[datetime, float], usual: Mapping[datetime, float]) -> bool:
    """Whether a backfill has caught up: its lag is at most that of the usual reading, for some minutes in a row.

    Both are lags by minute. The usual reading's may be missing: MSK publishes none of a group without members.

    >>> minutes = [datetime(2026, 11, 29, 20, minute) for minute in range(4)]
    >>> caught_up(dict(zip(minutes, [900.0, 5.0, 0.0, 7.0])), {minutes[1]: 5.0, minutes[3]: 8.0})
    True
    """
    newest = sorted(behind)[-MINUTES_IN_A_ROW:]
    return len(newest) == MINUTES_IN_A_ROW and all(behind[at] <= usual.get(at, 0) for at in newest)
