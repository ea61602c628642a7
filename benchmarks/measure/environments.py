"""The locked environments of the peers: each beside a lock of its own, built once, apart from the project's packages.

benchmarks/peers/NAME.txt, NAME.lock            → .tillstream/build/peers/NAME-HASH/bin/python
benchmarks/peers/NAME/pom.xml                   → .tillstream/build/peers/NAME-jars-HASH/*.jar
"""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
from uv import find_uv_bin

from benchmarks.measure.race import PeerFailed, Took
from infra.packaging.builds import BUILD, digest_of, once
from local.processes import local_environment

PEERS: Final = Path(__file__).parents[1] / "peers"
NAMES: Final = tuple(sorted(lock.stem for lock in PEERS.glob("*.lock")))


def python(name: str) -> Path:
    """The Python of an environment, which is built unless it is there; raises `PeerFailed`."""
    lock = PEERS / f"{name}.lock"
    folder = BUILD / "peers" / f"{name}-{digest_of(lock.read_bytes(), sys.version)[:16]}"

    def fill(part: Path) -> None:
        print(f"    installing the packages of {name}, once", flush=True)
        done(find_uv_bin(), "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(part))
        sync = ("pip", "sync", "--quiet", "--require-hashes", str(lock))
        done(find_uv_bin(), *sync, environment={"VIRTUAL_ENV": str(part)})

    once(folder, fill)
    return folder / "bin" / "python"


def ready(*names: str) -> None:
    """Install these environments, so that no measurement does; one that fails does so again where it is used."""
    for name in names:
        with suppress(PeerFailed):
            python(name)


def program(name: str, command: str) -> Path:
    """A program that an environment installs beside its Python."""
    return python(name).with_name(command)


def jars(peer: str) -> Path:
    """The folder of the jars that a peer's Python packages lack, fetched by Maven once; raises `PeerFailed`."""
    pom = PEERS / peer / "pom.xml"
    folder = BUILD / "peers" / f"{peer}-jars-{digest_of(pom.read_bytes())[:16]}"

    def fill(part: Path) -> None:
        print(f"    fetching the jars of {peer}, once", flush=True)
        goal = ("dependency:copy-dependencies", "-DexcludeTransitive=true", f"-DoutputDirectory={part}")
        done("mvn", "-q", "-B", "-f", str(pom), *goal)
        for jar in part.glob("flink-s3-fs-hadoop-*.jar"):  # Flink finds a file system in a plugin's own folder
            plugin = part / "plugins" / "s3-fs-hadoop"
            plugin.mkdir(parents=True)
            jar.rename(plugin / jar.name)

    once(folder, fill)
    return folder


def timed_by_itself(name: str | None, script: str, given: bytes) -> Took:
    """A sample of a script that reads its input from stdin and prints its rows and seconds.

    It runs in the environment of this name, or in ours. Raises `PeerFailed`.
    """
    command = (
        (str(python(name)), str(PEERS / f"{script}.py"))
        if name
        else (sys.executable, "-m", f"benchmarks.parts.{script}")
    )
    return msgspec.json.decode(done(*command, given=given), type=Took)


def done(*command: str, environment: Mapping[str, str] | None = None, given: bytes = b"") -> bytes:
    """The output of a command that succeeded; raises `PeerFailed` with its last lines."""
    settings = {**local_environment(), **(environment or {})}
    ran = subprocess.run(command, input=given, capture_output=True, env=settings)
    if ran.returncode:
        raise PeerFailed(f"{Path(command[0]).name} failed: {(ran.stdout + ran.stderr).decode().strip()[-600:]}")
    return ran.stdout
