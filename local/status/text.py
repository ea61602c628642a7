"""Sentences of `status` and its watch about a running platform. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from commerce.paths import QUARANTINE
from console.runbook import page_of, way_back

WHERE_QUARANTINED: Final = f"{QUARANTINE}bulk/ has rows of dropped files, {QUARANTINE}stream/ messages of the topic"


def held(state: dict[str, Any]) -> str:
    """The content of each hop, deliveries and lines apart.

    >>> held({"deliveries": {"topic": 1005, "s3": 1005}, "lines": {"dynamodb": 1000}})
    'deliveries: topic 1,005, s3 1,005; lines: dynamodb 1,000'
    """
    return "; ".join(
        f"{kind}: " + ", ".join(f"{hop} {count:,}" for hop, count in state[kind].items())
        for kind in ("deliveries", "lines")
    )


def waiting(group: dict[str, Any]) -> str:
    """The number of messages that a consumer group has yet to read, and the age of the oldest.

    >>> waiting({"lag": 300, "oldest_seconds": 75})
    '300 messages behind, the oldest for 1 min 15 s'
    """
    oldest = group["oldest_seconds"]
    return f"{group['lag']:,} messages behind" + ("" if oldest is None else f", the oldest for {age(oldest)}")


def age(seconds: int) -> str:
    """A duration in words.

    >>> age(26), age(75), age(7300)
    ('26 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds} s"
    return (
        f"{seconds // 60} min {seconds % 60} s" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )


def troubles(state: dict[str, Any]) -> Iterator[str]:
    """The troubles: groups that stand still and why, the functions that failed lately, and the runbook's pages."""
    for group in state["groups"]:
        if group["stands_still"]:
            yield f"{group['name']} stands still, {waiting(group)}: {group['stands_still']}"
    for failed in state["failures"]:
        times = "once" if failed["count"] == 1 else f"{failed['count']:,} times"
        last = f"{datetime.fromisoformat(failed['last']).astimezone():%H:%M:%S}"
        yield f"{failed['function']} failed {times} in the last 10 minutes, last at {last}: {failed['error']}"
    errors = [group["stands_still"] for group in state["groups"]] + [failed["error"] for failed in state["failures"]]
    yield from way_back(page_of(error) for error in errors if error)


def quarantined(state: dict[str, Any]) -> int:
    """The number of objects in quarantine."""
    return sum(int(bucket["quarantine"]) for bucket in state["buckets"])


def in_quarantine(state: dict[str, Any]) -> str:
    """The number of quarantined objects and, if there are any, their prefixes.

    >>> in_quarantine({"buckets": [{"quarantine": 0}]})
    '0 in quarantine'
    """
    count = quarantined(state)
    return f"{count:,} in quarantine" + (f" ({WHERE_QUARANTINED})" if count else "")
