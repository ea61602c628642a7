"""Sends batches over several connections at once, and repeats requests that did not arrive.

A request is sent again as it was: its rows carry their LineIds, so a row that had arrived is the same line.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from queue import Full, Queue
from random import Random
from threading import Event
from typing import Final

from producer.api import Connection
from producer.errors import ApiRefused, NoAnswer
from producer.replay.plan import Batch, Reject, Shipment, TooLarge, Verdict, body, delay_seconds, refused_here, verdict
from producer.replay.progress import Outcome

LOOK_SECONDS: Final = 0.2
"""Seconds between two checks of a blocked sender whether it may stop."""


def _nowhere() -> None:
    """The default `look`, which does nothing: the sender blocks to its end."""


class Sender:
    """Sends batches, each over one of several connections, and reports how each ended by `settle`, from any thread.

    A batch whose rows do not arrive for `give_up_after` seconds, or a request that the API refuses, ends the sending:
    `trouble` then says why, and rows that come later stay unsent, at once.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        settle: Callable[[Batch, Outcome], None],
        *,
        connections: int,
        give_up_after: float,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.trouble: str | None = None
        self.retries = 0
        """The number of requests that were repeated, or are about to be."""
        self._connect = connect
        self._settle = settle
        self._give_up_after = give_up_after
        self._tell = tell
        self._random = Random()
        self._halt = Event()
        self._batches: Queue[Batch | None] = Queue(connections)
        self._connections = connections
        self._pool = ThreadPoolExecutor(connections, "connection")
        self._workers: list[Future[None]] = []
        self._to_end = 0
        """The number of connections' threads that were not asked to end."""

    def send(self, batch: Batch, look: Callable[[], None] = _nowhere) -> None:
        """Send the batch; blocks while every connection is busy, and calls `look` now and then meanwhile.

        The first batch opens the connections. Raises what a connection's thread raised, and what `look` raises.
        """
        while len(self._workers) < self._connections:
            self._workers.append(self._pool.submit(self._work))
            self._to_end += 1
        while True:
            look()
            try:
                return self._batches.put(batch, timeout=LOOK_SECONDS)
            except Full:
                self.check()

    def check(self) -> None:
        """Raise the error that a connection's thread raised, if there is one."""
        for worker in self._workers:
            if worker.done():
                worker.result()

    @property
    def halted(self) -> bool:
        """Whether sending has stopped."""
        return self._halt.is_set()

    def halt(self) -> None:
        """Stop sending: requests under way are awaited, and other rows stay unsent."""
        self._halt.set()

    def finish(self, look: Callable[[], None] = _nowhere) -> None:
        """Return when every batch is settled, calling `look` now and then meanwhile.

        Raises what a connection's thread raised, and what `look` raises: then it may be called again.
        """
        while self._to_end and not all(worker.done() for worker in self._workers):
            look()
            with suppress(Full):
                self._batches.put(None, timeout=LOOK_SECONDS)
                self._to_end -= 1
        while wait(self._workers, LOOK_SECONDS).not_done:
            look()
        self.check()
        self._pool.shutdown()

    def _work(self) -> None:
        connection = self._connect()
        try:
            while (batch := self._batches.get()) is not None:
                self._settle(batch, self._delivered(connection, batch))
        finally:
            connection.close()

    def _delivered(self, connection: Connection, batch: Batch) -> Outcome:
        """Send the batch until each row is settled or the sending ends."""
        accepted, failures, deadline = 0, 0, float("inf")
        retried: set[int] = set()
        rejected: list[Reject] = list(refused_here(batch))
        parts: list[tuple[Shipment, ...]] = [batch.shipments] if batch.shipments else []
        while parts and not self._halt.is_set():
            part = parts.pop()
            decision, why, retry_after = self._asked(connection, part)
            if isinstance(decision, TooLarge):
                parts += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            if decision is None:
                parts.append(part)
                break
            accepted += decision.accepted
            rejected += decision.rejected
            if len(decision.again) < len(part):
                failures, deadline = 0, float("inf")
            if decision.again:
                parts.append(decision.again)
                retried.update(shipment.row.before for shipment in decision.again)
                deadline = min(deadline, time.monotonic() + self._give_up_after)
                if not self._wait(failures, deadline, why, retry_after):
                    break
                failures += 1
        rejected.sort(key=lambda reject: reject.row.before)
        return Outcome(accepted, tuple(rejected), sum(map(len, parts)), len(retried))

    def _asked(
        self, connection: Connection, part: tuple[Shipment, ...]
    ) -> tuple[Verdict | TooLarge | None, str, str | None]:
        """The API's decision about the rows, the reason to repeat them if any, and when; None ends the sending."""
        try:
            answer = connection.post_lines(body(part))
            return verdict(answer.status, answer.body, part), f"the API answers {answer.status}", answer.retry_after
        except NoAnswer as error:
            return Verdict(0, again=part), str(error), None
        except ApiRefused as error:
            self._end(str(error))
            return None, str(error), None

    def _wait(self, failures: int, deadline: float, why: str, retry_after: str | None) -> bool:
        """Wait until it is time to repeat the request; false if the sending ends meanwhile, or the time is used up."""
        delay = delay_seconds(failures, retry_after, self._random, datetime.now(UTC))
        left = deadline - time.monotonic()
        if left <= 0 or (retry_after and delay > left):
            self._end(f"gave up after {self._give_up_after:g} s: {why}")
            return False
        delay = min(delay, left)  # the last try is at the end of the patience that was promised
        self.retries += 1  # a glance at it need not be exact
        self._tell(f"{why}; sending again in {delay:.1f} s")
        return not self._halt.wait(delay)

    def _end(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble
        self._halt.set()
