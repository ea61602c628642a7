"""Recomputes the summaries due in Customers from the lines in Invoices, and compares them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final
from zlib import crc32

import msgspec

from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary, summaries
from operations.reconcile.buckets import HELD_BYTES, Buckets
from operations.reconcile.scope import Scope

CustomerInvoice = tuple[int, str]
"""A customer and one of their invoices."""

Fault = tuple[str, str]
"""An invoice, and a fault of one of its summaries."""

Doubts = dict[str, set[CustomerInvoice]]
"""Invoices to read again, each with the customer's summaries to read again."""


_BUCKETS: Final = 1024
_SUMMARY: Final = msgspec.json.Decoder(InvoiceSummary)


class _Run(msgspec.Struct, array_like=True, frozen=True):
    """A run of an invoice's lines that were read together: the summaries of its customers with a line in the scope."""

    InvoiceNo: str
    Summaries: tuple[InvoiceSummary, ...]


_RUN: Final = msgspec.json.Decoder(_Run)


class Summaries:
    """Takes in runs of lines, mostly a whole invoice each, as a scan yields them, and says which summaries are due.

    A scan is not a snapshot and may divide an invoice, so a difference is only a doubt: the invoice is read again by
    itself, and `faults` judges. Of all runs and summaries a fixed amount is in memory, and the rest in files; what is
    compared at a time is a 1,024th of the invoices.
    """

    def __init__(self, scope: Scope, held_bytes: int = HELD_BYTES) -> None:
        """Of runs and of summaries, keep so many bytes in memory, and the rest in a file each."""
        self.count = 0
        """The summaries that must be stored, as far as read; one of a divided invoice counts more than once."""
        self._scope = scope
        self._runs = Buckets(_BUCKETS, held_bytes)

    def add(self, invoice_no: str, lines: Sequence[OrderLine]) -> None:
        """Take in a run of lines of this invoice. Only pairs with a line in the scope are kept."""
        covered = {line.CustomerID for line in lines if self._scope.covers(line)}
        due = [it for it in (summaries(lines) if covered else ()) if it.CustomerID in covered]
        self.count += len(due)
        _append(self._runs, invoice_no, _Run(invoice_no, tuple(due)))

    def doubts(self, stored: Iterable[InvoiceSummary]) -> Doubts:
        """The invoices spread over pages, or whose stored summaries differ; `stored` must hold all summaries."""
        held = Buckets(_BUCKETS, self._runs.held_bytes)
        for summary in stored:
            _append(held, summary.InvoiceNo, summary)
        doubts: defaultdict[str, set[CustomerInvoice]] = defaultdict(set)
        for number in sorted({*self._runs.filled(), *held.filled()}):
            for pair in self._doubtful(self._in(number), _SUMMARY.decode_lines(held.read(number))):
                doubts[pair[1]].add(pair)
        return dict(sorted(doubts.items()))

    def pairs(self) -> list[CustomerInvoice]:
        """The customers and invoices whose summaries must be stored, as far as read."""
        runs = (run for number in self._runs.filled() for run in self._in(number))
        return sorted({_pair(summary) for run in runs for summary in run.Summaries})

    def _in(self, number: int) -> list[_Run]:
        return _RUN.decode_lines(self._runs.read(number))

    def _doubtful(self, runs: Sequence[_Run], stored: Iterable[InvoiceSummary]) -> Iterator[CustomerInvoice]:
        """The pairs that differ among these, which must be all runs and all summaries of some invoices."""
        times = Counter(run.InvoiceNo for run in runs)
        due = {_pair(summary): summary for run in runs for summary in run.Summaries}
        found: set[CustomerInvoice] = set()
        for summary in stored:
            pair = _pair(summary)
            expected = due.get(pair)
            found.add(pair)
            if summary != expected and (expected is not None or self._covers(summary)):
                yield pair
        yield from (pair for pair in due if pair not in found or times[pair[1]] > 1)

    def _covers(self, summary: InvoiceSummary) -> bool:
        """Whether a summary without any line that was read would be in the scope."""
        scope = self._scope
        return (
            scope.judges_surplus
            and summary.InvoiceDate.date() in scope.days
            and scope.customer in (None, summary.CustomerID)
            and scope.invoice in (None, summary.InvoiceNo)
        )


def faults(
    pairs: Iterable[CustomerInvoice],
    lines: Sequence[OrderLine],
    stored: Callable[[CustomerInvoice], InvoiceSummary | None],
) -> Iterator[Fault]:
    """The faults of these pairs' summaries, for one invoice whose lines were all just read.

    `stored` answers the summary that Customers holds of a pair.
    """
    expected = {_pair(summary): summary for summary in summaries(lines)}
    for pair in sorted(pairs):
        has, wants = stored(pair), expected.get(pair)
        if has != wants:
            yield pair[1], f"customer {pair[0]}, invoice {pair[1]}: {_difference(has, wants)}"


def _difference(has: InvoiceSummary | None, wants: InvoiceSummary | None) -> str:
    if has is None:
        return "no summary is stored"
    if wants is None:
        return "a summary is stored, but the customer has no line of it"
    names = [name for name in InvoiceSummary.__struct_fields__ if getattr(has, name) != getattr(wants, name)]
    return ", ".join(f"{name} {getattr(has, name)} is stored, {getattr(wants, name)} is right" for name in names)


def _append(buckets: Buckets, invoice_no: str, record: _Run | InvoiceSummary) -> None:
    """Put a record, as a line of JSON, into the bucket of its invoice."""
    buckets.append(crc32(invoice_no.encode()) % _BUCKETS, msgspec.json.encode(record) + b"\n")


def _pair(summary: InvoiceSummary) -> CustomerInvoice:
    return summary.CustomerID, summary.InvoiceNo
