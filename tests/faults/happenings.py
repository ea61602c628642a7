"""The planned faults of a round while it is played: which have happened, and which are waited for no longer."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.faults.plan import Fault

VAIN_TRIES: Final = 3
"""How often the rows are sent again without bringing a fault nearer, before it is given up."""

RELEASED_SECONDS: Final = 60.0
"""Seconds in which a zombie's request must end once it is released."""


@dataclass
class Happening:
    """A planned fault while its round is played."""

    fault: Fault
    seen: int = 0
    """The number of requests that it could have happened to."""
    began: float | None = None
    over: bool = False
    near: int = 0
    """How far its `nth` request was reached, when it was last tried for."""
    vain: int = 0
    """How often in a row it was tried for and came no nearer."""

    @property
    def is_awaited(self) -> bool:
        """Whether the round goes on until it has happened and ended."""
        return not self.over and self.vain < VAIN_TRIES

    def tried(self, passed: int) -> None:
        """Note that rows were sent for it once more, after which so many requests have passed all proxies.

        Batches of a busy machine are large and make few requests, and lines that are stored already make fewer still,
        so the request that a fault is planned for may never come.
        """
        if self.began is not None and not self.fault.request:
            return  # its own seconds end it
        near = self.seen if self.fault.request else min(passed, self.fault.nth)
        self.vain = 0 if near > self.near else self.vain + 1
        self.near = near


def missed(happenings: Sequence[Happening]) -> list[Fault]:
    """The planned faults that did not happen at all."""
    return [it.fault for it in happenings if it.began is None]


@dataclass
class Held:
    """A zombie's request: it is held back until the event source was started anew and has sent the same request again.

    S3's requests are told apart by their keys, so one that is the same is enough. DynamoDB's have only their kind: a
    few of that kind are awaited, of which one is likely to be for the same item.
    """

    what: str
    starts: int
    """How often the event source had been started when the request came."""
    to_come: int
    """How many such requests of a later start must still come before this one goes on."""
    came_again: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let the request go on, whatever came after it, and wait for its effect."""
        self.came_again.set()
        assert self.ended.wait(RELEASED_SECONDS), f"the held request {self.what} does not end"
