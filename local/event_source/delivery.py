"""The plan of a batch's delivery: when the function is invoked, with which records, and what is given up or committed.

`delivery` yields one instruction after another, and is sent the `Answer` to each `Invoke`; the poller carries them out.
It needs no Kafka, no function and no sleep, so that the order of calls is tested against AWS's documentation
(docs/event-source.md has the page of each rule).
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from commerce.dead_letters import PAYLOAD_TOO_LARGE, RECORD_TOO_OLD, RETRIES_EXHAUSTED
from local.event_source.events import Record
from local.event_source.progress import Progress
from local.platform import OnError

MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an invocation: `error` is the reason of a failure, None if the function ended well.

    `failed` are the records that a partial answer names. `ran` is false where the function was not run, since Lambda
    throttled it or did not answer; `fits` is false where the event exceeds Lambda's limit, and was not sent.
    """

    error: str | None = None
    failed: Sequence[Record] = ()
    ran: bool = True
    fits: bool = True
    request_id: str = ""


class Invoke(NamedTuple):
    """Invoke the function with these records; `attempt` is 1 for the first time that it gets just these."""

    records: Sequence[Record]
    attempt: int


class Rest(NamedTuple):
    """Wait as long as retries wait after the failed attempt of this number."""

    attempt: int


class GiveUp(NamedTuple):
    """Discard these records, and write them to the on-failure destination if there is one.

    `invocations` is how often the function was invoked with them, `answer` its last answer, None if it never ran.
    """

    records: Sequence[Record]
    condition: str
    invocations: int
    answer: Answer | None


class Commit(NamedTuple):
    """Commit these offsets, by partition: every record before them was taken or given up."""

    offsets: Mapping[int, int]


Instruction: TypeAlias = Invoke | Rest | GiveUp | Commit
Instructions: TypeAlias = Generator[Instruction, Answer | None, None]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be tried together: how often they failed, were not run, and were part of an invocation so far."""

    records: Sequence[Record]
    failures: int = 0
    refusals: int = 0
    invocations: int = 0
    answer: Answer | None = None

    def given_up(self, condition: str) -> GiveUp:
        """The instruction to give the whole batch up."""
        return GiveUp(self.records, condition, self.invocations, self.answer)


def delivery(records: Sequence[Record], on_error: OnError, now: Callable[[], int]) -> Instructions:
    """The instructions that deliver the records to the function; `now` tells milliseconds since 1970.

    Order holds in each partition: a half is taken or given up before the function gets the other. Records that a
    filter took out are only committed, with those around them.
    """
    progress = Progress(records)
    kept = [record for record in records if not record.filtered]
    offsets = progress.settle(record for record in records if record.filtered)
    if not kept:
        yield Commit(offsets)
    waiting = [Batch(kept)] if kept else []
    while waiting:
        young, old = by_age(waiting.pop(), on_error.max_age_seconds, now())
        if old.records:
            yield old.given_up(RECORD_TOO_OLD)
            yield from committed(progress, old.records)
        if young.records:
            answer = yield Invoke(young.records, young.failures + young.refusals + 1)
            assert answer is not None  # the answer to an Invoke
            again = after(young, answer, on_error)
            if isinstance(again, GiveUp):
                yield again
                again = []
            left = {id(record) for batch in again for record in batch.records}
            yield from committed(progress, (record for record in young.records if id(record) not in left))
            waiting.extend(reversed(again))
            if len(again) == 1:
                yield Rest(again[0].failures + again[0].refusals)


def committed(progress: Progress, records: Iterable[Record]) -> Instructions:
    """The commit that settling these records allows, if any."""
    if offsets := progress.settle(records):
        yield Commit(offsets)


def after(batch: Batch, answer: Answer, on_error: OnError) -> GiveUp | list[Batch]:
    """The batches to be tried again after this answer, in their order; or the instruction to give the batch up."""
    if not answer.ran:
        if not answer.fits and on_error.bucket is not None:
            return batch.given_up(PAYLOAD_TOO_LARGE)
        return [replace(batch, refusals=batch.refusals + 1)]
    left = batch.records if answer.error is not None else answer.failed
    if not left:
        return []
    again = Batch(left, batch.failures + 1, batch.refusals, batch.invocations + 1, answer)
    if answer.error is not None and on_error.bisects and len(left) > 1:
        return halves(again)
    if on_error.most_retries is not None and again.failures > on_error.most_retries:
        return again.given_up(RETRIES_EXHAUSTED)
    return [again]


def halves(batch: Batch) -> list[Batch]:
    """The halves of a failed batch, the first with the odd record. Each has all its retries before it."""
    middle = (len(batch.records) + 1) // 2
    fresh = replace(batch, failures=0, refusals=0)
    return [replace(fresh, records=batch.records[:middle]), replace(fresh, records=batch.records[middle:])]


def by_age(batch: Batch, max_age_seconds: int | None, now: int) -> tuple[Batch, Batch]:
    """The records of the batch that the function may still get, and those that are too old for it."""
    if max_age_seconds is None:
        return batch, replace(batch, records=[])
    oldest = now - max_age_seconds * MILLISECONDS
    young = [record for record in batch.records if record.timestamp >= oldest]
    old = [record for record in batch.records if record.timestamp < oldest]
    return replace(batch, records=young), replace(batch, records=old)
