"""Writers that take turns: one thread, a greenlet a writer, and a seed that decides whose turn it is."""

import os
import random
from collections.abc import Callable, Sequence
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import getcurrent, greenlet

from stores.retries import Retries

SEEDS = int(os.environ.get("TILLSTREAM_SEEDS", "1000"))
"""The number of histories to try: fewer by `make unit`, more by `make scale`."""

MOST_STEPS = 20_000


class Wrong(AssertionError):
    """A history that the protocol should have made impossible."""


class Task:
    """A writer at work. When it is done, `error` is the exception that it raised, if any."""

    def __init__(self, world: "World", work: Callable[[], object]) -> None:
        self.error: Exception | None = None
        self._world = world
        self._work = work
        self._greenlet = greenlet(self._run, world.main)

    @property
    def is_done(self) -> bool:
        return bool(self._greenlet.dead)

    def step(self) -> None:
        """Go on to the next request."""
        self._greenlet.switch()
        if self._world.steps > MOST_STEPS:
            raise Wrong("stuck: the writers never come to an end")

    def finish(self) -> None:
        """Go on to the end."""
        while not self.is_done:
            self.step()

    def die(self) -> None:
        """Stop for good before the next request."""
        self._greenlet.throw()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # noqa: BLE001 - what a writer raises is looked at by the test
            self.error = error


class World:
    """Random numbers, turns and faults. `calm` leaves the faults out."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.main = getcurrent()
        self.calm = False
        self.trouble = self.random.choice((0.0, 0.03, 0.1))
        self.steps = 0

    def happens(self, probability: float) -> bool:
        return self.random.random() < probability

    def pause(self) -> None:
        """Give the turn to another writer; this one may never get it back."""
        self.steps += 1
        if getcurrent() is not self.main:
            self.main.switch()

    def retries(self, attempts: int = 50) -> Retries:
        """A writer's retries, counted in requests of all writers instead of time."""
        end = self.steps + self.random.choice((20, 200, 1_000_000))
        return Retries(lambda: end - self.steps, attempts=attempts, sleep=lambda _: self.pause(), jitter=lambda: 0.0)

    def troubled(self, operation: str, effect: Callable[[], Any], refusals: Sequence[tuple[int, str]]) -> Any:
        """The effect of a request, or none, or the effect without the answer, or the effect twice."""
        self.pause()
        if self.calm or not self.happens(self.trouble):
            return effect()
        kind = self.random.randrange(4)
        if kind == 0:
            refusal = self.random.choice((None, *refusals))
            raise refused(operation, *refusal) if refusal else timeout()
        if kind == 1:
            effect()
            raise timeout()
        if kind == 2:
            effect()
            raise refused(operation, 500, "InternalError")
        effect()  # botocore heard no answer and asks again by itself
        return effect()


def refused(operation: str, status: int, code: str) -> ClientError:
    """An AWS answer that refuses."""
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


def timeout() -> ReadTimeoutError:
    """A missing answer."""
    return ReadTimeoutError(endpoint_url="https://aws")
