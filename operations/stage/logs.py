"""The logs of a deployed stage's functions and jobs, which CloudWatch keeps."""

import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import merge
from time import sleep
from typing import Any, Final, NamedTuple, TextIO

from console.arguments import did_you_mean
from local.diagnosis.logs import plain
from operations.errors import NotHere, reading
from operations.stage.deployed import Deployed

LOOK_SECONDS: Final = 2.0
LOOKED_BACK: Final = (timedelta(minutes=10), timedelta(hours=3), timedelta(days=2), timedelta(days=400))
"""How far back the last lines are looked for, step by step: a busy function's last minutes are enough."""

LATE: Final = timedelta(minutes=1)
"""How late CloudWatch may show a line behind a newer one of another stream."""


class Line(NamedTuple):
    """A line of a log: when it was written, in milliseconds, its id, and its text."""

    at: int
    id: str
    text: str


def show(stage: Deployed, part: str | None, lines: int, *, follow: bool = False) -> int:
    """Print the last lines of the log of `part`, or a list of all logs; with `follow` go on until Ctrl-C."""
    found = chosen(stage.log_groups(), part)
    client = stage.target.client("logs")
    with reading(f"the logs of {stage.stack}"):
        if follow:
            try:
                _follow(client, found, lines if part else 0)
            except KeyboardInterrupt:
                return 0
        for name, groups in found.items():
            if part:
                print("\n".join(line.text for line in last(client, groups, lines)))
            else:
                print(listed(client, name, groups))
    return 0


def chosen(named: dict[str, list[str]], part: str | None) -> dict[str, list[str]]:
    """The log groups of `part`, or all; raises `NotHere` naming the existing ones."""
    found = {name: groups for name, groups in named.items() if part is None or plain(name) == plain(part)}
    if not found:
        meant = did_you_mean(part or "", named)
        raise NotHere(f"the stack has no log of {part!r}; it has those of {', '.join(named)}{meant}")
    return found


def last(client: Any, groups: Sequence[str], count: int, now: datetime | None = None) -> list[Line]:
    """The last lines of these log groups, in the order of their times."""
    now = now or datetime.now(UTC)
    found: deque[Line] = deque(maxlen=count)
    for back in LOOKED_BACK if count else ():
        found = deque(since(client, groups, now - back), maxlen=count)
        if len(found) == count:
            break
    return list(found)


def since(client: Any, groups: Sequence[str], begin: datetime, stream: str = "") -> Iterator[Line]:
    """The lines written since then, of all streams, or of those that begin with this name."""
    return merge(*(_lines(client, group, begin, stream) for group in groups))


def _lines(client: Any, group: str, begin: datetime, stream: str) -> Iterator[Line]:
    of_stream = {"logStreamNamePrefix": stream} if stream else {}
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=max(0, round(begin.timestamp() * 1000)), **of_stream
    )
    for page in pages:
        for it in page["events"]:
            yield Line(it["timestamp"], it["eventId"], it["message"].rstrip("\n"))


def listed(client: Any, name: str, groups: Sequence[str]) -> str:
    """A line for the logs of one function or job: the time of its newest line, and its bytes."""
    newest, size = 0, 0
    for group in groups:
        streams = client.describe_log_streams(logGroupName=group, orderBy="LastEventTime", descending=True, limit=1)
        newest = max([newest, *(it.get("lastEventTimestamp", 0) for it in streams["logStreams"])])
        found = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        size += sum(it.get("storedBytes", 0) for it in found if it["logGroupName"] == group)
    at = f"{datetime.fromtimestamp(newest / 1000):%m-%d %H:%M:%S}" if newest else "nothing yet"
    return f"{name:16} {at:14} {size:>14,} bytes"


def _follow(
    client: Any,
    found: dict[str, list[str]],
    lines: int,
    out: TextIO | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> None:
    """Print the last lines and then each new one, with the name of its log where there are several."""
    out = out or sys.stdout
    followed = [Followed(partial(since, client, groups), last(client, groups, lines)) for groups in found.values()]
    width = max(map(len, found)) if len(found) > 1 else 0
    while go_on():
        for name, log in zip(found, followed, strict=True):
            for line in log.new():
                print(f"{name:{width}} | {line.text}" if width else line.text, file=out)
        out.flush()
        sleep(LOOK_SECONDS)


class Followed:
    """A log that is read as it grows. A line that CloudWatch shows late is not missed, and none is given twice."""

    def __init__(self, ask: Callable[[datetime], Iterator[Line]], first: Sequence[Line], now: datetime | None = None):
        """`ask` returns the lines since a time; `first` are given by the first look."""
        self._ask = ask
        self._first = list(first)
        self._newest = round((now or datetime.now(UTC)).timestamp() * 1000)
        self._begin = first[0].at if first else self._newest
        self._given = {line.id: line.at for line in first}

    def new(self) -> Iterator[Line]:
        """The lines that were not given yet."""
        first, self._first = self._first, []
        yield from first
        oldest = self._newest - LATE // timedelta(milliseconds=1)
        for line in self._ask(datetime.fromtimestamp(oldest / 1000, UTC)):
            if line.id not in self._given and line.at >= self._begin:
                yield line
            self._given[line.id] = line.at
            self._newest = max(self._newest, line.at)
        self._given = {id: at for id, at in self._given.items() if at >= oldest}
