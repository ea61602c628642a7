"""The checks of `tillstream doctor`: each need of the platform, the finding, and the remedy."""

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from local.data_version import check_layout
from local.diagnosis import machine
from local.diagnosis.known_causes import complaints
from local.errors import MachineNotReady, NotPossible
from local.parts import jars
from local.parts.ports import RANGE, is_free
from local.state import BOOT, State
from stores.target import CHECKOUT

LEAST_PYTHON: Final = (3, 11)
PACKAGES: Final = ("boto3", "confluent_kafka", "msgspec", "aiohttp", "aws_cdk", "awslambdaric", "duckdb", "pyspark")
PORTS_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding about one need; `remedy` says what to do if it is not met, and `missing` that nothing can run then.

    A need that could not be looked at is not `asked`.
    """

    need: str
    found: str
    remedy: str = ""
    missing: bool = False
    asked: bool = True

    @property
    def mark(self) -> str:
        """The finding in one word."""
        if not self.asked:
            return "unknown"
        return "missing" if self.missing else "look" if self.remedy else "ok"


def checkup(state: State, api_port: int | None = None) -> list[Finding]:
    """One finding a need, in the order in which one would resolve them."""
    return [
        system(),
        python(),
        packages(),
        *java(),
        maven(),
        *disks(state),
        memory(),
        ports(),
        *([api(api_port)] if api_port is not None else []),
        *writable(state),
        running(state),
        *logged(state),
        *stored(state),
    ]


def report(findings: list[Finding], ready: str = "ready: `tillstream up` starts the platform") -> str:
    """The findings and remedies as text for people; `ready` is the last line if nothing is missing."""
    width = max(len(finding.need) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{finding.mark:7}  {finding.need:{width}}  {finding.found}")
        if finding.remedy:
            lines.append(f"{'':7}  {'':{width}}  -> {finding.remedy}")
    missing = [finding.need for finding in findings if finding.missing]
    return "\n".join([*lines, f"not ready: {', '.join(missing)}" if missing else ready])


def system() -> Finding:
    """Linux, whose /proc and signals identify processes and end them."""
    found = f"{platform.system()} {platform.release()} on {platform.machine()}"
    if platform.system() != "Linux" or not BOOT.is_file():
        return Finding("Linux", found, "use Linux, or WSL2 on Windows: the platform needs Linux's /proc", missing=True)
    if platform.machine() != "x86_64":
        return Finding(
            "Linux", found, "DynamoDB Local brings its SQLite for x86-64 only; the platform was not run here"
        )
    return Finding("Linux", found)


def python() -> Finding:
    """The Python that runs this process."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < LEAST_PYTHON:
        return Finding("Python", found, "install Python 3.11 or newer, and `make clean setup PYTHON=…`", missing=True)
    return Finding("Python", found)


def packages() -> Finding:
    """The packages of the lock, judged by some of them."""
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    if lacking:
        return Finding("packages", f"without {', '.join(lacking)}", "install them by `make setup`", missing=True)
    return Finding("packages", "installed")


def java() -> Iterator[Finding]:
    """Java for the local services, and the JDK's tools unless their build is done."""
    yield asked("Java", lambda: f"{jars.check_java()} at {shutil.which('java')}")
    if not jars.present():
        yield asked("JDK", lambda: ", ".join(jars.tool(name) for name in ("javac", "jar")))


def maven() -> Finding:
    """Maven, which is needed once, to download the Java servers."""
    if jars.present():
        return Finding("Maven", "not needed: the Java parts are here")
    return asked("Maven", lambda: f"{jars.check_maven()} at {shutil.which('mvn')}")


def asked(need: str, question: Callable[[], str]) -> Finding:
    """The answer of a question about a need; its error's text is the remedy."""
    try:
        return Finding(need, question())
    except MachineNotReady as error:
        return Finding(need, "not found, or too old", str(error), missing=True)


def disks(state: State) -> Iterator[Finding]:
    """Disk space for the installation and for data."""
    folders = {"disk": CHECKOUT} | ({} if same_disk(state.root, CHECKOUT) else {"disk of data": state.root})
    for need, folder in folders.items():
        free = machine.free_disk_mb(folder)
        wanted = machine.DATA_MB if need != "disk" or jars.present() else machine.INSTALL_MB
        found = f"{free:,} MB free at {folder}"
        remedy = f"free some space: {wanted:,} MB are wanted" if free < wanted else ""
        yield Finding(need, found, remedy, missing=free < machine.LEAST_DISK_MB)


def same_disk(one: Path, other: Path) -> bool:
    """Whether two folders, which need not exist yet, are on one file system."""
    return machine.existing(one).stat().st_dev == machine.existing(other).stat().st_dev


def memory() -> Finding:
    """Memory for the local services, the functions and a Spark job."""
    free = machine.free_memory_mb()
    found = f"{free:,} MB available"
    if free < machine.PLATFORM_MB:
        return Finding("memory", found, f"end other programs: the platform takes {machine.PLATFORM_MB:,} MB")
    if free < machine.PLATFORM_MB + machine.JOB_MB:
        return Finding("memory", found, f"enough for the platform; a Spark job takes {machine.JOB_MB:,} MB more")
    return Finding("memory", found)


def ports() -> Finding:
    """Free ports on this machine's own address."""
    free = sum(is_free(port) for port in RANGE[:: len(RANGE) // PORTS_TRIED])
    found = f"{free} of {PORTS_TRIED} tried are free"
    if not free:
        remedy = f"end what listens on 127.0.0.1:{RANGE[0]}-{RANGE[-1]}: `ss -ltnp` lists it"
        return Finding("ports", found, remedy, missing=True)
    return Finding("ports", found)


def api(port: int) -> Finding:
    """Whether the requested port of the API is free."""
    if is_free(port):
        return Finding("API port", f"{port} is free")
    remedy = f"choose another `--api-port`, or end what listens there: `ss -ltnp sport = :{port}` lists it"
    return Finding("API port", f"{port} is in use", remedy, missing=True)


def writable(state: State) -> Iterator[Finding]:
    """The right to write to the platform's folders."""
    for folder in dict.fromkeys((CHECKOUT / ".tillstream", state.root, Path(tempfile.gettempdir()))):
        if not os.access(machine.existing(folder), os.W_OK | os.X_OK):
            remedy = f"give yourself the right to write there: `ls -ld {machine.existing(folder)}` shows the owner"
            yield Finding("writing", f"no right to write to {folder}", remedy, missing=True)
            return
    yield Finding("writing", f"{state.root} is ours")


def running(state: State) -> Finding:
    """The platform that runs in this checkout, or the remains of a killed run."""
    try:
        run = state.run()
    except NotPossible as error:
        return Finding("platform", "its record cannot be read", str(error), missing=True)
    if run is None:
        return Finding("platform", "none runs in this checkout")
    if run.supervisor.alive:
        return Finding("platform", f"stage {run.stage} {'serves' if run.ready else 'is starting'}")
    return Finding(
        "platform", "a run was killed", "nothing to do: the next `tillstream up` or `down` clears what it left"
    )


def logged(state: State) -> Iterator[Finding]:
    """Complaints about a lack of memory or disk in the logs of the last run."""
    for part, line in complaints(state.root / "logs").items():
        yield Finding(part, line, "free some memory or disk, then `tillstream down` and `tillstream up`")


def stored(state: State) -> Iterator[Finding]:
    """Data of another version, which `up` would refuse."""
    for folder in sorted((state.root / "data").glob("*")):
        try:
            check_layout(folder)
        except NotPossible as error:
            yield Finding("data", f"{folder.name} is of another version", str(error))
