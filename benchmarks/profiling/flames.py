"""Flame graphs of our ways whose aims are missed, by py-spy: docs/benchmarks/flame-NAME.svg.

    python -m benchmarks flames                     # all of them, a minute
    python -m benchmarks flames rest                # one of csv, messages, rest

The width of a function is its share of the processor time that it and what it calls took. What C does, such as JSON's
decoding and SHA-256, counts for the Python function that calls it. A graph of several processes stands each of them
beside the others.
"""

import argparse
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.measure import environments
from benchmarks.measure.laptop import parts, process
from benchmarks.measure.race import PeerFailed
from benchmarks.measure.watch import name_of
from benchmarks.parts import rest
from benchmarks.profiling import profiles
from benchmarks.report.page import PLOTS
from stores.target import CHECKOUT

ROWS: Final = 500
"""The rows of a request."""

TOTAL: Final = 500_000

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
        path.write_text(named(path.read_text("utf-8")), "utf-8")
        print(f"{name}: {path.relative_to(PLOTS.parent.parent)}", flush=True)


def _spying(pid: int, path: Path) -> "subprocess.Popen[bytes]":
    """py-spy, which samples a process and its children until they end or it is interrupted, and draws then."""
    program = str(environments.program("profiling", "py-spy"))
    options = ("--format", "flamegraph", "--function", "--rate", "200", "--output", str(path))
    what = ("--subprocesses", "--pid", str(pid))
    return subprocess.Popen([program, "record", *options, *what], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


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
        spying = _spying(runtime.identity.pid, path)
        try:
            rest.load(url, requests, ROWS)
        finally:
            spying.send_signal(signal.SIGINT)
            _drawn(spying)


GRAPHS: Final[Mapping[str, Record]] = {
    "csv": partial(_reading, "CSV → line with id and wire form"),
    "messages": partial(_reading, "message → checked line"),
    "rest": _rest,
}

_PROCESS: Final = re.compile(r"process (\d+):&quot;([^<&]*)(&quot;)?")


def named(svg: str) -> str:
    """The graph with processes by their names, and without the folders of this machine.

    >>> named("<title>process 7:&quot;/x/python -m local.runtime&quot; (3)</title><text>process 7:&quot;/x..</text>")
    '<title>gateway and Lambda runtime (3)</title><text>gateway and Lam</text>'
    """
    for folder in (str(CHECKOUT), sysconfig.get_path("purelib"), sys.prefix, sys.base_prefix):
        svg = svg.replace(f"{folder}/", "")
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        pid, command, whole = found.groups()
        if whole:
            return names.setdefault(pid, name_of(command.split(), -1))
        return names[pid][: len(found[0]) - len("quot;")]  # a label, which is cut to the width of its box

    return _PROCESS.sub(name, svg)
