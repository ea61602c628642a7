"""Submitted statements, and the progress of each."""

from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """The API's states of a statement, in their order."""

    SUBMITTED = "SUBMITTED"
    PICKED = "PICKED"
    STARTED = "STARTED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    ABORTED = "ABORTED"

    @property
    def is_final(self) -> bool:
        """Whether the state is final."""
        return self in (Status.FINISHED, Status.FAILED, Status.ABORTED)


@dataclass(slots=True)
class SubStatement:
    """One SQL statement; a batch has up to forty. Times are seconds since the epoch, `duration` nanoseconds."""

    sql: str
    status: Status
    created: float
    updated: float
    duration: int = 0
    error: str | None = None
    columns: tuple[dict[str, Any], ...] | None = None
    """The result's ColumnMetadata; None for a statement without a result."""
    rows: int = -1
    """Rows of the result, or rows changed; -1 where Redshift counts none."""
    size: int = -1
    pages: int = 0
    """Pages of the result."""


@dataclass(slots=True)
class Statement:
    """The input of one ExecuteStatement or BatchExecuteStatement."""

    id: str
    parts: list[SubStatement]
    is_batch: bool
    workgroup: str
    database: str
    secret: str | None
    name: str | None
    token: str | None
    parameters: tuple[tuple[str, str], ...]
    created: float
    updated: float
    pid: int
    status: Status = Status.SUBMITTED
    duration: int = 0
    error: str | None = None
    cancelled: bool = False

    def copy(self) -> "Statement":
        """The statement as it is now; the parts are shared."""
        return copy(self)
