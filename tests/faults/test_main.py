"""`python -m tests.faults` leaves nothing behind, however it ends."""

import signal
import subprocess
import sys

import psutil
import pytest

from local.processes import wait_until
from tests.end_to_end.laptop import CHECKOUT


def descendants(pid: int, words: str) -> list[psutil.Process]:
    """The processes below this one whose command has these words."""
    found = []
    for it in psutil.Process(pid).children(recursive=True):
        try:
            found += [it] if words in " ".join(it.cmdline()) else []
        except psutil.NoSuchProcess:
            continue
    return found


@pytest.mark.scale
@pytest.mark.parts
def test_sigterm_ends_the_platform_the_replay_and_the_spark_driver() -> None:
    call = [sys.executable, "-m", "tests.faults", "--seed", "7", "--jobs"]
    with subprocess.Popen(call, cwd=CHECKOUT, stdout=subprocess.DEVNULL) as program:
        assert wait_until(lambda: bool(descendants(program.pid, "driver.py")), 600)
        assert wait_until(lambda: bool(descendants(program.pid, "tillstream replay")), 600)
        below = psutil.Process(program.pid).children(recursive=True)
        program.send_signal(signal.SIGTERM)
        assert program.wait(120) == 128 + signal.SIGTERM
    _, alive = psutil.wait_procs(below, timeout=30)
    assert alive == []
