"""The points in the logs of a run, followed from look to look."""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

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
        """The whole lines that were added since the last look; all of a log that was begun anew.

        Of the one before, which is kept as `.1`, those come first that were written since the last look.
        """
        try:
            with log.open("rb") as file:
                now = os.fstat(file.fileno())
                inode, begin = self._read.get(log, (now.st_ino, max(0, now.st_size - LONGEST_TAIL_BYTES)))
                if inode != now.st_ino:
                    yield from _rest(log.with_name(log.name + ".1"), inode, begin)
                if inode != now.st_ino or begin > now.st_size:
                    begin = 0
                lines, end = _whole_lines(file, begin)
        except FileNotFoundError:
            return
        self._read[log] = now.st_ino, end
        yield from lines


def _rest(log: Path, inode: int, begin: int) -> list[str]:
    """The whole lines of the log that was read so far, if it is this one."""
    try:
        with log.open("rb") as file:
            return _whole_lines(file, begin)[0] if os.fstat(file.fileno()).st_ino == inode else []
    except FileNotFoundError:
        return []


def _whole_lines(log: IO[bytes], begin: int) -> tuple[list[str], int]:
    """The whole lines of a log from a byte on, and the byte after the last of them."""
    log.seek(begin)
    text = log.read()
    whole = text[: text.rfind(b"\n") + 1]
    return whole.decode("utf-8", "replace").splitlines(), begin + len(whole)


_decode: Final = msgspec.json.Decoder(Failure).decode


def _failed(line: str) -> Iterator[Point]:
    """The point of a failed invocation, which AWS's Lambda counts."""
    try:
        failure = _decode(line)
    except msgspec.DecodeError:
        return
    yield Point(failure.at.timestamp(), series("AWS/Lambda", "Errors", {"FunctionName": failure.function}), 1)
