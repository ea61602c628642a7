"""The CDK app's templates, synthesized in a process of its own; the app itself sees whether anything has changed.

They depend on the checkout alone, so they lie in it whatever `TILLSTREAM_HOME` says. No account is asked.
"""

import fcntl
import subprocess
import sys
from pathlib import Path
from typing import Final

from local.errors import NotPossible, SynthesisFailed
from local.processes import local_environment, tethered
from stores.target import CHECKOUT

OUTPUT: Final = CHECKOUT / ".tillstream" / "cdk.out"
APP: Final = ("-m", "infra.app")
SAID_LINES: Final = 15


def assembly(stage: str, *, course: bool = False, output: Path = OUTPUT, app: tuple[str, ...] = APP) -> Path:
    """The folder with the stage's templates; raises `SynthesisFailed` with what the app said, and
    `NotPossible` if it has no such stage.

    Takes 0.3 s while nothing changed. Two at once are safe: the second waits.
    """
    folder = output / (f"{stage}-course" if course else stage)
    options = ("--stage", stage, *(("--course",) if course else ()))
    command = tethered([sys.executable, *app, *options, "--output", str(folder)])
    output.mkdir(parents=True, exist_ok=True)
    with (output / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(command, cwd=CHECKOUT, env=local_environment(), capture_output=True, text=True)
    if done.returncode == 2:  # argparse: the app has no such stage
        raise NotPossible((done.stderr.strip().splitlines() or ["the CDK app refused its arguments"])[-1])
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-SAID_LINES:])
        raise SynthesisFailed(f"`python {' '.join(app)} {' '.join(options)}` gave no templates:\n{said}")
    return folder
