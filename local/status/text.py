"""What `status` and the watch say of a running platform, sentence by sentence. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from commerce.paths import QUARANTINE

WHERE_QUARANTINED: Final = f"{QUARANTINE}bulk/ has rows of dropped files, {QUARANTINE}stream/ messages of the topic"


def held(told: dict[str, Any]) -> str:
    """What each hop holds, deliveries apart from lines.

    >>> held({"deliveries": {"topic": 1005, "s3": 1005}, "lines": {"dynamodb": 1000}})
    'deliveries: topic 1,005, s3 1,005; lines: dynamodb 1,000'
    """
    return "; ".join(
        f"{kind}: " + ", ".join(f"{hop} {count:,}" for hop, count in told[kind].items())
        for kind in ("deliveries", "lines")
    )


def waiting(group: dict[str, Any]) -> str:
    """What a consumer group has yet to read, and since when the oldest of it waits.

    >>> waiting({"lag": 300, "oldest_seconds": 75})
    '300 messages behind, the oldest for 1 min 15 s'
    """
    oldest = group["oldest_seconds"]
    return f"{group['lag']:,} messages behind" + ("" if oldest is None else f", the oldest for {age(oldest)}")


def age(seconds: int) -> str:
    """A time in words.

    >>> age(26), age(75), age(7300)
    ('26 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds} s"
    return (
        f"{seconds // 60} min {seconds % 60} s" if seconds < 3600 else f"{seconds // 3600} h {seconds % 3600 // 60} min"
    )


def troubles(told: dict[str, Any]) -> Iterator[str]:
    """What is wrong: groups that stand still and why, and the functions that failed in the last minutes."""
    for group in told["groups"]:
        if group["stands_still"]:
            yield f"{group['name']} stands still, {waiting(group)}: {group['stands_still']}"
    for failed in told["failures"]:
        times = "once" if failed["count"] == 1 else f"{failed['count']:,} times"
        last = f"{datetime.fromisoformat(failed['last']).astimezone():%H:%M:%S}"
        yield f"{failed['function']} failed {times} in the last 10 minutes, last at {last}: {failed['error']}"


def quarantined(told: dict[str, Any]) -> int:
    """The number of objects in quarantine."""
    return sum(int(bucket["quarantine"]) for bucket in told["buckets"])


def in_quarantine(told: dict[str, Any]) -> str:
    """How much is in quarantine and, where something is, where to look.

    >>> in_quarantine({"buckets": [{"quarantine": 0}]})
    '0 in quarantine'
    """
    count = quarantined(told)
    return f"{count:,} in quarantine" + (f" ({WHERE_QUARANTINED})" if count else "")
