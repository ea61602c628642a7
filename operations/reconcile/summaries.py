"""Recomputes the summaries due in Customers from the lines in Invoices, and compares them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary, summaries
from operations.reconcile.scope import Scope

CustomerInvoice = tuple[int, str]
"""A customer and one of their invoices."""

Fault = tuple[str, str]
"""An invoice, and a fault of one of its summaries."""

Doubts = dict[str, set[CustomerInvoice]]
"""Invoices to read again, each with the customer's summaries to read again."""


class Summaries:
    """Takes in runs of lines, mostly a whole invoice each, as a scan yields them; keeps one summary a pair.

    A scan is not a snapshot and may divide an invoice, so a difference is only a doubt: the invoice is read again by
    itself, and `faults` judges.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._seen: set[str] = set()
        self._torn: set[str] = set()
        self._expected: dict[CustomerInvoice, InvoiceSummary] = {}

    def add(self, invoice_no: str, lines: Sequence[OrderLine]) -> None:
        """Take in a run of lines of this invoice. Only pairs with a line in the scope are kept."""
        if invoice_no in self._seen:
            self._torn.add(invoice_no)
        self._seen.add(invoice_no)
        covered = {line.CustomerID for line in lines if self._scope.covers(line)}
        for summary in summaries(lines) if covered else ():
            if summary.CustomerID in covered:
                self._expected[_pair(summary)] = summary

    def doubts(self, stored: Iterable[InvoiceSummary]) -> Doubts:
        """The invoices spread over pages, or whose stored summaries differ; `stored` must hold all summaries."""
        doubts: defaultdict[str, set[CustomerInvoice]] = defaultdict(set)
        found: set[CustomerInvoice] = set()
        for summary in stored:
            pair = _pair(summary)
            expected = self._expected.get(pair)
            found.add(pair)
            if summary != expected and (expected is not None or self._covers(summary)):
                doubts[summary.InvoiceNo].add(pair)
        for pair in self._expected:
            if pair not in found or pair[1] in self._torn:
                doubts[pair[1]].add(pair)
        return dict(sorted(doubts.items()))

    def pairs(self) -> list[CustomerInvoice]:
        """The customers and invoices whose summaries must be stored, as far as read."""
        return sorted(self._expected)

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


def _pair(summary: InvoiceSummary) -> CustomerInvoice:
    return summary.CustomerID, summary.InvoiceNo
