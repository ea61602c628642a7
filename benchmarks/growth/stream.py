"""The stream as processes: client, API and ingest; raw_archive behind the event source; reconcile.

Each number of rows has a platform of its own: Kafka, S3Proxy and DynamoDB Local in memory.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import sleep
from typing import Final

from benchmarks.growth.measured import Measured, measured
from benchmarks.measure import days
from benchmarks.measure.laptop import only, parts, process, running
from benchmarks.report.results import BenchmarkError
from benchmarks.verdict import Laptop
from local.config import RunConfig
from local.parts.programs import python_program
from local.processes import life_of, silent
from local.progress import Waiting
from local.state import State
from local.up import target
from stores.kafka.lag import lag

LOOK_SECONDS: Final = 0.5
WINDOW_SECONDS: Final = 0.5


def measure(rows: int) -> Iterator[Measured]:
    """Measure the way of so many rows through a platform of their own."""
    with streaming(rows) as stream:
        yield measured("replay: files → API → Kafka", rows, stream.replay)
        yield measured("raw_archive: Kafka → S3", rows, stream.archive)
        yield measured("reconcile: files, topic, raw objects", rows, stream.reconcile)


@contextmanager
def streaming(rows: int) -> Iterator["Stream"]:
    """A platform's stores, and so many rows in files of a month."""
    with tempfile.TemporaryDirectory() as folder, parts() as (config, state):
        home, files = Path(folder), Path(folder) / "csv"
        days.write(files, rows, "month")
        commands = home / ".tillstream"
        commands.mkdir()
        target(config).save(commands)
        yield Stream(config, state, Laptop(home), files)


@dataclass(frozen=True, slots=True)
class Stream:
    """The steps of the stream, one after another; `laptop` runs the commands of the platform."""

    config: RunConfig
    state: State
    laptop: Laptop
    files: Path

    def replay(self) -> None:
        """Send all rows; every one must be accepted."""
        with process("runtime", self.config, self.state):
            self.laptop.run("replay", str(self.files))

    def archive(self) -> None:
        """Let raw_archive read the topic to its end."""
        self._consume("rawarchive", target(self.config).raw_archive_group)

    def tables(self) -> None:
        """Let order_tables read the topic to its end."""
        self._consume("ordertables", target(self.config).order_tables_group)

    def reconcile(self) -> None:
        """Compare files, topic and raw objects, which must agree; order_tables does not run, and is not waited for."""
        self.laptop.run("reconcile", str(self.files), "--hops", "csv,topic,s3", "--wait", "0", "--json")

    def reconcile_tables(self) -> None:
        """Compare files and tables, which must agree; raw_archive does not run, and is not waited for."""
        self.laptop.run("reconcile", str(self.files), "--hops", "csv,dynamodb", "--wait", "0", "--json")

    def _consume(self, function: str, group: str) -> None:
        only(self.config, function, window_seconds=WINDOW_SECONDS).save(self.state.config_file)
        left = partial(lag, self.config.bootstrap_servers, group, self.config.platform.topics[0].name)
        programs = [python_program(name, self.state, None) for name in ("runtime", "event_source")]
        with running(programs) as processes:
            patience = Waiting(lambda: life_of(processes), silent)
            while messages := left().messages:
                for each in processes:
                    each.check()
                if not patience.goes_on(lambda: "messages"):
                    raise BenchmarkError(f"{function} stands still with {messages:,} messages left")
                sleep(LOOK_SECONDS)  # the clock's resolution
