"""Writes the points that AWS's own services would publish, or that a command puts, into a log beside the others."""

from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import Final

import msgspec

from local.log_records import append_bounded

LOG: Final = "cloudwatch"
"""The name of the log."""


def publish(
    log: Path, namespace: str, dimensions: Mapping[str, str], values: Mapping[str, float], at: float | None = None
) -> None:
    """Write a record with these values, of this time or of now. A full log begins anew."""
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name} for name in values],
    }
    embedded = {"Timestamp": round((time() if at is None else at) * 1000), "CloudWatchMetrics": [directive]}
    append_bounded(log, msgspec.json.encode({**dimensions, **values, "_aws": embedded}))
