"""The CDK app's templates, synthesized in a process of its own, and only when a file that they are made of has changed.

They depend on the checkout alone, so they are kept in it whatever `TILLSTREAM_HOME` says. No AWS account is asked.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from console.arguments import did_you_mean
from local.errors import TELLING_LINES, NotPossible, SynthesisFailed, last_lines, telling
from local.processes import Program, local_environment, run_to_end
from local.progress import Say
from local.state import held
from stores.target import CHECKOUT

OUTPUT: Final = Path(".tillstream", "cdk.out")
BUILD: Final = Path(".tillstream", "build")
"""The folder of the assets that the app's templates name: they are built again with the templates."""

ROOMS: Final = ("infra", "commerce", "stores", "lambdas", "consumers", "warehouse", "glue_jobs")
"""The folders of the app, and of all that its assets are made of."""
NOT_READ: Final = {"__pycache__", "node_modules"}

STAMP: Final = "inputs.sha256"
SAID_LINES: Final = 15

UNJUDGED: Final = {"CDK_VALIDATION": "false"}
"""Leaves out the CDK's own check of the templates, 5 s of CPU of 9: `infra.deploy` has it, and cfn-lint a test."""


def assembly(stage: str, *, course: bool = False, checkout: Path = CHECKOUT, say: Say = print) -> Path:
    """The folder with the stage's templates, complete and made of the current code. Of two callers, the second waits.

    Raises `SynthesisFailed` with what the app said, and `NotPossible` if it has no such stage.
    """
    output = checkout / OUTPUT
    folder = output / (f"{stage}-course" if course else stage)
    options = ("--stage", stage, *(("--course",) if course else ()))
    with held(output / "lock"):
        wanted = fingerprint(checkout, options)
        stamp = folder / STAMP
        if not (stamp.is_file() and stamp.read_text("utf-8") == wanted and (checkout / BUILD).is_dir()):
            say("synthesizing the templates")
            fresh = output / "fresh"
            shutil.rmtree(fresh, ignore_errors=True)
            synthesize(options, fresh, checkout, say)
            (fresh / stamp.name).write_text(wanted, "utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            fresh.replace(folder)
    return folder


def stages(checkout: Path = CHECKOUT) -> list[str]:
    """The names of the app's stages; raises `SynthesisFailed` where the app does not list them."""
    call = [sys.executable, "-m", "infra.app", "--list"]
    done = subprocess.run(call, cwd=checkout, env=local_environment(), capture_output=True, text=True)
    if done.returncode:
        raise SynthesisFailed(f"`python -m infra.app --list` names no stages: {done.stderr.strip()}")
    return done.stdout.split()


def distrust(folder: Path) -> None:
    """Let the next `assembly` make this folder anew."""
    (folder / STAMP).unlink(missing_ok=True)


def synthesize(options: tuple[str, ...], folder: Path, checkout: Path, say: Say) -> None:
    """Run the CDK app; raises as `assembly` does."""
    command = (sys.executable, "-m", "infra.app", *options, "--output", str(folder))
    log = folder.with_name("synthesis.log")
    code = run_to_end(Program("the synthesis", command, log, environment=UNJUDGED, folder=checkout), say)
    said = last_lines(log, TELLING_LINES) or ["(nothing)"]
    if code == 2:  # argparse: the app has no such stage
        known = stages(checkout)
        stage = options[1]
        meant = did_you_mean(stage, known)
        raise NotPossible(f"there is no stage {stage!r}: infra/stages.py has {', '.join(known)}{meant}")
    if code:
        tail = "\n".join(said[-SAID_LINES:])
        raise SynthesisFailed(
            f"`python -m infra.app {' '.join(options)}` gave no templates: {telling(tail) or said[-1]}\n"
            f"mend it, and run it again; the end of what it said:\n{tail}"
        )


def fingerprint(checkout: Path, options: tuple[str, ...]) -> str:
    """The hash of everything that the templates and their assets are made of."""
    digest = hashlib.sha256(repr((sys.version, options)).encode())
    for path in inputs(checkout):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(checkout)} {content}\n".encode())
    return digest.hexdigest()


def inputs(checkout: Path) -> Iterator[Path]:
    """The files that a synthesis reads, in a fixed order."""
    yield checkout / "requirements.lock"
    yield checkout / "web" / "headers.py"  # what the pages' distribution sends
    for room in ROOMS:
        files = (path for path in (checkout / room).rglob("*") if path.is_file())
        yield from sorted(path for path in files if not NOT_READ & set(path.parts))
