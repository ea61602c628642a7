"""Parts run apart: one that fails does not stop the others, and no process outlives one that is interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.measure import runner
from local.processes import wait_until


def test_a_part_that_fails_is_reported_with_what_it_had_and_the_next_one_runs() -> None:
    names = ["tests.benchmarks.parts.failing", "tests.benchmarks.parts.quick"]
    failed, quick = runner.run(names, "gate")
    assert [it.name for it in failed.comparisons] == ["before the failure"]
    assert failed.failure == "ended with exit code 1; its output says why"
    assert ([it.name for it in quick.comparisons], quick.failure) == (["quick"], "")


def test_a_part_that_takes_too_long_is_stopped_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTED", str(tmp_path / "pids"))
    slow, quick = runner.run(["tests.benchmarks.parts.endless", "tests.benchmarks.parts.quick"], "gate", 0.05)
    assert slow.failure == "stopped after 0.05 minutes"
    assert quick.name == "tests.benchmarks.parts.quick"


def test_parts_are_stopped_or_not_run_when_the_time_of_all_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTED", str(tmp_path / "pids"))
    slow, quick = runner.run(["tests.benchmarks.parts.endless", "tests.benchmarks.parts.quick"], "gate", 60, 0.05)
    assert slow.failure == "stopped: the 0.05 minutes of all parts were over"
    assert (quick.failure, quick.comparisons) == ("not run: the 0.05 minutes of all parts were over", [])


def test_ctrl_c_ends_a_part_and_all_that_it_started(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    script = "from benchmarks.measure import runner; list(runner.run(['tests.benchmarks.parts.endless'], 'gate'))"
    child = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "NOTED": str(noted)}, stderr=subprocess.DEVNULL
    )
    assert wait_until(noted.exists, 300), "the part did not start"
    pids = [child.pid, *map(int, noted.read_text().split())]
    child.send_signal(signal.SIGINT)
    child.wait(300)
    assert wait_until(lambda: not any(map(runs, pids)), 300), [pid for pid in pids if runs(pid)]


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
