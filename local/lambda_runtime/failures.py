"""The functions' failed invocations: the Lambda runtime records them as they fail, and `status` reads them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from local.errors import last_lines
from local.log_records import append_bounded

LOG: Final = "failed_invocations"
MOST_LINES: Final = 2_000
RECENT: Final = timedelta(minutes=10)
LONGEST_ERROR: Final = 600


class Failure(msgspec.Struct, frozen=True):
    """One failed invocation: its time, its function, and the error with its type."""

    at: datetime
    function: str
    error: str


class Failures(msgspec.Struct, frozen=True):
    """A function's failures in the last minutes: their number, the last one's time and error."""

    function: str
    count: int
    last: datetime
    error: str


def note(log: Path, function: str, body: bytes) -> None:
    """Record that the function failed now, with its error as Lambda answers it. A full log begins anew."""
    append_bounded(log, msgspec.json.encode(Failure(datetime.now(UTC), function, reason(body)[:LONGEST_ERROR])))


def reason(body: bytes) -> str:
    """Type and message of an error that Lambda answers; the body as text if it has another form.

    >>> reason(b'{"errorType":"ValueError","errorMessage":"no line"}')
    'ValueError: no line'
    """
    try:
        error = msgspec.json.decode(body)
        kind, message = error.get("errorType"), error["errorMessage"]
    except (msgspec.DecodeError, KeyError, AttributeError, TypeError):
        return body.decode("utf-8", "replace")
    return f"{kind}: {message}" if kind else str(message)


def recent(log: Path, now: datetime, began: datetime | None) -> list[Failures]:
    """The functions that failed in the last minutes, the most recent first; none before the run `began`, if one did."""
    by_function: dict[str, list[Failure]] = {}
    for failure in _since(max(now - RECENT, began or now), last_lines(log, MOST_LINES)):
        by_function.setdefault(failure.function, []).append(failure)
    found = [Failures(name, len(its), its[-1].at, its[-1].error) for name, its in by_function.items()]
    return sorted(found, key=lambda it: it.last, reverse=True)


_decode: Final = msgspec.json.Decoder(Failure).decode


def _since(begin: datetime, lines: Iterable[str]) -> Iterator[Failure]:
    for line in lines:
        try:
            failure = _decode(line)
        except msgspec.DecodeError:
            continue  # it was cut off as it was written
        if failure.at >= begin:
            yield failure
