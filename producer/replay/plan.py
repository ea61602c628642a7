"""The requests of a replay, and the meaning of the API's answers. Pure: each decision is a value.

documents ──rows──▶ every row, numbered ──selection──▶ ──batches──▶ one request each ──verdict──▶ settled or again
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import repeat
from random import Random
from typing import Any, BinaryIO, Final

import msgspec

from commerce import wire
from commerce.backoff import full_jitter
from commerce.errors import UnreadableDocument
from commerce.files.column_maps import PLAIN, ColumnMap
from commerce.files.documents import Entry, order_lines
from commerce.lines import OrderLine
from producer.errors import ApiRefused

LONGEST_BODY: Final = 900_000
"""Bytes of a request above which a batch ends early; the API refuses more than 1 MB."""

FIRST_DELAY_SECONDS: Final = 0.2
LONGEST_DELAY_SECONDS: Final = 10.0

_ACCEPTED: Final = re.compile(rb'\s*\{\s*"accepted"\s*:\s*([0-9]+)\s*[,}]')
_ALL_ACCEPTED: Final = 202
_ROW_REFUSED: Final = 400
_ROW_UNACKNOWLEDGED: Final = 503
_TOO_LARGE: Final = 413
_TELLS_ROWS: Final = (202, 207, 400, 503)
PASSES: Final = (408, 429, 500, 502, 503, 504)
"""Statuses of a request that may succeed when it is repeated unchanged."""


class Row(Entry, frozen=True, gc=False):
    """An entry and its place: the index of its file, and the number of rows before it in all its members."""

    file: int = 0
    before: int = 0


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """One row to send: the row, its line and the line's JSON."""

    row: Row
    line: OrderLine
    wire: bytes


class Batch(msgspec.Struct, frozen=True):
    """Rows of one file that are settled together: those sent in one request, and those refused here.

    `end` is how many of the file's rows lead up to and include the batch's last one; `latest` is the latest
    InvoiceDate of a shipment.
    """

    file: int
    end: int
    shipments: tuple[Shipment, ...]
    refused: tuple[Row, ...]
    latest: datetime | None = None


class Reject(msgspec.Struct, frozen=True):
    """A refused row and its reasons, each with `field`, `value` and `rule`."""

    row: Row
    reasons: Any


class Verdict(msgspec.Struct, frozen=True):
    """The API's decision about each row of one request."""

    accepted: int
    rejected: tuple[Reject, ...] = ()
    again: tuple[Shipment, ...] = ()


class TooLarge(msgspec.Struct, frozen=True):
    """The request is too large as a whole; its halves may not be."""


def rows(
    files: Iterable[tuple[str, BinaryIO]],
    forms: Iterable[ColumnMap] = repeat(PLAIN),
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[Row]:
    """Every row of all files, each file with its own form, in order.

    Raises `UnreadableDocument` naming file and line; notes what is ignored.
    """
    for file, ((name, document), form) in enumerate(zip(files, forms, strict=False)):
        yield from rows_of(file, order_lines(name, document, form, note))


def rows_of(file: int, entries: Iterable[Entry]) -> Iterator[Row]:
    """The rows of the file with this index."""
    for before, entry in enumerate(entries):
        yield Row(entry.line_number, entry.cells, entry.line, entry.errors, entry.member, file, before, row=entry.row)


def batches(
    selected: Iterable[Row], settled: Sequence[int], size: int, span: timedelta | None = None
) -> Iterator[Batch]:
    """The selected rows in requests of at most `size`, without the leading rows of each file that are settled.

    A batch never spans documents: two may hold the same line, and a request must not. Nor does it hold rows whose
    InvoiceDates lie further apart than `span`.
    """
    batch = _Growing()
    try:
        for row in selected:
            if row.before < settled[row.file]:
                continue
            wired = row.wire()
            if not batch.takes(row, len(wired), size, span):
                yield batch.grown()
                batch = _Growing()
            batch.add(row, wired)
    except UnreadableDocument:
        if batch.rows:  # what stands before the trouble counts
            yield batch.grown()
        raise
    if batch.rows:
        yield batch.grown()


class _Growing:
    """A batch that rows are added to."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._shipments: list[Shipment] = []
        self._bytes = 2
        self._first: datetime | None = None
        self._latest: datetime | None = None

    def takes(self, row: Row, bytes_: int, size: int, span: timedelta | None) -> bool:
        """Whether the row fits into the same request as those before it."""
        if not self.rows:
            return True
        last = self.rows[-1]
        return (
            row.file == last.file
            and row.member == last.member
            and self._bytes + bytes_ + 1 <= LONGEST_BODY
            and len(self.rows) < size
            and (
                span is None
                or self._first is None
                or row.line is None
                or abs(row.line.InvoiceDate - self._first) <= span
            )
        )

    def add(self, row: Row, wired: bytes) -> None:
        """Add a row to the batch; a refused one is counted with it, and not sent."""
        self.rows.append(row)
        if row.line is None:
            return
        self._shipments.append(Shipment(row, row.line, wired))
        self._bytes += len(wired) + 1
        when = row.line.InvoiceDate
        if self._latest is None:
            self._first = self._latest = when
        elif when > self._latest:
            self._latest = when

    def grown(self) -> Batch:
        """The finished batch of these rows."""
        last = self.rows[-1]
        refused = tuple(row for row in self.rows if row.line is None)
        return Batch(last.file, last.before + 1, tuple(self._shipments), refused, self._latest)


def body(shipments: Iterable[Shipment]) -> bytes:
    """The body of the request for these rows: the same bytes each time it is sent."""
    return b"[" + b",".join([shipment.wire for shipment in shipments]) + b"]"


def refused_here(batch: Batch) -> tuple[Reject, ...]:
    """The rows of the batch that the API would refuse, so that they are not sent."""
    return tuple(Reject(row, row.errors) for row in batch.refused)


def verdict(status: int, answer: bytes, sent: Sequence[Shipment]) -> Verdict | TooLarge:
    """The decision about each sent row, as the API's answer to the request states it.

    Raises `ApiRefused` where the answer blames no row and trying again would not help, or where it cannot be ours.
    """
    if status == _TOO_LARGE and len(sent) > 1:
        return TooLarge()
    if status == _ALL_ACCEPTED and (found := _ACCEPTED.match(answer)) and int(found[1]) == len(sent):
        return Verdict(len(sent))
    if status in _TELLS_ROWS and (results := _results(answer)) is not None:
        return _told_by_row(results, sent)
    if status in PASSES:
        return Verdict(0, again=tuple(sent))
    raise ApiRefused(f"the API answers {status}: {detail(answer)}")


def _results(answer: bytes) -> list[Any] | None:
    """The results by row in the API's answer, if it has any."""
    try:
        parsed = wire.parse(answer)
    except UnreadableDocument:
        return None
    results = parsed.get("results") if isinstance(parsed, dict) else None
    return results if isinstance(results, list) else None


def _told_by_row(results: list[Any], sent: Sequence[Shipment]) -> Verdict:
    if [result.get("index") if isinstance(result, dict) else None for result in results] != list(range(len(sent))):
        raise ApiRefused(f"the API's answer has no result for each of the {len(sent)} rows sent, in their order")
    accepted, rejected, again = 0, [], []
    for result, shipment in zip(results, sent, strict=True):
        status = result.get("status")
        if status is None and result.get("LineId") == shipment.line.LineId:
            accepted += 1
        elif status == _ROW_REFUSED:
            rejected.append(Reject(shipment.row, result.get("errors")))
        elif status == _ROW_UNACKNOWLEDGED:
            again.append(shipment)
        else:
            raise ApiRefused(f"the API's answer to line {shipment.line.LineId} cannot be read: {result}")
    return Verdict(accepted, tuple(rejected), tuple(again))


def detail(answer: bytes) -> str:
    """The error text of a failed answer, as one line."""
    try:
        parsed = wire.parse(answer)
    except UnreadableDocument:
        parsed = None
    words = (
        [parsed[name] for name in ("title", "detail", "message", "Message") if parsed.get(name)]
        if isinstance(parsed, dict)
        else []
    )
    text = ": ".join(map(str, words)) or answer.decode("utf-8", "replace")
    return " ".join(text.split())[:300] or "nothing"


def delay_seconds(failures: int, retry_after: str | None, random: Random, now: datetime) -> float:
    """Seconds to wait after this many failures in a row: full jitter, on top of the server's `Retry-After`."""
    jitter = full_jitter(failures, FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS, random.random)
    return _asked_seconds(retry_after, now) + jitter


def _asked_seconds(retry_after: str | None, now: datetime) -> float:
    """The seconds in a `Retry-After` header: a number, or a date (RFC 9110); 0 for anything else."""
    if retry_after is None:
        return 0.0
    if re.fullmatch("[0-9]{1,9}", text := retry_after.strip()):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())
