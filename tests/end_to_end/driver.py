"""A platform's jobs in one driver, one after another: they share its Spark, which `tillstream job` starts for each.

They run by the template's script, arguments and settings, on the modules of this checkout rather than on each job's zip
of them; that every job runs by the command, from its zip, is shown in tests/local/glue/test_command.py.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path


class Driver:
    """A process that runs jobs of a running platform."""

    def __init__(self, state: Path, modules: tuple[Path, ...] = ()) -> None:
        """Start it for the platform with this state directory; `modules` are a zip to be imported from first."""
        # here, since the process runs this file too and needs none of them
        from local.config import RunConfig
        from local.glue import runs
        from local.processes import local_environment
        from local.state import State

        config = RunConfig.load(State(state).config_file)
        self._calls = {
            runs.short_name(job.name, config.platform.stage): [str(job.script), *runs.arguments(job)]
            for job in config.platform.jobs
        }
        # without the zip and the role of one job: its modules and its permissions would be those of that job alone
        any_job = replace(config.platform.jobs[0], module_zips=modules, role="")
        runs.scratch_folder(any_job, config).mkdir(parents=True, exist_ok=True)
        environment = {**local_environment(), **runs.environment(any_job, config)}
        self._log = state / "logs" / "driver.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, __file__], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
            )

    def run(self, name: str, *own: str) -> None:
        """Run a job, which must succeed; `own` are arguments that come after the template's."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        with suppress(BrokenPipeError):  # it has died: then it does not answer either
            asked.write(json.dumps([*self._calls[name], *own]).encode() + b"\n")
            asked.flush()
        answer = answers.readline()
        if not answer:
            self._process.wait()
        assert answer == b"0\n", f"{name}: {answer!r}\n{self._log.read_text('utf-8', 'replace')[-5_000:]}"

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and its JVM with it."""
        with suppress(BrokenPipeError):
            self._process.communicate()


@contextmanager
def one_driver(state: Path) -> Iterator[Driver]:
    """A driver for the jobs inside the block."""
    driver = Driver(state)
    try:
        yield driver
    finally:
        driver.close()


def main() -> None:
    """Run each script that a line of standard input calls, and answer its exit code; what it prints goes to the log."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        sys.argv = json.loads(line)
        code: object = 0
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as ended:
            code = ended.code or 0
        print(json.dumps(code), file=answers, flush=True)


if __name__ == "__main__":
    main()
