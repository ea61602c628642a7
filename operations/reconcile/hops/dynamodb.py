"""The hop `dynamodb`: scans both tables, or queries single invoices if the scope names them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from math import ceil
from typing import Any, Final

from commerce.keys import CUSTOMERS, INVOICES, invoice_number
from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary
from console.counts import counted
from operations.asking import READER, in_order, patient
from operations.errors import reading
from operations.reconcile.hops.csv import MOST_NAMED
from operations.reconcile.hops.items import Item, TableHop, stored_summary, verified_line
from operations.reconcile.scope import Scope
from operations.reconcile.summaries import CustomerInvoice, Doubts, Fault, faults
from stores.dynamodb.client import pages
from stores.dynamodb.items import key_of
from stores.dynamodb.plain_json import of_plain_json
from stores.retries import Retries
from stores.target import Target

ITEMS_OF_A_SEGMENT: Final = 1_000
"""Items that a segment of a scan should hold: some 300 kB, so one page, although a page may hold 1 MB.

DynamoDB Local's scan costs what is left of the segment, not what a page of it holds: of 77,628 items a segment of 64
takes 0.18 s, one of 256 0.03 s, and pages of the whole table 2.4 s each.
"""

FEWEST_SEGMENTS: Final = 16
MOST_SEGMENTS: Final = 20_000
SCANS_AT_ONCE: Final = 8

Page = list[Item]


class Store:
    """A target's two tables, by consistent reads; raises `StoreUnreachable` if DynamoDB does not answer."""

    def __init__(self, target: Target, retries: Retries | None = None) -> None:
        self._client: Any = of_plain_json(target.client("dynamodb", config=READER))
        self._retries = retries or patient()
        self._invoices, self._customers = target.invoices_table, target.customers_table

    def scan_invoices(self, expected: int) -> Iterator[Page]:
        """Every item of the Invoices table, one page a segment; `expected` is their approximate number."""
        return self._scan(self._invoices, expected)

    def scan_customers(self, expected: int) -> Iterator[Page]:
        """Every item of the Customers table, one page a segment; `expected` is their approximate number."""
        return self._scan(self._customers, expected)

    def invoice(self, invoice_no: str) -> Page:
        """All items under the number of this invoice, those of C536379 beside those of 536379."""
        return self._query(self._invoices, INVOICES.partition, invoice_number(invoice_no))

    def customer(self, customer_id: int) -> Page:
        """All summaries of this customer."""
        return self._query(self._customers, CUSTOMERS.partition, customer_id)

    def summary(self, pair: CustomerInvoice) -> Item | None:
        """The summary of this customer and invoice, if one is stored."""
        key = {CUSTOMERS.partition: {"N": str(pair[0])}, CUSTOMERS.sort: {"S": pair[1]}}
        get = partial(self._client.get_item, TableName=self._customers, Key=key, ConsistentRead=True)
        item: Item | None = self._ask(self._customers, get).get("Item")
        return item

    def written(self, lines: Sequence[OrderLine]) -> tuple[int, int]:
        """How many of these lines (100 at most) have an item, and how many lines their summaries count."""
        if not lines:
            return 0, 0
        pairs = {(it.CustomerID, it.InvoiceNo) for it in lines if it.CustomerID is not None}
        stored = self._batch(self._invoices, [key_of(line) for line in lines])
        of_pairs = [{CUSTOMERS.partition: {"N": str(customer)}, CUSTOMERS.sort: {"S": no}} for customer, no in pairs]
        found = [summary for it in self._batch(self._customers, of_pairs) if (summary := stored_summary(it))]
        return len(stored), sum(summary.Lines for summary in found)

    def _batch(self, table: str, keys: list[dict[str, dict[str, str]]]) -> Page:
        if not keys:
            return []
        request = {table: {"Keys": keys, "ConsistentRead": True}}
        answer = self._ask(table, lambda: self._client.batch_get_item(RequestItems=request))
        found: Page = answer["Responses"].get(table, [])
        return found

    def _query(self, table: str, attribute: str, number: int) -> Page:
        condition = {
            "KeyConditionExpression": f"{attribute} = :number",
            "ExpressionAttributeValues": {":number": {"N": str(number)}},
        }
        return self._whole(self._client.query, table, **condition)

    def _scan(self, table: str, expected: int) -> Iterator[Page]:
        """All items, segment by segment: each segment whole, so that no invoice is spread over two pages."""
        count = segments(max(expected, self._size(table)))
        return in_order(partial(self._segment, table, count), range(count), SCANS_AT_ONCE)

    def _segment(self, table: str, count: int, number: int) -> Page:
        return self._whole(self._client.scan, table, Segment=number, TotalSegments=count)

    def _size(self, table: str) -> int:
        """The table's own item count, which in AWS is some hours old."""
        described = self._ask(table, lambda: self._client.describe_table(TableName=table))
        return int(described["Table"].get("ItemCount", 0))

    def _whole(self, call: Callable[..., Any], table: str, **request: Any) -> Page:
        """The items of all pages of a query or scan."""
        with reading(f"table {table}"):
            return [item for page in pages(self._retries, call, TableName=table, **request) for item in page]

    def _ask(self, table: str, ask: Callable[[], Any]) -> Any:
        with reading(f"table {table}"):
            return self._retries.ask(ask)


def segments(items: int) -> int:
    """The number of segments for the scan of a table with so many items.

    >>> segments(0), segments(77_628), segments(541_909)
    (16, 78, 542)
    """
    return min(MOST_SEGMENTS, max(FEWEST_SEGMENTS, ceil(items / ITEMS_OF_A_SEGMENT)))


def read(
    store: Store, scope: Scope, invoices: Collection[str], expected: int, say: Callable[[str], None]
) -> tuple[TableHop, list[Fault]]:
    """The lines of the scope in Invoices, and the faults of their summaries in Customers.

    `invoices` are those of the files, which hold `expected` lines: all, or more than are asked for one by one. Where
    the scope is one of a customer, an invoice or single rows, only these are asked for, and those of which the customer
    has a summary; a scope of days takes a scan, since only a scan finds an invoice that no file holds.
    """
    hop = TableHop(scope)
    if scope.is_open or len(invoices) > MOST_NAMED:
        for page in store.scan_invoices(expected):
            hop.read(page)
            say(f"{counted(hop.items, 'item')} read")
        doubts, wrong = _doubts(hop, store.scan_customers(hop.summaries.count))
        return hop, _settled(store, doubts, wrong)
    listed = store.customer(scope.customer) if scope.customer is not None else []
    named = {summary.InvoiceNo for item in listed if (summary := stored_summary(item)) is not None}
    numbers = {invoice_number(invoice_no): invoice_no for invoice_no in sorted({*invoices, *named})}
    for page in in_order(store.invoice, numbers.values()):
        hop.read(page)
    pairs = hop.summaries.pairs()
    asked = zip(pairs, in_order(store.summary, pairs), strict=True)
    others = [item for pair, item in asked if item is not None and pair[0] != scope.customer]
    doubts, wrong = _doubts(hop, [listed, others])
    return hop, _settled(store, doubts, wrong)


def _doubts(hop: TableHop, pages: Iterable[Page]) -> tuple[Doubts, list[Fault]]:
    """The invoices to read again, and the items of Customers that are not a summary."""
    wrong: list[Fault] = []

    def stored() -> Iterator[InvoiceSummary]:
        for page in pages:
            for item in page:
                summary = stored_summary(item)
                if summary is None:
                    wrong.append(
                        ("", f"item {item.get(CUSTOMERS.partition)}/{item.get(CUSTOMERS.sort)} is not a summary")
                    )
                else:
                    yield summary

    return hop.summaries.doubts(stored()), wrong


def _settled(store: Store, doubts: Doubts, wrong: list[Fault]) -> list[Fault]:
    """Read each doubtful invoice again with its summaries, and return the faults that remain."""

    def stored(pair: CustomerInvoice) -> InvoiceSummary | None:
        item = store.summary(pair)
        return None if item is None else stored_summary(item)

    for invoice_no, pairs in doubts.items():
        lines = [line for item in store.invoice(invoice_no) if (line := verified_line(item)) is not None]
        wrong += faults(pairs, [line for line in lines if line.InvoiceNo == invoice_no], stored)
    return wrong
