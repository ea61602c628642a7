"""Hours of faults: `python -m tests.faults.soak --minutes 30 --folder docs/faults` (`make soak MINUTES=30`).

Rows flow all the time, a fault happens every minute, and jobs run every fifth. The memory of each process and the lag
of both consumers are recorded every few seconds, and drawn; at the end every store is counted. The exit code is 1 when
anything was lost or repeated.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

import psutil

from benchmarks.measure.environments import python
from stores.kafka.brokers import BrokersSilent
from tests.end_to_end.laptop import CHECKOUT
from tests.faults.counts import Count, Difference
from tests.faults.jobs import Jobs
from tests.faults.place import commit, exit_when_terminated, home, today
from tests.faults.plan import minute
from tests.faults.platform import FUNCTIONS, Platform, faulty_platform
from tests.faults.repeating import repeated
from tests.faults.results import Result
from tests.faults.rounds import Play, file_of

LOOK_SECONDS: Final = 5.0
MEGABYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory (MB) of each process that ran, and the lag of each consumer, some seconds after the beginning."""

    seconds: float
    memory: dict[str, float]
    lag: dict[str, int]


@dataclass
class Soak:
    """All that was recorded. A fault is marked by the second at which its minute began."""

    minutes: int
    commit: str = field(default_factory=commit)
    day: str = field(default_factory=today)
    samples: list[Sample] = field(default_factory=list)
    marks: list[tuple[float, str]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    rows: int = 0


class Recorder:
    """Samples the platform's processes until it is closed."""

    def __init__(self, platform: Platform, jobs: Jobs, soak: Soak) -> None:
        self._platform, self._jobs, self._soak = platform, jobs, soak
        self._began = monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return monotonic() - self._began

    def look(self) -> None:
        """Take one sample, without a lag where no broker answers."""
        at = self.seconds
        memory = {name: megabytes(self._platform.pids(name)) for name in (*self._platform.servers(), *FUNCTIONS)}
        memory["spark"] = megabytes(self._jobs.pids())
        lag = dict[str, int]()
        with suppress(BrokersSilent):
            lag = self._platform.lag()
        self._soak.samples.append(Sample(round(at, 1), {name: mb for name, mb in memory.items() if mb}, lag))


def megabytes(pids: Sequence[int]) -> float:
    """The memory that these processes hold together."""
    total = 0
    for pid in pids:
        with suppress(psutil.Error):
            total += psutil.Process(pid).memory_info().rss
    return round(total / MEGABYTE, 1)


def soaked(minutes: int, seed: int) -> Soak:
    """Play a fault a minute for so many minutes, each with its rows, then count every store."""
    soak = Soak(minutes)
    with home() as folder, faulty_platform(folder) as platform, closing(Jobs(platform.laptop.state)) as jobs:
        recorder, count = Recorder(platform, jobs, soak), Count(platform)
        with repeated(recorder.look, lambda: LOOK_SECONDS):
            while recorder.seconds < 60 * minutes:
                planned = minute(seed + len(soak.results))
                file = file_of(planned, folder)
                count.add(file)
                soak.rows += file.read_bytes().count(b"\n") - 1
                soak.marks.append((round(recorder.seconds, 1), f"{planned.faults[0].part} {planned.faults[0].kind}"))
                soak.results.append(Play(platform, planned, file, jobs).run())
                print(soak.results[-1].line(), flush=True)
            jobs.begin()
            jobs.finish(lambda: None)
        soak.differences = count.differences(jobs=True)
    return soak


def charts(soak: Soak) -> list[dict[str, Any]]:
    """The two charts of a soak, as benchmarks/report/plots.py draws them."""
    names = sorted({name for it in soak.samples for name in it.memory})
    memory = [
        {"name": name, "points": [(it.seconds / 60, it.memory[name]) for it in soak.samples if name in it.memory]}
        for name in names
    ]
    lags = [
        {"name": name, "points": [(it.seconds / 60, it.lag[name]) for it in soak.samples if name in it.lag]}
        for name in ("raw_archive", "order_tables")
    ]
    across = "minutes; a rule where a fault's minute begins"
    minutes = {"across": across, "marks": [at / 60 for at, _ in soak.marks]}
    return [
        {"name": "soak-memory", "title": "Memory", "unit": "MB", "lines": memory, **minutes},
        {"name": "soak-lag", "title": "Lag of the consumers", "unit": "messages", "lines": lags, **minutes},
    ]


def save(soak: Soak, folder: Path) -> None:
    """Write the record and its charts."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("soak.json").write_text(json.dumps(asdict(soak), separators=(",", ":")) + "\n", "utf-8")
    call = [str(python("drawing")), "benchmarks/report/plots.py", str(folder)]
    subprocess.run(call, input=json.dumps(charts(soak)), text=True, cwd=CHECKOUT, check=True)


def main(arguments: Sequence[str]) -> int:
    """Soak, save and sum up; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="the first minute's seed")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "docs" / "faults")
    options = parser.parse_args(arguments)
    exit_when_terminated()
    soak = soaked(options.minutes, options.seed)
    save(soak, options.folder.resolve())
    print("; ".join(map(str, soak.differences)))
    return int(any(it.lost or it.repeated for it in soak.differences))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
