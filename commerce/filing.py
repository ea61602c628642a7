"""How messages become a raw object, and where their partition stands once it is there.

The archive's function files them as they come, and `tillstream ledger refile` files them again after objects were lost:
both by these rules, so that either may run beside the other.
"""

import gzip
import hashlib
from collections.abc import Callable, Sequence

from commerce.errors import ArchiveStalled
from commerce.paths import raw_key
from commerce.raw import Extent, Position, RawLine, RawObject, encode_line

Compress = Callable[[bytes], bytes]


def gzipped(body: bytes) -> bytes:
    """The body as gzip, packed quickly. The header holds no time: the same body gives the same bytes."""
    return gzip.compress(body, 1, mtime=0)


def raw_object(
    topic: str, partition: int, position: Position, lines: Sequence[RawLine], compress: Compress = gzipped
) -> RawObject:
    """The object that holds these messages, which follow on `position`; its name is the first one's offset.

    Every writer that starts at the same offset names the same object, which is what makes if-none-match decide between
    them. The same messages give the same bytes, by the same compressor; no writer compares bytes.
    """
    body = compress(b"".join([encode_line(line) for line in lines]))
    key = raw_key(topic, partition, position.epoch, lines[0].offset, lines[0].timestamp)
    return RawObject(key, body, extent_of(body, lines, position.greatest_timestamp))


def extent_of(body: bytes, lines: Sequence[RawLine], greatest: int) -> Extent:
    """The extent of an object of these lines; `greatest` is the greatest timestamp of its partition before it."""
    return Extent(
        next_offset=lines[-1].offset + 1,
        count=len(lines),
        sha256=hashlib.sha256(body).hexdigest(),
        first_timestamp=lines[0].timestamp,
        greatest_timestamp=max(greatest, max(line.timestamp for line in lines)),
    )


def position_after(ours: RawObject, winner: Extent | None) -> Position:
    """The partition's position once the object's key is taken: by this writer, or by a winner whose end is adopted.

    Raises `ArchiveStalled` where the winner begins with another message than ours.
    """
    if winner is not None and winner.first_timestamp != ours.extent.first_timestamp:
        raise recreated(
            f"{ours.key} begins with a message of {winner.first_timestamp}, "
            f"not with the one of {ours.extent.first_timestamp} that has its offset now",
        )
    end = winner or ours.extent
    return Position(ours.key.epoch, end.next_offset, end.greatest_timestamp)


def recreated(how: str) -> ArchiveStalled:
    """The error for a topic that is not the one of which messages are filed; `how` says by what it is known."""
    return ArchiveStalled(
        f"the topic was recreated: {how}. Begin a new epoch with `tillstream ledger new-epoch`; "
        "see docs/runbook/topic-recreated.md"
    )
