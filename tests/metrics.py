"""The metrics that CloudWatch would make of a record in its embedded metric format."""

from collections.abc import Mapping
from typing import Any


def published(record: Mapping[str, Any]) -> dict[str, float]:
    """The metrics of a record by name; none for a record that is only a line of the log."""
    directives = record.get("_aws", {}).get("CloudWatchMetrics", [])
    return {metric["Name"]: record[metric["Name"]] for it in directives for metric in it["Metrics"]}
