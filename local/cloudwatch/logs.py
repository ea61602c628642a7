"""The points in the logs of a run, followed from look to look."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from local.cloudwatch.points import Point, Series, points, series
from local.lambda_runtime.failures import LOG as FAILED
from local.lambda_runtime.failures import Failure

LONGEST_TAIL_BYTES: Final = 4 * 1024 * 1024
"""The end of a log that the first look reads: minutes of a busy function's."""

KEPT_SECONDS: Final = 3 * 3_600.0
"""Points are kept so long, which is what the dashboard shows; of a series without a newer one, the last for ever."""

MOST_POINTS: Final = 50_000
"""The newest points of a series that are kept: a quarter of an hour of a busy function, in 5 MB."""


class Follower:
    """The points of all logs in a folder; each look reads what was written since the one before."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read before the first look."""
        self._folder = folder
        self._read: dict[Path, tuple[int, int]] = {}
        self._points: dict[Series, deque[Point]] = {}

    def look(self, now: float) -> Mapping[Series, Sequence[Point]]:
        """The points of each series, in the order of their times."""
        for log in sorted(self._folder.glob("*.log")):
            for line in self._new_lines(log):
                for point in _failed(line) if log.stem == FAILED else points(line):
                    self._points.setdefault(point.series, deque(maxlen=MOST_POINTS)).append(point)
        for kept in self._points.values():
            while len(kept) > 1 and kept[0].at < now - KEPT_SECONDS:
                kept.popleft()
        return self._points

    def _new_lines(self, log: Path) -> Iterator[str]:
        """The whole lines that were added since the last look; all of a log that was begun anew."""
        try:
            with log.open("rb") as file:
                there = log.stat()
                before, begin = self._read.get(log, (there.st_ino, max(0, there.st_size - LONGEST_TAIL_BYTES)))
                if before != there.st_ino or begin > there.st_size:
                    begin = 0
                file.seek(begin)
                text = file.read()
        except FileNotFoundError:
            return
        whole = text[: text.rfind(b"\n") + 1]
        self._read[log] = there.st_ino, begin + len(whole)
        yield from whole.decode("utf-8", "replace").splitlines()


def _failed(line: str) -> Iterator[Point]:
    """The point of a failed invocation, which AWS's Lambda counts."""
    try:
        failure = msgspec.json.decode(line, type=Failure)
    except msgspec.DecodeError:
        return
    yield Point(failure.at.timestamp(), series("AWS/Lambda", "Errors", {"FunctionName": failure.function}), 1)
