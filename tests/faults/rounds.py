"""Plays a round: rows are sent and jobs run while its faults happen, until stores have all. Then it counts."""

import re
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from local.processes import POLL_SECONDS
from producer.generate import records
from stores.kafka.brokers import BrokersSilent
from tests.faults.answers import spoilt
from tests.faults.counts import Count
from tests.faults.happenings import Happening, Held, missed
from tests.faults.jobs import Jobs
from tests.faults.plan import EVERYTHING, Fault, Round
from tests.faults.platform import Platform
from tests.faults.results import NOTHING_LISTENS, Result, seen_by_user
from tests.gate import Request, Spoilt

PATIENCE_SECONDS: Final = 1_800
"""Seconds for one round, on a busy machine; it ends far earlier."""

ZOMBIE_SECONDS: Final = 30.0
"""Seconds for which a zombie is held at most: its batch may be delivered again in other parts."""

LATER: Final = {"UpdateItem": 14, "PutItem": 40}
"""The number of later requests that a zombie waits for, by its kind."""

LONGEST_INVOICE: Final = 200
"""The generated day has one invoice of a thousand lines, which a round leaves out."""


class Stuck(AssertionError):
    """A round did not come to its end in time."""


class Play:
    """One round on a running platform."""

    def __init__(
        self,
        platform: Platform,
        planned: Round,
        file: Path,
        jobs: Jobs,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`file` holds the round's rows."""
        self._patience_seconds = patience_seconds
        self._platform, self._round, self._file, self._jobs = platform, planned, file, jobs
        self._happenings = [Happening(fault) for fault in planned.faults]
        self._result = Result(planned)
        self._lock = threading.Lock()
        self._client: subprocess.Popen[str] | None = None
        self._began = monotonic()
        self._first_request = platform.requests
        self._killed: set[str] = set()
        self._held: list[Held] = []
        self._pool = ThreadPoolExecutor(1)

    def run(self) -> Result:
        """Play it, and count nothing; raises `Stuck` where it does not end."""
        self._arm()
        if self._round.jobs:
            self._jobs.begin()
        try:
            self._send_until_all_has_happened()
            self._heal()
            healed = monotonic()
            self._wait(self._is_drained)
            self._result.recovery_seconds = monotonic() - healed
            self._let_zombies_go_on()
            if self._round.jobs:
                self._result.jobs = self._jobs.finish(self._look)
        finally:
            self._heal()
            if self._client:
                self._client.kill()
            self._pool.shutdown()
        self._result.seconds = monotonic() - self._began
        self._result.did_not_happen = missed(self._happenings)
        return self._result

    def _arm(self) -> None:
        for name, gate in self._platform.gates.items():
            gate.spoil = lambda request, name=name: self._spoilt(name, request)  # type: ignore[misc]
        self._platform.broker.spoil = lambda request: self._spoilt("kafka", request)

    def _spoilt(self, part: str, request: Request) -> Spoilt | None:
        """The planned fault of this request, if any; called by the proxies' threads."""
        with self._lock:
            for it in self._happenings:
                fault = it.fault
                if fault.part == part and fault.request and it.is_awaited and re.match(fault.request, request.what):
                    it.seen += 1
                    if it.seen >= fault.nth:
                        it.began = it.began or monotonic()
                        it.over = it.seen >= fault.nth + fault.times - 1
                        return self._zombie(request) if fault.kind == "zombie" else spoilt(fault)
            for held in self._held:
                if held.what == request.what and self._platform.starts["event_source"] > held.starts:
                    held.to_come -= 1
                    return Spoilt(done=held.came_again) if not held.to_come else None
        return None

    def _zombie(self, request: Request) -> Spoilt:
        """Kill the event source, and hold the request until the like of it has come from the batch's next delivery."""
        held = Held(request.what, self._platform.starts["event_source"], LATER.get(request.what, 1))
        self._held.append(held)
        self._kill("event_source")
        return Spoilt(seconds=ZOMBIE_SECONDS, until=held.came_again, ended=held.ended)

    def _let_zombies_go_on(self) -> None:
        """Let the effect of each request that is still held come last, when the stores have everything else."""
        for held in self._held:
            held.release()

    def _kill(self, server: str) -> bool:
        self._killed.add(server)
        return self._platform.signal(server, signal.SIGKILL)

    def _send_until_all_has_happened(self) -> None:
        """Send the rows once, and again for as long as a fault has not happened but may; and so with the jobs."""
        self._replay()
        while self._pending():
            if any(fault.is_of_jobs for fault in self._pending()):
                self._jobs.begin_again()
            self._wait(lambda: not self._pending() or (self._is_drained() and not self._waits_for_jobs()))
            self._note_a_try()
            if self._pending():
                self._replay()

    def _note_a_try(self) -> None:
        """Count what the rows that were sent, and the jobs that ended, did for the faults that have not happened."""
        for it in self._happenings:
            if it.is_awaited and not (it.fault.is_of_jobs and self._jobs.running):
                it.tried(self._platform.requests - self._first_request)

    def _waits_for_jobs(self) -> bool:
        """Whether jobs run, and the faults that have not happened can happen to nothing else."""
        return self._jobs.running and all(fault.is_of_jobs for fault in self._pending())

    def _pending(self) -> list[Fault]:
        """The faults that have not happened, or not ended, and are not given up."""
        return [it.fault for it in self._happenings if it.is_awaited]

    def _replay(self) -> None:
        """Send the rows, again by the same state where the client was killed, or found no gateway when it began."""
        state = self._file.with_suffix(f".{len(self._result.replays)}.json")
        while True:
            client = self._client = self._platform.laptop.start(
                "replay", str(self._file), "--state", str(state), "--json",
                "--batch", "25", "--connections", "2", "--rate", str(self._round.rows_a_second),
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            said = self._pool.submit(client.communicate)
            while not said.done():
                self._look()
            code, (out, errors) = client.returncode, said.result()
            self._result.replays.append(seen_by_user(code, out, errors))
            if code == 0:
                return
            assert code in (1, -signal.SIGKILL) or NOTHING_LISTENS in errors, errors

    def _look(self) -> None:
        """Let the faults of processes begin and end, and start again what has ended; then rest a moment."""
        if monotonic() - self._began > self._patience_seconds:
            raise Stuck(f"the round does not end: {self._result.line()}")
        for it in self._happenings:
            if not it.fault.request and it.is_awaited:
                self._advance(it)
        for name in self._platform.revive():
            if name not in self._killed:
                self._result.ended.append(name)
            self._killed.discard(name)
        sleep(POLL_SECONDS)

    def _advance(self, it: Happening) -> None:
        """Begin a fault of a process or of the network when it is due, and end it when its time is over."""
        if it.began is None:
            if self._platform.requests - self._first_request >= it.fault.nth and self._begin(it.fault):
                it.began = monotonic()
                it.over = not it.fault.seconds
        elif monotonic() - it.began >= it.fault.seconds:
            self._end(it.fault)
            it.over = True

    def _begin(self, fault: Fault) -> bool:
        """Whether the fault could begin: its part may not run now."""
        if fault.kind == "partition":
            self._platform.close_network(fault.part)
            return True
        if fault.kind == "disk full":
            self._killed.add(fault.part)  # Kafka ends when it cannot write its log
            return self._platform.refuse_writes(fault.part, refuse=True)
        number = signal.SIGKILL if fault.kind == "kill" else signal.SIGSTOP
        if fault.part == "client":
            if self._client is None or self._client.poll() is not None:
                return False
            self._client.send_signal(number)
            return True
        if fault.part.startswith("spark"):
            return self._jobs.signal(fault.part, number)
        if fault.part == EVERYTHING:
            self._killed |= set(self._platform.servers())
            self._platform.kill_all()
            self._jobs.signal("spark driver", number)
            return True
        return self._kill(fault.part) if fault.kind == "kill" else self._platform.signal(fault.part, number)

    def _end(self, fault: Fault) -> None:
        if fault.kind == "partition":
            self._platform.open_network(fault.part)
        elif fault.kind == "disk full":
            self._platform.refuse_writes(fault.part, refuse=False)
        elif fault.part == "client" and self._client is not None:
            self._client.send_signal(signal.SIGCONT)
        elif fault.part.startswith("spark"):
            self._jobs.signal(fault.part, signal.SIGCONT)
        else:
            self._platform.signal(fault.part, signal.SIGCONT)

    def _heal(self) -> None:
        for it in self._happenings:
            if it.began is not None and not it.over and not it.fault.request:
                self._end(it.fault)
        self._platform.open_all()

    def _wait(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._look()

    def _is_drained(self) -> bool:
        """Whether both consumers have read and committed everything."""
        try:
            return not any(self._platform.lag().values())
        except BrokersSilent:
            return False


def file_of(planned: Round, folder: Path) -> Path:
    """The file of a round's generated day, without its longest invoices."""
    rows = list(records(date.fromisoformat(planned.day), seed=planned.seed, invoices=planned.invoices))
    lines = Counter(row.partition(b",")[0] for row in rows)
    path = folder / f"{planned.day}.csv"
    path.write_bytes(b"".join(row for row in rows if lines[row.partition(b",")[0]] <= LONGEST_INVOICE))
    return path


def play(
    platform: Platform,
    planned: Round,
    count: Count,
    jobs: Jobs,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Result:
    """Play a round; then every store must hold its rows besides those of the rounds that `count` knows."""
    file = file_of(planned, platform.laptop.home)
    result = Play(platform, planned, file, jobs, patience_seconds).run()
    count.add(file)
    result.differences = count.differences(jobs=planned.jobs)
    return result
