"""The claims of lines: a quarantined record claims the line that it is to become, before that is decided.

A line has claims by number, each put once, and its last claim holds it. Another record may add the next one only where
the holder will not become the line any more: a decision made it another line or discarded it, or none was made within
`LEASE`, since whoever claimed the line for it was stopped.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from commerce.paths import DECISIONS, claim_key, claimed, decision_key
from commerce.quarantined.decisions import Decision, decision
from operations.errors import StoreUnreachable
from stores.s3.listing import listed
from stores.s3.objects import Lake

LEASE: Final = timedelta(hours=1)
"""The age at which a claim without a decision ends."""

DECIDE_SECONDS: Final = 600.0
"""Seconds after its claims within which a command decides, so that nobody else can have claimed the lines meanwhile."""


class Claim(msgspec.Struct, frozen=True):
    """A claim of a line, by its number, for a record."""

    line_id: str
    number: int
    record: str
    since: datetime


class Holder(msgspec.Struct, frozen=True):
    """The record that holds a line, and whether a decision makes it that line already."""

    record: str
    is_decided: bool = False


def ends(claim: Claim, made: Decision | None, record: str, now: datetime) -> bool:
    """Whether this record may add a claim after this one, whose own record has the decision `made`, or None yet.

    A record renews its own claim before that could end while it decides.
    """
    is_own = claim.record == record
    if made is not None:
        return not is_own and made.LineId != claim.line_id
    return now - claim.since >= (timedelta(seconds=DECIDE_SECONDS) if is_own else LEASE)


class Claims:
    """The claims in the lake bucket."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def take(self, wanted: Decision) -> Holder:
        """Claim the decision's line for its record; the record that holds the line then."""
        line_id, record, number = wanted.LineId, wanted.Record, 1
        while not self._lake.put_once(claim_key(line_id, number), record.encode()):
            last = self._last(line_id)
            body = self._lake.dated(decision_key(last.record))
            made = None if body is None else decision(body[0])
            if not ends(last, made, record, datetime.now(UTC)):
                return Holder(last.record, is_decided=made is not None)
            number = last.number + 1
        return Holder(record)

    def undecided(self, decided: Mapping[str, Decision]) -> dict[str, list[str]]:
        """The lines that are held for records without a decision, by record."""
        settled, found = {made.LineId for made in decided.values()}, defaultdict[str, list[str]](list)
        last = dict(sorted(claimed(it["Key"]) for it in self._listed("")))
        for line_id in sorted(last.keys() - settled):
            record = self._lake.read(claim_key(line_id, last[line_id])).decode()
            if record not in decided:
                found[record].append(line_id)
        return dict(found)

    def _last(self, line_id: str) -> Claim:
        """The last claim of a line that has one."""
        since = {claimed(it["Key"])[1]: it["LastModified"] for it in self._listed(f"{line_id}.")}
        number = max(since)
        return Claim(line_id, number, self._lake.read(claim_key(line_id, number)).decode(), since[number])

    def _listed(self, line_id: str) -> Iterator[Any]:
        return listed(self._lake.retries, self._lake.client, self._lake.bucket, f"{DECISIONS}lines/{line_id}")


def in_time(wanted: Iterable[Decision], began: float) -> Iterator[Decision]:
    """The decisions, each to be written now; raises `StoreUnreachable` once the claims could end, by `uptime`."""
    for made in wanted:
        if uptime() - began > DECIDE_SECONDS:
            raise StoreUnreachable(
                f"the decisions were not written within {DECIDE_SECONDS / 60:.0f} minutes of their claims: run it again"
            )
        yield made


def uptime() -> float:
    """Seconds since the machine was started, those in which it slept too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
