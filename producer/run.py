"""A replay, carried out: files in, requests out, and the state, the rejects and the counts of what became of it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Condition, Event, Thread
from typing import BinaryIO, Final, Self

import msgspec

from commerce.selection import Selection
from producer import state as states
from producer.errors import WrongUse
from producer.progress import Counts, Outcome, Progress
from producer.rejects import Rejects
from producer.replay import Batch, Reject, batches, rows
from producer.sender import LOOK_SECONDS, Line, Sender
from producer.state import ReplayState

SAVE_SECONDS: Final = 0.5
"""How often the state is saved; a replay that is killed sends what it settled since then again."""

MOST_WAITING: Final = 200_000
"""Rows that may wait for a batch before them: bounds memory, and what a kill makes it send again."""

MOST_SHOWN: Final = 5
"""Rejected rows that are kept to be shown at the end."""


class Order(msgspec.Struct, frozen=True):
    """What a replay was asked to do; `target` names the platform in the state."""

    files: Sequence[Path]
    selection: Selection
    target: str
    batch: int
    connections: int
    give_up_after: float
    state: Path | None = None
    rejects: Path | None = None


class Run:
    """One replay. `go` carries it out; afterwards, or after an interrupt, `counts` and the rest tell how it ended."""

    def __init__(self, order: Order, connect: Callable[[], Line], tell: Callable[[str], None]) -> None:
        """Find out what was settled before. Raises `WrongUse` where the state is another replay's."""
        self.order = order
        self.shown: list[Reject] = []
        """The first rejected rows."""
        self._state = _state(order)
        self._progress = Progress([file.settled for file in self._state.files[: len(order.files)]])
        self._changed = Condition()
        self._unsaved = False
        self._rejects = Rejects(order.rejects, order.files, self._state.rejects_bytes)
        self._tell = tell
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
        """The rows so far, with those that were settled before this run."""
        return self._progress.counts

    @property
    def trouble(self) -> str | None:
        """Why the sending ended early, if it did."""
        return self._sender.trouble

    def go(self) -> None:
        """Send every selected row that is not settled, until each is settled or the sending ends.

        Raises `UnreadableDocument`; rows before it are sent. Ends cleanly on KeyboardInterrupt and raises it: requests
        under way are awaited, and the state is saved.
        """
        over = Event()
        saver = Thread(target=self._save_until, args=(over,), name="saver", daemon=True)
        saver.start()
        try:
            for batch in self._batches():
                self._begin(batch)
                self._sender.send(batch)
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

    def _batches(self) -> Iterator[Batch]:
        order = self.order
        settled = [file.rows for file in self._progress.leading]
        yield from batches(order.selection.select(rows(_opened(order.files))), settled, order.batch)

    def _begin(self, batch: Batch) -> None:
        """Note that the batch is on its way; waits while too many wait for one that is late."""
        with self._changed:
            while self._progress.waiting >= MOST_WAITING:
                self._changed.wait(LOOK_SECONDS)
                self._sender.check()
            self._progress.begin(batch)

    def _settle(self, batch: Batch, outcome: Outcome) -> None:
        with self._changed:
            for rejects in self._progress.end(batch, outcome):
                self._rejects.write(rejects, settled=not self._progress.halted)
                self.shown += rejects[: MOST_SHOWN - len(self.shown)]
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
    """The state to begin with, saved: a state that cannot be written is found before anything is sent."""
    begun = states.new_state(order.target, order.selection, order.files)
    if order.state is None:
        return begun
    stored = states.load(order.state)
    state = begun if stored is None else states.resumed(begun, stored, order.state)
    states.save(order.state, state)
    return state


def _opened(files: Sequence[Path]) -> Iterator[tuple[str, BinaryIO]]:
    """Each file's name and its bytes, one after the other."""
    for file in files:
        with file.open("rb") as document:
            yield str(file), document
