"""The CDK app's templates, synthesized in a process of its own, and only when what they are made of has changed.

They depend on the checkout alone, so they lie in it whatever `TILLSTREAM_HOME` says. No account is asked.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from local.errors import SynthesisFailed
from local.processes import local_environment, tethered

CHECKOUT: Final = Path(__file__).resolve().parent.parent
OUTPUT: Final = CHECKOUT / ".tillstream" / "cdk.out"
BUILD: Final = CHECKOUT / ".tillstream" / "build"
ROOMS: Final = ("infra", "commerce", "stores", "lambdas", "consumers", "warehouse", "glue_jobs")
"""The app and all that its assets are made of."""


def assembly(stage: str, *, course: bool = False, say: Callable[[str], None] = print) -> Path:
    """The folder with the stage's templates; raises `SynthesisFailed` with what the app said."""
    options = ("--stage", stage, *(("--course",) if course else ()))
    folder = OUTPUT / "-".join(option.lstrip("-") for option in options[1:])
    wanted = fingerprint(options)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = folder.with_suffix(".sha256")
        if not (stamp.is_file() and stamp.read_text("utf-8") == wanted and folder.is_dir() and BUILD.is_dir()):
            say("synthesizing the templates")
            stamp.unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            synthesize(options, folder)
            stamp.write_text(wanted, "utf-8")
    return folder


def synthesize(options: tuple[str, ...], folder: Path) -> None:
    """Run the CDK app; raises `SynthesisFailed`."""
    command = tethered([sys.executable, "-m", "infra.app", *options, "--output", str(folder)])
    done = subprocess.run(command, cwd=CHECKOUT, env=local_environment(), capture_output=True, text=True)
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SynthesisFailed(f"`python -m infra.app {' '.join(options)}` gave no templates:\n{said}")


def fingerprint(options: tuple[str, ...], root: Path = CHECKOUT) -> str:
    """The hash of everything that the templates and their assets are made of."""
    digest = hashlib.sha256(repr((sys.version, options)).encode())
    for path in inputs(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()


def inputs(root: Path) -> Iterator[Path]:
    """The files that a synthesis reads, in a fixed order."""
    yield root / "requirements.lock"
    for room in ROOMS:
        files = (path for path in (root / room).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
        yield from sorted(files)
