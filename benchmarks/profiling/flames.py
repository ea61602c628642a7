"""Flame graphs of our ways whose aims are missed, by py-spy: docs/benchmarks/flame-NAME.svg.

    python -m benchmarks flames                     # all of them, some minutes
    python -m benchmarks flames rest                # one of them

The width of a function is its share of the processor time that it and what it calls took. What C does, such as JSON's
decoding and SHA-256, counts for the Python function that calls it. A graph of several processes stands each of them
beside the others. Spark's JVM is sampled by async-profiler (`benchmarks.profiling.jvm`).
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import sleep
from typing import Final

import psutil

from benchmarks.measure import environments
from benchmarks.measure.laptop import parts, process, running
from benchmarks.measure.race import PeerFailed
from benchmarks.measure.rows import lines
from benchmarks.measure.watch import name_of
from benchmarks.parts import batch, rest, stream, tables, warehouse
from benchmarks.parts.sinks import OURS, Place
from benchmarks.parts.spark_jobs import job, run
from benchmarks.profiling import jvm, profiles
from benchmarks.report.page import PLOTS
from local.parts.ports import free_port
from local.processes import wait_until
from stores.target import CHECKOUT

ROWS: Final = 500
"""The rows of a request."""

TOTAL: Final = 500_000
TABLES_LINES: Final = 20_000
WAREHOUSE_ROWS: Final = 1_000_000
CURATE_ROWS: Final = 300_000
RUNNING: Final = "--gil"
"""Only samples of threads that run Python: one that waits for a socket or for work seems busy to py-spy otherwise."""

Record = Callable[[Path], None]


def measure(options: Sequence[str] = ()) -> None:
    """Draw the graphs of these names, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks flames", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(GRAPHS)} (default: all)")
    names = parser.parse_args(options).names
    for name in names:
        if name not in GRAPHS:
            parser.error(f"no graph {name!r}; there are {', '.join(GRAPHS)}")
    for name in names or GRAPHS:
        path = PLOTS / f"flame-{name}.svg"
        GRAPHS[name](path)
        path.write_text(named(path.read_text("utf-8"), TITLES[name]), "utf-8")
        print(f"{name}: {path.relative_to(PLOTS.parent.parent)}", flush=True)


def _spying(pid: int, path: Path, *more: str) -> "subprocess.Popen[bytes]":
    """py-spy, which samples a process and its children until they end or it is interrupted, and draws then."""
    program = str(environments.program("profiling", "py-spy"))
    options = ("--format", "flamegraph", "--function", "--rate", "200", "--output", str(path))
    what = ("--subprocesses", "--pid", str(pid))
    return subprocess.Popen(
        [program, "record", *options, *what, *more], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _drawn(spying: "subprocess.Popen[bytes]") -> None:
    """Wait until py-spy has drawn what it saw; raises `PeerFailed`."""
    _, said = spying.communicate()
    if spying.returncode:
        raise PeerFailed(f"py-spy ended with exit code {spying.returncode}: {said.decode().strip()[-400:]}")


def _reading(way: str, path: Path) -> None:
    """One of the ways that `profiles` reads, in a process of its own, after its first pass over the rows."""
    command = [sys.executable, "-m", "benchmarks.profiling.profiles", way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline().strip() == profiles.BUSY
        _drawn(_spying(reading.pid, path))


def _rest(path: Path) -> None:
    """The gateway, the Lambda runtime and the function's workers, while requests come."""
    with parts() as (config, state), process("runtime", config, state) as runtime:
        url, requests = rest.requests_to_ours(config, ROWS, TOTAL)
        with _spied(runtime.identity.pid, path):
            rest.load(url, requests, ROWS)


@contextmanager
def _spied(pid: int, path: Path, *more: str) -> Iterator[None]:
    """Sample the process and its children while the block runs."""
    spying = _spying(pid, path, *more)
    try:
        yield
    finally:
        spying.send_signal(signal.SIGINT)
        _drawn(spying)


def _stream(program: int, path: Path) -> None:
    """The runtime with the function's workers, or the event source, while a topic is archived."""
    with parts() as (config, state):
        stream.publish_numbered(config, TOTAL)
        place = Place(config, state, OURS.prefix)
        objects = stream.objects_of(OURS, place)
        with running(OURS.programs(place)) as programs, _spied(programs[program].identity.pid, path, RUNNING):
            while objects.look() < TOTAL:
                programs[program].check()
                sleep(stream.LOOK_SECONDS)


def _tables(path: Path) -> None:
    """Our writer, with lines and summaries, in this process."""
    with parts() as (config, _):
        ways = tables.Ways(config, lines()[:TABLES_LINES])
        with _spied(os.getpid(), path, RUNNING):
            ways.summaries()


def _warehouse(path: Path) -> None:
    """The transaction of a load, in the laptop's Redshift, which runs in this process."""
    with tempfile.TemporaryDirectory() as name, warehouse.servers(Path(name), free_port()) as (redshift, spark):
        load = warehouse.Load(Path(name), redshift, spark, WAREHOUSE_ROWS)
        with _spied(os.getpid(), path):
            load.transaction()


def _curate_jvm(path: Path) -> None:
    """Spark's JVM, from its start to its end."""
    with tempfile.TemporaryDirectory() as name, parts() as (config, _):
        batch.Input(config, Path(name), CURATE_ROWS)
        sampled = Path(name) / "stacks.txt"
        curate = job(config, "curate")
        sampling = {"spark.driver.defaultJavaOptions": jvm.agent(sampled)}
        run(replace(curate, conf={**curate.conf, **sampling}), config)
        path.write_text(jvm.drawn(jvm.stacks(_whole(sampled)), TITLES["curate"]), "utf-8")


def _whole(sampled: Path) -> str:
    """The stacks that async-profiler writes as the JVM ends, which is a moment after the job's driver."""
    assert wait_until(lambda: sampled.exists() and sampled.stat().st_size > 0, 60), "the JVM wrote no stacks"
    size = 0
    while size < (size := sampled.stat().st_size):
        sleep(2)  # until no more is written
    return sampled.read_text("utf-8")


def _curate_workers(path: Path) -> None:
    """Spark's Python workers, from their first to their last."""
    with tempfile.TemporaryDirectory() as name, parts() as (config, _), ThreadPoolExecutor(1) as pool:
        batch.Input(config, Path(name), CURATE_ROWS)
        curate = pool.submit(run, job(config, "curate"), config)
        while (daemon := _daemon()) is None:
            assert not curate.done(), curate.result()
            sleep(0.1)  # until Spark has started it
        spying = _spying(daemon, path)
        curate.result()
        _drawn(spying)


def _daemon() -> int | None:
    """The process from which Spark's workers are forked, once it runs Python."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if child.cmdline()[1:3] == ["-m", "local.glue.worker_daemon"] and "python" in child.name():
                return child.pid
    return None


GRAPHS: Final[Mapping[str, Record]] = {
    "csv": partial(_reading, "CSV → line with id and wire form"),
    "messages": partial(_reading, "message → checked line"),
    "rest": _rest,
    "stream": partial(_stream, 0),
    "event-source": partial(_stream, 1),
    "tables": _tables,
    "warehouse": _warehouse,
    "curate": _curate_jvm,
    "curate-workers": _curate_workers,
}

TITLES: Final[Mapping[str, str]] = {
    "csv": "CSV → line with id and wire form",
    "messages": "message → checked line",
    "rest": "REST → Kafka, 500 rows a request: gateway with the Lambda runtime, and the function's workers",
    "stream": "Kafka → S3: Lambda runtime, and the workers of raw_archive",
    "event-source": "Kafka → S3: the event source",
    "tables": "order lines → DynamoDB with summaries: our writer, 8 threads",
    "warehouse": "load_warehouse's transaction in the laptop's Redshift, and its client",
    "curate": f"curate of {CURATE_ROWS:,} rows: Spark's JVM",
    "curate-workers": f"curate of {CURATE_ROWS:,} rows: Spark's Python workers",
}

_TITLE: Final = re.compile(r'(<text id="title"[^>]*>)[^<]*')
_PROCESS: Final = re.compile(r"process (\d+):&quot;([^<&]*)(&quot;)?")


def named(svg: str, title: str) -> str:
    """The graph with this title and its processes by their names, and without the folders of this machine.

    >>> named("<title>process 7:&quot;/x/python -m local.runtime&quot; (3)</title><text>process 7:&quot;/x..", "")
    '<title>gateway and Lambda runtime (3)</title><text>gateway and Lam'
    >>> named('<text id="title" x="5">py-spy record</text>', "REST → Kafka")
    '<text id="title" x="5">REST → Kafka</text>'
    """
    svg = _TITLE.sub(lambda found: found[1] + title, svg)
    for folder in (str(CHECKOUT), sysconfig.get_path("purelib"), sys.prefix, sys.base_prefix):
        svg = svg.replace(f"{folder}/", "")
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        pid, command, whole = found.groups()
        if whole:
            return names.setdefault(pid, name_of(command.split(), -1))
        return names[pid][: len(found[0]) - len("quot;")]  # a label, which is cut to the width of its box

    return _PROCESS.sub(name, svg)
