"""One replay: reads files, sends requests, and saves state, rejects and counts."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Final, Self

import msgspec

from commerce.selection import Selection
from console.forms import PLAIN_FORMS, Forms
from console.interrupts import Interrupts
from producer.api import Connection
from producer.errors import WrongUse
from producer.replay import state as states
from producer.replay.files import Reading, check_dates_of_all
from producer.replay.pace import Pace, event_span, rows_a_request
from producer.replay.plan import Batch, Reject, batches, rows
from producer.replay.progress import Counts, Look, Outcome, Progress
from producer.replay.rejects import Rejects
from producer.replay.sender import LOOK_SECONDS, Sender
from producer.replay.state import ReplayState

SAVE_SECONDS: Final = 0.5
"""Seconds between two saves of the state; a killed replay sends the rows settled since then again."""

MOST_WAITING: Final = 200_000
"""Rows that may wait for an earlier batch: this bounds the memory and the rows repeated after a kill."""

MOST_SHOWN: Final = 5
"""Rejected rows kept for the summary."""


class Order(msgspec.Struct, frozen=True):
    """The input of a replay; `target` names the platform in the state.

    `rate` is rows a second, `speedup` how many times faster than their InvoiceDates the rows are sent. With `loop` the
    rows are sent again and again until an interrupt: the same lines each time, since their LineIds say nothing of it,
    so every store stays as the first round left it, and only the topic's and the raw files' deliveries grow.
    """

    files: Sequence[Path]
    selection: Selection
    target: str
    batch: int
    connections: int
    give_up_after: float
    state: Path | None = None
    rejects: Path | None = None
    forms: Forms = PLAIN_FORMS
    rate: float | None = None
    speedup: float | None = None
    loop: bool = False


class Run:
    """One replay. `go` carries it out; afterwards, or after an interrupt, `counts` and the others say how it ended."""

    def __init__(
        self,
        order: Order,
        connect: Callable[[], Connection],
        tell: Callable[[str], None],
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Load the saved state; `tell` receives troubles, `note` remarks about ignored content of the files.

        Raises `WrongUse` where the state is another replay's.
        """
        self.order = order
        self.interrupts = Interrupts()
        self.shown: list[Reject] = []
        """The first rejected rows."""
        self.refused_rows: Counter[str] = Counter()
        """The number of rows that the client itself refused in this run, by field."""
        self._state = _state(order)
        self._progress = Progress([file.settled for file in self._state.files[: len(order.files)]])
        self.done_before = self._progress.counts.settled
        """The number of rows that an earlier run with the same state settled."""
        self._changed = Condition()
        self._unsaved = False
        self._rejects = Rejects(order.rejects, order.files, self._state.rejects_bytes)
        self._tell = tell
        self._note = note
        self._pace = Pace(order.rate, order.speedup)
        self._reading = Reading(order.files)
        self._until: datetime | None = None
        self.rounds = 0
        """The number of rounds begun, with `--loop`."""
        self._sender = Sender(
            connect,
            self._settle,
            connections=order.connections,
            give_up_after=order.give_up_after,
            tell=tell,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rejects.close()

    @property
    def counts(self) -> Counts:
        """The counts so far, with the rows that were settled before this run."""
        return self._progress.counts

    @property
    def trouble(self) -> str | None:
        """The reason why the sending ended early, if it did."""
        return self._sender.trouble

    def look(self) -> Look:
        """The progress at this moment; callable from any thread."""
        counts, selected = self.counts, self.order.selection.rows
        fraction = None if self.order.loop else self._reading.fraction
        if fraction is not None and selected:
            fraction = max(fraction, min(1.0, counts.rows / selected))
        return Look(
            counts.settled,
            counts.rejected,
            self._sender.retries,
            counts.through(fraction),
            self._pace.behind_seconds,
            self._until,
            self.rounds,
        )

    def go(self) -> None:
        """Send every selected row that is not settled, until each is settled or the sending ends.

        Raises `UnreadableDocument`; rows before it are sent, but for `SuspectDates`. Ends cleanly on an interrupt and
        raises KeyboardInterrupt: requests under way are awaited, and the state is saved.
        """
        over = Event()
        saver = Thread(target=self._save_until, args=(over,), name="saver", daemon=True)
        saver.start()
        try:
            for batch in self._read():
                self._wait_for(batch)
                self._begin(batch)
                self._sender.send(batch, self.interrupts.look)
            self._sender.finish(self.interrupts.look)
        except KeyboardInterrupt:
            self._sender.halt()
            self._tell("stopping: requests under way are awaited (Ctrl-C again leaves at once)")
            raise
        finally:
            try:
                self._sender.finish()
            finally:
                over.set()
                saver.join()
                self.save()

    def save(self) -> None:
        """Save the state, and the rejects that it counts before it; nothing without `--state`."""
        with self._changed:
            self._rejects.sync()
            state, self._unsaved = self._now(), False
        if self.order.state is not None:
            states.save(self.order.state, state)

    def _read(self) -> Iterator[Batch]:
        """Yield the batches. Ctrl-C interrupts only while one is read, since reading may wait for input."""
        found = self._batches()
        while True:
            with self.interrupts.raised():
                batch = next(found, None)
            if batch is None:
                return
            yield batch

    def _batches(self) -> Iterator[Batch]:
        order = self.order
        settled = [file.rows for file in self._progress.leading]
        size, span = rows_a_request(order.batch, order.rate), event_span(order.speedup)
        note = self._noted
        of_files = [order.forms.of(file) for file in order.files]
        if len(order.files) > 1:
            check_dates_of_all(order.files, order.forms)
        while True:
            self.rounds += 1
            sent = False
            found = rows(self._reading.documents(), of_files, note)
            for batch in batches(order.selection.select(found), settled, size, span):
                sent = sent or bool(batch.shipments)
                yield batch
            if not (order.loop and sent) or self._sender.halted:
                return
            note = _unheard  # said in the first round
            self._pace.again()

    def _noted(self, note: str) -> None:
        with self.interrupts.held():  # a terminal's bar has a lock
            self._note(note)

    def _wait_for(self, batch: Batch) -> None:
        """Return when the batch is due, or the sending has ended."""
        while (left := self._pace.wait_seconds(batch.latest)) > 0 and not self._sender.halted:
            self._until = batch.latest if self.order.speedup else None
            time.sleep(min(left, LOOK_SECONDS))
            self.interrupts.look()
            self._sender.check()
        self._until = None
        self._pace.went(len(batch.shipments) + len(batch.refused), batch.latest)

    def _begin(self, batch: Batch) -> None:
        """Record that the batch is on its way; blocks while too many batches wait for a late one."""
        with self._changed:
            while self._progress.waiting >= MOST_WAITING:
                self._changed.wait(LOOK_SECONDS)
                self.interrupts.look()
                self._sender.check()
            self._progress.begin(batch)

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        with self._changed:
            for rejects in self._progress.end(batch, outcome):
                self._rejects.write(rejects, settled=not self._progress.halted)
                self.shown += rejects[: MOST_SHOWN - len(self.shown)]
                for reject in rejects:
                    self.refused_rows.update({error.field for error in reject.row.errors})
            self._unsaved = True
            self._changed.notify_all()

    def _now(self) -> ReplayState:
        files = list(self._state.files)  # those of this replay first, then others that the state knows
        for at, settled in enumerate(self._progress.leading):
            files[at] = msgspec.structs.replace(files[at], settled=settled)
        return msgspec.structs.replace(self._state, files=files, rejects_bytes=self._rejects.settled_bytes)

    def _save_until(self, over: Event) -> None:
        while not over.wait(SAVE_SECONDS):
            if self._unsaved:
                try:
                    self.save()
                except WrongUse:
                    self._unsaved = True  # the last save says it, if it still cannot be written by then


def _state(order: Order) -> ReplayState:
    """The state to begin with, saved at once: an unwritable path is found before anything is sent."""
    begun = states.new_state(order.target, order.selection, order.files, order.forms)
    if order.state is None:
        return begun
    stored = states.load(order.state)
    state = begun if stored is None else states.resumed(begun, stored, order.state)
    states.save(order.state, state)
    return state


def _unheard(note: str) -> None:
    """A `note` that drops remarks made before."""
