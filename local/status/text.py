"""Sentences of `status` and its watch about a running platform. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from console.counts import counted
from console.runbook import FUNCTION_FAILS, page_of, pages_of_hops, way_back
from local.cloudwatch.alarms import ALARM

BY_LEDGER: Final = {"s3": " (by its ledger)"}
"""The hops whose count is not one of their content: an object that was deleted since still counts."""


def held(state: dict[str, Any]) -> str:
    """The content of each hop, deliveries and lines apart.

    >>> held({"deliveries": {"topic": 1005, "s3": 1005}, "lines": {"dynamodb": 1000}})
    'deliveries: topic 1,005, s3 1,005 (by its ledger); lines: dynamodb 1,000'
    """
    return "; ".join(
        f"{kind}: " + ", ".join(f"{hop} {count:,}{BY_LEDGER.get(hop, '')}" for hop, count in state[kind].items())
        for kind in ("deliveries", "lines")
    )


def of_table(table: dict[str, Any]) -> str:
    """The number of a table's items.

    >>> of_table({"name": "Invoices", "items": 1200}), of_table({"name": "Invoices", "items": None})
    ('table Invoices: 1,200 items', 'table Invoices is missing: `tillstream down`, then `tillstream up`, make it again')
    """
    if table["items"] is None:
        return f"table {table['name']} is missing: `tillstream down`, then `tillstream up`, make it again"
    return f"table {table['name']}: {counted(table['items'], 'item')}"


def waiting(group: dict[str, Any]) -> str:
    """The number of messages that a consumer group has yet to read, and the age of the oldest.

    >>> waiting({"lag": 300, "oldest_seconds": 75})
    '300 messages behind, the oldest for 1 min 15 s'
    """
    oldest = group["oldest_seconds"]
    return f"{counted(group['lag'], 'message')} behind" + ("" if oldest is None else f", the oldest for {age(oldest)}")


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
    """The troubles, and the runbook's pages: groups that stand still and why, functions that failed lately, stores that
    lost lines, and alarms."""
    for group in state["groups"]:
        if group["stands_still"]:
            # what the failing batches hold of healthy partitions is done, and counts until they are committed
            yield f"{group['name']} stands still, up to {waiting(group)}: {group['stands_still']}"
    for failed in state["failures"]:
        times = "once" if failed["count"] == 1 else f"{failed['count']:,} times"
        last = f"{datetime.fromisoformat(failed['last']).astimezone():%H:%M:%S}"
        over = ", and goes on since" if failed["over"] else ""
        yield f"{failed['function']} failed {times} in the last 10 minutes, last at {last}{over}: {failed['error']}"
    for hop in state.get("emptied", ()):
        yield f"{hop} has lost lines: it holds fewer than the lake, and no load has any left to bring"
    raised = [alarm for alarm in state["alarms"] if alarm["state"] == ALARM]
    for alarm in raised:
        yield f"alarm {alarm['name']}: {alarm['meaning']}"
    errors = [group["stands_still"] for group in state["groups"]]
    errors += [failed["error"] for failed in state["failures"] if not failed["over"]]
    pages = [page_of(error) for error in errors if error] + pages_of_hops(state.get("emptied", ()))
    # the page of an error knows more than the alarm of the same function
    pages += [alarm["page"] for alarm in raised if alarm["page"] and not (pages and alarm["page"] == FUNCTION_FAILS)]
    yield from way_back(pages)


def quarantined(state: dict[str, Any]) -> int:
    """The number of quarantined records about which nothing is decided."""
    return sum(int(bucket["quarantine"]) for bucket in state["buckets"])


def in_quarantine(state: dict[str, Any]) -> str:
    """The number of open quarantined records and, if there are any, the command that shows them.

    >>> in_quarantine({"buckets": [{"quarantine": 2}]})
    '2 open in quarantine (`tillstream quarantine list`)'
    """
    count = quarantined(state)
    return f"{count:,} open in quarantine" + (" (`tillstream quarantine list`)" if count else "")
