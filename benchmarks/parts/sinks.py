"""The ways to write a topic to S3, as programs: ours, a loop by hand, and stream processors that a user would pick."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.measure import environments
from benchmarks.measure.environments import PEERS
from benchmarks.measure.laptop import only
from benchmarks.report.results import Kind
from local.config import RunConfig
from local.parts.ports import LOOPBACK
from local.parts.programs import python_program
from local.processes import Process, Program, await_ready, life_of, silent
from local.progress import Waiting
from local.state import State


@dataclass(frozen=True)
class Place:
    """The place of one run of a sink: the platform, the topic, the prefix of its objects and a folder for its state."""

    config: RunConfig
    state: State
    prefix: str

    @property
    def topic(self) -> str:
        """The topic that it reads."""
        return self.config.platform.topics[0].name

    @property
    def bucket(self) -> str:
        """The bucket that it writes to."""
        return self.config.platform.buckets[0].name

    @property
    def folder(self) -> Path:
        """The folder of its state, which a second start of the same sink finds again."""
        folder = Path(self.config.state) / "sinks" / self.prefix
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a peer."""
        return {
            "BOOTSTRAP_SERVERS": self.config.bootstrap_servers,
            "TOPIC": self.topic,
            "GROUP": self.prefix,
            "BUCKET": self.bucket,
            "PREFIX": self.prefix,
            "STATE": str(self.folder),
            "AWS_ENDPOINT_URL_S3": self.config.endpoints["s3"],
            "AWS_ACCESS_KEY_ID": self.config.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.config.secret_access_key,
            "AWS_DEFAULT_REGION": self.config.region,
        }


@dataclass(frozen=True)
class Sink:
    """A sink: its name, the prefix of its objects, and its programs, which run until they are stopped."""

    name: str
    kind: Kind
    prefix: str
    programs: Callable[[Place], Sequence[Program]]
    logged: bool = False
    """Whether a log beside its objects says which of them count."""


class Running:
    """The programs of a sink while they run."""

    def __init__(self, programs: Sequence[Program]) -> None:
        """Start them; those that report it are waited for."""
        self._processes = [Process(program) for program in programs]
        await_ready(self._processes)

    def waiting(self) -> Waiting:
        """A wait that goes on while the programs use the processor, however busy the machine is."""
        return Waiting(lambda: life_of(self._processes), silent)

    def check(self) -> None:
        """Raise `PartFailed` if one has ended."""
        for process in self._processes:
            process.check()

    def kill(self) -> None:
        """Kill each with all of its process group, as a machine that dies."""
        for process in self._processes:
            os.killpg(process.group, signal.SIGKILL)
        for process in self._processes:
            process.stop(1.0)

    def stop(self) -> None:
        """Stop the programs, the last first."""
        for process in reversed(self._processes):
            process.stop(1.0)


def _ours(place: Place) -> list[Program]:
    archive = only(place.config, "rawarchive", window_seconds=0.5)
    archive.save(place.state.config_file)
    return [python_program("runtime", place.state, None), python_program("event_source", place.state, None)]


def _peer(name: str, python: Callable[[], Path | str], *arguments: str) -> Callable[[Place], list[Program]]:
    def programs(place: Place) -> list[Program]:
        command = (str(python()), *arguments)
        log = place.folder.with_suffix(".log")
        return [Program(name, command, log, lambda: True, environment=place.environment, folder=PEERS)]

    return programs


def _bytewax(place: Place) -> list[Program]:
    python = str(environments.python("bytewax"))
    recovery = place.folder / "recovery"
    if not recovery.exists():
        recovery.mkdir()
        environments.done(python, "-m", "bytewax.recovery", str(recovery), "1")
    arguments = ("-m", "bytewax.run", "bytewax_sink:flow", "-r", str(recovery), "-s", "3", "-b", "0")
    return _peer("bytewax", lambda: python, *arguments)(place)


def _flink(place: Place) -> list[Program]:
    python, jars = environments.python("flink"), environments.jars("flink")
    (program,) = _peer("flink", lambda: python, "flink_sink.py")(place)
    environment = {
        **program.environment,
        "FLINK_HOME": str(next(python.parent.parent.glob("lib/python*/site-packages/pyflink"))),
        "FLINK_LOG_DIR": str(place.folder),
        "FLINK_PLUGINS_DIR": str(jars / "plugins"),
        "LOG4J_PROPERTIES": str(PEERS / "flink" / "log4j.properties"),
        "KAFKA_JAR": next(jars.glob("flink-sql-connector-kafka-*.jar")).as_uri(),
    }
    return [replace(program, environment=environment)]


def _spark(place: Place) -> list[Program]:
    python, jars = environments.python("spark"), environments.jars("spark")
    (program,) = _peer("spark", lambda: python, "spark_sink.py")(place)
    listed = ",".join(str(jar) for jar in sorted(jars.glob("*.jar")))
    settings = {"JARS": listed, "PYSPARK_PYTHON": str(python), "SPARK_LOCAL_IP": LOOPBACK}
    return [replace(program, environment={**program.environment, **settings})]


OURS: Final = Sink("ours: exactly once", "ours", "raw", _ours)
HAND: Final = Sink("loop by hand", "peer", "hand", _peer("hand", lambda: sys.executable, "hand_loop.py"))
SINKS: Final = (
    OURS,
    HAND,
    Sink("Flink FileSink: exactly once", "peer", "flink", _flink),
    Sink("Spark file sink: exactly once by its own log", "peer", "spark", _spark, logged=True),
    Sink("bytewax with boto3", "peer", "bytewax", _bytewax),
    Sink(
        "quixstreams S3FileSink",
        "peer",
        "quixstreams",
        _peer("quixstreams", lambda: environments.python("quixstreams"), "quixstreams_sink.py"),
    ),
)
