"""The batch path in the background of a round: its jobs one after another, each again until it succeeds."""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from local.processes import POLL_SECONDS
from tests.end_to_end.driver import Driver

JOBS: Final = (("curate",), ("load_tables", "--items-per-second", "5000"), ("load_warehouse",))
ATTEMPTS: Final = 8


class Jobs:
    """The jobs of one platform, in one driver while it lives."""

    def __init__(self, state: Path, modules: tuple[Path, ...] = ()) -> None:
        self._state, self._modules = state, modules
        self._driver: Driver | None = None
        self._thread: threading.Thread | None = None
        self._seen: list[str] = []
        self._error: AssertionError | None = None
        self._stopped: list[int] = []
        self._closed = False

    def begin(self) -> None:
        """Run the jobs once in the background."""
        self._seen, self._error = [], None
        self.begin_again()

    def begin_again(self) -> None:
        """Run the jobs once more in the background, unless they still run; raises where one did not succeed."""
        if self._error:
            raise self._error
        if not self.running:
            self._thread = threading.Thread(target=self._run)
            self._thread.start()

    def finish(self, look: Callable[[], None]) -> list[str]:
        """Wait for the jobs, run them once more over all that the stream has filed; what their caller saw."""
        self._join(look)
        self.begin_again()
        self._join(look)
        return self._seen

    @property
    def running(self) -> bool:
        """Whether jobs run now."""
        return self._thread is not None and self._thread.is_alive()

    def signal(self, part: str, number: signal.Signals) -> bool:
        """Send a signal to the driver with its JVM, or to one of Spark's Python workers; whether there was any."""
        if number == signal.SIGCONT:
            pids, self._stopped = self._stopped, []
        else:
            pids = self._pids(part) if self.running else []
            self._stopped = pids if number == signal.SIGSTOP else []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(pid).send_signal(number)
        return bool(pids)

    def pids(self) -> list[int]:
        """The ids of the driver, its JVM and Spark's Python workers."""
        return self._pids("spark driver")

    def close(self) -> None:
        """Stop the Spark driver, if one was started; by force where it is in the middle of a job."""
        self._closed = True
        while self._thread is not None and self.running:
            self.signal("spark driver", signal.SIGKILL)
            self._thread.join(POLL_SECONDS)
        if self._driver:
            self._driver.close()

    def _pids(self, part: str) -> list[int]:
        if not self._driver:
            return []
        try:
            driver = psutil.Process(self._driver.pid)
            below = driver.children(recursive=True)
            if part == "spark driver":
                return [driver.pid, *(it.pid for it in below)]
            # the daemon forks the workers: its children have no other
            return [it.pid for it in below if "daemon" in " ".join(it.cmdline()) and not it.children()][:1]
        except psutil.NoSuchProcess:
            return []

    def _join(self, look: Callable[[], None]) -> None:
        while self.running:
            look()
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            for job in JOBS:
                self._until_it_succeeds(*job)
        except AssertionError as error:
            self._error = error

    def _until_it_succeeds(self, *job: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            self._driver = self._driver or Driver(self._state, self._modules)
            try:
                self._driver.run(*job)
            except AssertionError as error:
                self._seen.append(f"{job[0]} failed, and was run again")
                if attempt == ATTEMPTS or self._closed:
                    raise AssertionError(f"{job[0]} failed {attempt} times: {error}") from error
                if not self._driver.alive:
                    self._driver.close()
                    self._driver = None
            else:
                return
