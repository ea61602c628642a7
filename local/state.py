"""The state directory `.tillstream`: the running platform, the laptop's keys, and each stage's data folder."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from local.errors import NotPossible
from local.processes import PRIVATE, Identity
from stores.target import TARGET_FILE, state_directory

ENDED_FILE: Final = "ended.json"
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class RunningPart:
    """One process of a run."""

    name: str
    identity: Identity
    port: int | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the platform as `run.json` describes it to other commands."""

    supervisor: Identity
    stage: str
    in_memory: bool
    ready: bool = False
    parts: tuple[RunningPart, ...] = ()

    def with_part(self, part: RunningPart) -> "Run":
        """This run with one more process."""
        return replace(self, parts=(*self.parts, part))

    def with_renewed(self, part: RunningPart) -> "Run":
        """This run with another process of the same name in the place of the one that ended."""
        return replace(self, parts=tuple(part if it.name == part.name else it for it in self.parts))


@dataclass(frozen=True, slots=True)
class Credentials:
    """The laptop's own keys, which its gateway and its S3 check."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class State:
    """A state directory: the files by which the commands of a checkout find its platform, keys and data."""

    root: Path

    @classmethod
    def here(cls) -> Self:
        """The state directory of this checkout, or of `TILLSTREAM_HOME`."""
        return cls(state_directory())

    @property
    def config_file(self) -> Path:
        """The file of the running platform's `RunConfig`."""
        return self.root / "run" / "config.json"

    def began(self) -> datetime | None:
        """The beginning of the recorded run, or None: its `RunConfig` is saved before any of its services starts."""
        try:
            return datetime.fromtimestamp(self.config_file.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None

    def log(self, part: str) -> Path:
        """The log file of a process."""
        return self.root / "logs" / f"{part}.log"

    def data(self, stage: str, in_memory: bool, place: str = "") -> Path:
        """The data of a stage beside the Kafka of this `place` (see `local.kafka.native`).

        A run in memory has a folder of its own, which no other run may find.
        """
        return self.root / "data" / "-".join(filter(None, (stage, "in-memory" if in_memory else "", place)))

    def wipe(self, stage: str, in_memory: bool) -> None:
        """Delete the data of one stage's runs of one kind."""
        shutil.rmtree(self.data(stage, in_memory), ignore_errors=True)

    def kept(self) -> list[str]:
        """The names of the folders that hold data, each a stage's, with the Kafka beside which it was made."""
        data = self.root / "data"
        return sorted(folder.name for folder in data.iterdir()) if data.is_dir() else []

    def wipe_all(self) -> None:
        """Delete the data of every stage; jars, templates, logs and keys stay."""
        shutil.rmtree(self.root / "data", ignore_errors=True)

    def credentials(self) -> Credentials:
        """The keys of this state directory, created at random the first time."""
        path = self.root / "credentials.json"
        if not path.exists():
            # DynamoDB Local takes letters and digits only.
            keys = Credentials("LAPTOP" + secrets.token_hex(7).upper(), secrets.token_hex(20))
            write_json(path, asdict(keys))
        return Credentials(**json.loads(path.read_text("utf-8")))

    def make_private(self) -> None:
        """Let only this user into the folders of this state directory, which an older version left open to all."""
        os.umask(PRIVATE)
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.root, *(self.root / name for name in ("data", "logs", "run"))):
            if folder.exists():
                folder.chmod(0o700)

    @contextmanager
    def lock(self, patience_seconds: float = 0.0) -> Iterator[None]:
        """Hold this state directory, which is its user's alone from then on.

        Raises `NotPossible` if another process holds it for longer than that.
        """
        self.make_private()
        refusal = "a platform runs in this checkout already: `tillstream down` stops it"
        with held(self.root / "lock", patience_seconds, refusal):
            yield

    def run(self) -> Run | None:
        """The recorded run that may still be going on; None if none was since the last boot.

        Raises `NotPossible` where the record is none of this version's.
        """
        path = self.root / "run.json"
        try:
            return recorded(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            raise NotPossible(
                f"{path} is not a record of a run that this version of Tillstream can read: stop what still runs "
                "with the version that started it, then delete that file"
            ) from None

    def record(self, run: Run) -> None:
        """Record this run for other commands."""
        write_json(self.root / "run.json", {"boot": boot_id(), **asdict(run)})

    def forget(self) -> None:
        """Record that no platform runs here any more."""
        for path in (self.root / TARGET_FILE, self.config_file, self.root / "run.json"):
            path.unlink(missing_ok=True)

    def record_end(self, why: str) -> None:
        """Record why the platform ended by itself, until the next one starts."""
        write_json(self.root / ENDED_FILE, {"at": datetime.now().astimezone().isoformat("T", "seconds"), "why": why})

    def forget_end(self) -> None:
        """Delete the record of an end: another platform starts."""
        (self.root / ENDED_FILE).unlink(missing_ok=True)

    def ended(self) -> dict[str, str] | None:
        """The time (`at`, empty if unknown) and reason (`why`) of the last platform's own end.

        None if it was stopped, or none ran.
        """
        try:
            record: dict[str, str] = json.loads((self.root / ENDED_FILE).read_text("utf-8"))
        except FileNotFoundError:
            run = self.run()
            if run is None or run.supervisor.alive:
                return None
            why = f"its supervisor, process {run.supervisor.pid}, was killed; its log is {self.log('up')}"
            return {"at": "", "why": why}
        return record

    def clear_stale(self) -> None:
        """End the processes of a killed run, and delete its record."""
        run = self.run()
        for part in run.parts if run else ():
            part.identity.end()
        self.forget()


def recorded(stored: dict[str, Any]) -> Run | None:
    """The run in a record; None if it is from before the last boot."""
    if stored.pop("boot") != boot_id():
        return None
    parts = (RunningPart(part["name"], Identity(**part["identity"]), part["port"]) for part in stored["parts"])
    return Run(**{**stored, "supervisor": Identity(**stored["supervisor"]), "parts": tuple(parts)})


@contextmanager
def held(lock: Path, patience_seconds: float = -1, refusal: str = "") -> Iterator[None]:
    """Hold this lock while the block runs; raises `NotPossible` if another process holds it for longer than that.

    By default it is waited for however long that takes.
    """
    from filelock import FileLock, Timeout  # takes a while, and `--help` needs none

    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        holding = FileLock(lock).acquire(patience_seconds)
    except Timeout:
        raise NotPossible(refusal) from None
    with holding:
        yield


def boot_id() -> str:
    """An id that changes with every boot: start times of processes can be compared within one only."""
    return BOOT.read_text("utf-8").strip()


def write_json(path: Path, value: Any) -> None:
    """Write JSON whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    part.write_text(json.dumps(value, indent=1) + "\n", "utf-8")
    part.replace(path)
