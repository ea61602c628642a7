"""Asks for messages of the topic."""

from collections.abc import Callable
from time import monotonic

from commerce.partitioning import partition_of
from commerce.raw import RawLine
from lambdas.browse.messages import MOST_SEARCHED, SEARCH_SECONDS, Asked, Messages, OffsetRange, message, search
from lambdas.browse.platform import Platform
from lambdas.http import NotFound
from lambdas.query.paging import fitting


def messages(platform: Platform, asked: Asked) -> Messages:
    """The requested messages of the topic."""
    partition = asked.partition if asked.invoice is None else partition_of_invoice(platform, asked.invoice)
    if partition is None or partition not in platform.census.partitions:
        raise NotFound(f"{platform.census.topic} has no partition {partition}")
    start, end = platform.reader.bounds(partition)
    first = _first(platform, asked, partition, start, end)
    if asked.invoice:
        key = asked.invoice.encode()
        found, until = searched(platform, partition, first, end, lambda line: line.key == key, asked.limit)
    else:
        until = min(end, first + asked.limit)
        found = list(platform.reader.read(partition, first, until))
    shown = [message(line) for line in found]
    count = fitting(shown)
    until = until if count == len(shown) else shown[count].offset
    following = str(until) if until < end else None
    read = OffsetRange(first, until)
    return Messages(platform.census.topic, partition, start, end, read, shown[:count], following)


def partition_of_invoice(platform: Platform, invoice_no: str) -> int:
    """The partition of this invoice's messages."""
    return partition_of(invoice_no.encode(), len(platform.census.partitions))


def searched(
    platform: Platform, partition: int, first: int, end: int, wanted: Callable[[RawLine], bool], limit: int
) -> tuple[list[RawLine], int]:
    """The wanted messages of a partition from an offset on, as far as one call may read, and the offset reached."""
    until, stop = min(end, first + MOST_SEARCHED), monotonic() + SEARCH_SECONDS
    found, last = search(platform.reader.read(partition, first, until), wanted, limit, lambda: monotonic() < stop)
    return found, until if last is None else last + 1


def _first(platform: Platform, asked: Asked, partition: int, start: int, end: int) -> int:
    """The offset from which on messages are requested, between the partition's first offset and its end."""
    if asked.at:
        found = platform.reader.offset_at(partition, asked.at)
        return end if found is None else found
    if asked.offset is None:
        return start if asked.invoice else max(start, end - asked.limit)
    return min(max(start, asked.offset), end)
