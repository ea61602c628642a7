"""The lines of a hop, counted and compared in 42 bytes a delivery, most of them in a temporary file.

Millions of lines are compared by their ids, so a line is kept as LineId (16 bytes), amount in thousandths (10) and
InvoiceNo (16), packed in 1,024 buckets by the id's first 10 bits. Ids are hashes: the buckets are even, and every sort
and set operation works on one of them at a time: memory grows by a 1,024th of the lines.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from commerce.lines import OrderLine, amount_thousandths
from operations.reconcile.buckets import HELD_BYTES, Buckets

_ID: Final = 16
_AMOUNT: Final = _ID + 10
_RECORD: Final = _AMOUNT + 16
_BUCKETS: Final = 1024


class LineRef(msgspec.Struct, frozen=True, order=True):
    """A line as a report names it: its id, its invoice, and its amount."""

    line_id: str
    invoice_no: str
    amount: Decimal

    def __str__(self) -> str:
        return f"{self.line_id} (invoice {self.invoice_no}, {self.amount:,})"


class Counts(msgspec.Struct, frozen=True):
    """Totals of lines. `rows` counts deliveries, `repeated` the lines that came more than once.

    `net_amount`, of distinct lines, has three decimals. `digest` is SHA-256 over the sorted LineIds as text, a line
    feed after each: what `sort -u | sha256sum` says of a list of them.
    """

    rows: int
    lines: int
    repeated: int
    net_amount: Decimal
    digest: str


class LineSet:
    """An immutable set of distinct lines with their totals."""

    def __init__(self, counted: Buckets) -> None:
        """Take over the records: `counted` are emptied as they are sorted, and their file is closed at the end."""
        rows = lines = repeated = amount = 0
        digest = hashlib.sha256()
        self._buckets = Buckets(_BUCKETS, counted.held_bytes)
        for number in counted.filled():
            records = sorted(_records(counted.read(number)))
            counted.forget(number)
            distinct = sorted(set(records))
            rows += len(records)
            lines += len(distinct)
            if len(distinct) < len(records):
                repeated += _repeated(records)
            amount += sum(int.from_bytes(record[_ID:_AMOUNT], "big", signed=True) for record in distinct)
            digest.update("".join([f"{record[:_ID].hex()}\n" for record in distinct]).encode())
            self._buckets.append(number, b"".join(distinct))
        counted.close()
        self.counts = Counts(rows, lines, repeated, _money(amount), digest.hexdigest())

    def __contains__(self, line_id: str) -> bool:
        wanted = bytes.fromhex(line_id)
        number = _bucket(wanted)

        def id_at(record: int) -> bytes:
            return self._buckets.read_part(number, record * _RECORD, _ID)

        count = self._buckets.length(number) // _RECORD
        at = bisect_left(range(count), wanted, key=id_at)
        return at < count and id_at(at) == wanted

    def of(self, lines: Iterable[LineRef]) -> set[LineRef]:
        """The lines that are in this set."""
        return {line for line in lines if line.line_id in self}

    def without(self, *others: "LineSet") -> Iterator[LineRef]:
        """The lines of this set that are in none of the others, by LineId."""
        for number in self._buckets.filled():
            bucket = self._buckets.read(number)
            found = [other._buckets.read(number) for other in others]
            if bucket in found:
                continue
            left = set(_records(bucket))
            for other in found:
                left.difference_update(_records(other))
            yield from map(_ref, sorted(left))


class LineCounter:
    """Counts lines as they come; call `settle` after the last."""

    def __init__(self, held_bytes: int = HELD_BYTES) -> None:
        """Keep so many bytes in memory, and the rest in a temporary file."""
        self._buckets = Buckets(_BUCKETS, held_bytes)

    def add(self, line: OrderLine) -> None:
        """Count one delivery of the line, whose LineId must have been verified."""
        line_id = bytes.fromhex(line.LineId)
        amount = amount_thousandths(line).to_bytes(_AMOUNT - _ID, "big", signed=True)
        record = line_id + amount + line.InvoiceNo.encode().ljust(_RECORD - _AMOUNT)
        self._buckets.append(_bucket(line_id), record)

    def settle(self) -> LineSet:
        """The counted lines as a set; the counter is empty afterwards."""
        return LineSet(self._buckets)


def _bucket(line_id: bytes) -> int:
    """The number of a line's bucket: buckets in the order of their numbers are in the order of LineIds."""
    return (line_id[0] << 8 | line_id[1]) >> 6


def _records(bucket: bytes) -> Iterator[bytes]:
    return (bucket[at : at + _RECORD] for at in range(0, len(bucket), _RECORD))


def _repeated(records: list[bytes]) -> int:
    """The number of distinct sorted records that occur more than once."""
    return len({record for before, record in pairwise(records) if before == record})


def _ref(record: bytes) -> LineRef:
    amount = int.from_bytes(record[_ID:_AMOUNT], "big", signed=True)
    return LineRef(record[:_ID].hex(), record[_AMOUNT:].decode().rstrip(), _money(amount))


def _money(amount_in_thousandths: int) -> Decimal:
    """The amount with three decimals, always; exact whatever the context's precision."""
    sign = "-" if amount_in_thousandths < 0 else ""
    whole, part = divmod(abs(amount_in_thousandths), 1000)
    return Decimal(f"{sign}{whole}.{part:03}")
