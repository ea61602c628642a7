"""Locks on tables with Redshift's rules: held until the transaction ends, and granted in turn.

Readers share with everybody but exclusive holders; writers of one table wait for each other; LOCK and DDL are alone.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from threading import Condition
from typing import Final

from local.redshift_data.sql.words import Cancelled, SqlError

LOCK_TIMEOUT_SECONDS: Final = 300.0


class Mode(Enum):
    """Redshift's three modes."""

    SHARE = 1
    WRITE = 2
    EXCLUSIVE = 3


def _conflict(one: Mode, other: Mode) -> bool:
    return Mode.EXCLUSIVE in (one, other) or one is other is Mode.WRITE


@dataclass(eq=False, slots=True)
class Holder:
    """A transaction, by number; `snapshot` is the number of commits that it sees, None before its first read."""

    number: int
    cancelled: Callable[[], bool] = lambda: False
    snapshot: int | None = None
    held: dict[str, Mode] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)


class Locks:
    """All locks of one database, and which commit last wrote each table."""

    def __init__(self, timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self._timeout_seconds = timeout_seconds
        self._changed = Condition()
        self._holders: set[Holder] = set()
        self._waits: dict[Holder, set[Holder]] = {}
        self._commits = 0
        self._last: dict[str, tuple[int, int]] = {}

    def acquire(self, holder: Holder, tables: Iterable[str], mode: Mode) -> bool:
        """Lock `tables`; returns whether it had to wait.

        Raises `SqlError` at a deadlock or a time-out, and `Cancelled`.
        """
        waited = False
        for table in tables:
            waited = self._acquire(holder, table, mode) or waited
        return waited

    def _acquire(self, holder: Holder, table: str, mode: Mode) -> bool:
        deadline = time.monotonic() + self._timeout_seconds
        with self._changed:
            self._holders.add(holder)
            waited = False
            try:
                while blockers := self._blockers(holder, table, mode):
                    self._check_waiting(holder, blockers, deadline)
                    waited = True
                    self._changed.wait(0.1)
            finally:
                self._waits.pop(holder, None)
            held = holder.held.get(table, mode)
            holder.held[table] = mode if mode.value > held.value else held
            return waited

    def _blockers(self, holder: Holder, table: str, mode: Mode) -> set[Holder]:
        return {it for it in self._holders if it is not holder and table in it.held and _conflict(mode, it.held[table])}

    def _check_waiting(self, holder: Holder, blockers: set[Holder], deadline: float) -> None:
        self._waits[holder] = blockers
        if holder.cancelled():
            raise Cancelled
        if self._leads_to(holder, blockers):
            raise SqlError("deadlock detected")
        if time.monotonic() > deadline:
            raise SqlError("canceling statement due to lock timeout")

    def _leads_to(self, holder: Holder, blockers: set[Holder]) -> bool:
        seen: set[Holder] = set()
        ahead = set(blockers)
        while ahead:
            seen |= ahead
            ahead = set().union(*(self._waits.get(it, set()) for it in ahead)) - seen
        return holder in seen

    def look(self, holder: Holder) -> None:
        """Take the transaction's snapshot, at its first read: it sees earlier commits, and nothing later."""
        with self._changed:
            if holder.snapshot is None:
                holder.snapshot = self._commits

    def check_rewrite(self, holder: Holder, table: str) -> None:
        """Raise Redshift's error 1023 if a commit that the transaction does not see has written `table`."""
        with self._changed:
            commit, writer = self._last.get(table, (0, 0))
            if holder.snapshot is not None and commit > holder.snapshot:
                raise violation(table, writer, holder.number)

    def wrote(self, holder: Holder, table: str) -> None:
        """Record that the transaction has changed `table`."""
        holder.written.add(table)

    def release(self, holder: Holder, *, committed: bool) -> None:
        """Release the transaction's locks at its end."""
        with self._changed:
            if committed and holder.written:
                self._commits += 1
                for table in holder.written:
                    self._last[table] = (self._commits, holder.number)
            self._holders.discard(holder)
            holder.held.clear()
            self._changed.notify_all()


def violation(table: str, *transactions: int) -> SqlError:
    """Redshift's error 1023."""
    cycle = ", ".join(map(str, transactions))
    return SqlError(
        f"1023\n  Detail: Serializable isolation violation on table - {table.partition('.')[2]}, "
        f"transactions forming the cycle are: {cycle} (pid:{transactions[-1]})"
    )
