"""The processor seconds and the peak memory of every process below this one, while a block runs."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final

import psutil

from benchmarks.report.results import HERE, Usage
from local.processes import peak_mb

LOOK_SECONDS: Final = 0.2
"""Between two looks; what a process does after the last look before its end is not seen."""

NAMES: Final = (
    # first: their arguments may name a store
    ("tillstream replay", "tillstream replay"),
    ("tillstream reconcile", "tillstream reconcile"),
    ("kafka.Kafka", "Kafka"),
    ("dynamodb", "DynamoDB Local"),
    ("org.gaul.s3proxy", "S3Proxy"),
    ("PythonGatewayServer", "Flink's JVM"),
    ("SparkSubmit", "Spark's JVM"),
    ("pyspark/daemon", "Spark's Python workers"),
    ("pyspark.daemon", "Spark's Python workers"),
    ("local.runtime", "gateway and Lambda runtime"),
    ("local.event_source", "event source"),
    ("lambda_runtime/launch.py", "function's workers"),
    ("local.glue.worker_daemon", "Spark's Python workers"),
    ("/job.py", "the job's driver"),
    ("local.redshift_data", "the laptop's Redshift"),
    ("multiprocessing", HERE),
)
"""Parts of a command line, and the name of the process; the first that is found counts."""


@dataclass
class Watch:
    """The processes seen so far, each with its first and latest processor seconds and its peak."""

    _first: dict[tuple[int, float], float] = field(default_factory=dict)
    _latest: dict[tuple[int, float], float] = field(default_factory=dict)
    _peaks: dict[tuple[int, float], float] = field(default_factory=dict)
    _names: dict[tuple[int, float], str] = field(default_factory=dict)

    def look(self, *, first: bool = False) -> None:
        """Note the state of all processes below this one; at the `first` look their use so far is left out."""
        here = psutil.Process()
        for process in (here, *here.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                self._note(process, first)

    def usages(self) -> tuple[Usage, ...]:
        """One usage a name, the busiest first."""
        keys: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for key, name in self._names.items():
            keys[name].append(key)
        found = [self._usage(name, of) for name, of in keys.items()]
        return tuple(sorted(found, key=lambda usage: -usage.cpu_seconds))

    def _note(self, process: psutil.Process, first: bool) -> None:
        key = process.pid, process.create_time()
        times = process.cpu_times()
        used = times.user + times.system
        if key not in self._first:
            self._first[key] = used if first else 0.0
            if first:
                _forget_peak(process.pid)
        self._names[key] = name_of(process.cmdline(), process.pid) or self._names.get(key, process.name())
        self._latest[key] = used
        self._peaks[key] = max(self._peaks.get(key, 0.0), peak_mb(process.pid))

    def _usage(self, name: str, keys: Sequence[tuple[int, float]]) -> Usage:
        used = sum(self._latest[key] - self._first[key] for key in keys)
        return Usage(name, len(keys), round(used, 2), max(self._peaks[key] for key in keys))


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the processes below this one until the block ends."""
    watch, end = Watch(), Event()
    watch.look(first=True)

    def watch_on() -> None:
        while not end.wait(LOOK_SECONDS):
            watch.look()

    thread = Thread(target=watch_on, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        end.set()
        thread.join()
        watch.look()


def name_of(command: Sequence[str], pid: int) -> str:
    """The name of a process by its command line; empty if it has none any more.

    >>> name_of(["java", "-cp", "lib/*", "kafka.Kafka", "server.properties"], 1)
    'Kafka'
    >>> name_of(["python", "/x/peers/hand_loop.py"], 1), name_of(["python", "-m", "uvicorn"], 1), name_of([], 1)
    ('hand_loop.py', 'uvicorn', '')
    """
    if pid == os.getpid():
        return HERE
    text = " ".join(command)
    for mark, name in NAMES:
        if mark in text:
            return name
    if "-m" in command[:-1]:
        return command[command.index("-m") + 1]
    scripts = [word for word in command if word.endswith(".py")]
    return Path(scripts[-1]).name if scripts else Path(command[0]).name if command else ""


def _forget_peak(pid: int) -> None:
    """Let the kernel measure the peak memory of a process anew (`clear_refs` of proc(5))."""
    with suppress(OSError):
        Path(f"/proc/{pid}/clear_refs").write_text("5", "ascii")
