"""The log of a function or a job: a record on standard output for each effect, with the metrics that are in it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Self

from commerce.metrics import FUNCTION, JOB, NO_VALUES, Dimensions, Values, record


class Invocation(Protocol):
    """Lambda's context: the remaining time, and the id of the request that Lambda's own log lines have too."""

    @property
    def aws_request_id(self) -> str:
        """The id of the request."""

    def get_remaining_time_in_millis(self) -> int:
        """The time until the invocation is killed."""


@dataclass(frozen=True, slots=True)
class Log:
    """Writes records in the name of a function or a job; each has its time, and the `fields` of all."""

    of: Dimensions
    fields: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of_function(cls, request: str | None = None) -> Self:
        """The log of the function that runs here, in the invocation with this request id."""
        name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "function")
        return cls({FUNCTION: name}, {"request": request} if request else {})

    @classmethod
    def of_job(cls, name: str) -> Self:
        """The log of a run of this job."""
        return cls({JOB: name})

    def __call__(self, values: Values = NO_VALUES, /, *, split: Dimensions | None = None, **fields: object) -> None:
        """Write one record, without the fields that are None; `split` gives its metrics further dimensions."""
        dimensions = {**self.of, **split} if split else self.of
        given = {name: value for name, value in fields.items() if value is not None}
        # one write: another thread's record comes before or after it
        print(
            record(datetime.now(UTC), dimensions, values, {**self.fields, **given}).decode() + "\n", end="", flush=True
        )
