"""The metrics of a job's run, recorded when it has succeeded."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from commerce.metrics import RUN_TIME, RUNS_SUCCEEDED, Metric
from stores.metrics import Log


@contextmanager
def measured(job: str) -> Iterator[dict[Metric, float]]:
    """Record the values that the block adds, the run's success and its time; nothing if the block raises."""
    values: dict[Metric, float] = {}
    began = monotonic()
    yield values
    Log.of_job(job)({RUNS_SUCCEEDED: 1, RUN_TIME: round(monotonic() - began, 1), **values})
