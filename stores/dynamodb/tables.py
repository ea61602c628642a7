"""The Invoices and Customers tables: put lines, read an invoice back, offer its summary, and read for the API.

`add` is the whole protocol of design.md section 6, for the stream and for bulk loads alike: lines are put, which may
happen twice, then each touched invoice is read back and its summary offered. A stored summary gives way to one of more
lines only, so in any interleaving of writers, retries and zombies the last one that stands is that of all lines: the
writer of the line that was put last reads after every put, and no other can have read more.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from commerce.keys import CUSTOMERS, invoice_number, line_key, line_key_prefix
from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary, summaries
from stores.dynamodb import items
from stores.dynamodb.client import KEYS_A_REQUEST, items_of, pages
from stores.dynamodb.items import Item
from stores.parallel import Each, batches
from stores.retries import Retries, code, never

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH: Final = 25
"""Items in one BatchWriteItem."""

_NOT_WORSE: Final = "attribute_not_exists(#InvoiceNo) OR #Lines < :lines OR (#Lines = :lines AND #Version < :version)"


@dataclass(frozen=True, slots=True)
class Tables:
    """The two tables by their names, reached by a DynamoDB client.

    `each` says how many requests go at once, `batch` how many items one of them puts.
    """

    client: "DynamoDBClient"
    invoices: str
    customers: str
    retries: Retries = field(default_factory=never)
    each: Each = map
    batch: int = BATCH

    def add(self, lines: Iterable[OrderLine]) -> None:
        """Put the lines, then renew the summaries of their invoices."""
        lines = list(lines)
        self.put_lines(lines)
        self.summarize({line.InvoiceNo for line in lines})

    def complete(self, lines: Iterable[OrderLine]) -> None:
        """Put those lines that are not stored, then renew the summaries that do not count them all.

        It leaves the tables as `add` does, and writes nothing again: for lines of which some were added before, so that
        tries which end early get to the end together.
        """
        lines = list(lines)
        invoices = sorted({line.InvoiceNo for line in lines})
        stored = [found for of_one in self.each(self.invoice_lines, invoices) for found in of_one]
        keys = set(map(line_key, stored))
        missing = [line for line in lines if line_key(line) not in keys]
        self.put_lines(missing)
        self.summarize(
            [line.InvoiceNo for line in missing] + [it.InvoiceNo for it in self._uncounted(summaries(stored))]
        )

    def _uncounted(self, offered: Iterable[InvoiceSummary]) -> Iterator[InvoiceSummary]:
        """The offered summaries that are of more lines than the stored ones, or of as many and a newer version."""
        for some in batches(offered, KEYS_A_REQUEST):
            wanted = map(items.summary_item, some)
            keys = [{name: item[name] for name in (CUSTOMERS.partition, CUSTOMERS.sort)} for item in wanted]
            found = map(items.summary, items_of(self.client, self.customers, keys, self.retries))
            stored = {(it.CustomerID, it.InvoiceNo): (it.Lines, it.Version) for it in found}
            for it in some:
                if stored.get((it.CustomerID, it.InvoiceNo), (0, 0)) < (it.Lines, it.Version):
                    yield it

    def holds(self, line: OrderLine) -> bool:
        """Whether the line is stored."""
        request = _invoice(line.InvoiceNo)
        request["KeyConditionExpression"] = "InvoiceNo = :number AND LineKey = :key"
        values = {":number": request["ExpressionAttributeValues"][":number"], ":key": {"S": line_key(line)}}
        return any(self._query(self.invoices, {**request, "ExpressionAttributeValues": values}))

    def put_lines(self, lines: Iterable[OrderLine]) -> None:
        """Put each line once; an existing one stays as it is. Raises if not all were put in time."""
        distinct = {line_key(line): line for line in lines}
        for _ in self.each(self._put_batch, batches(distinct.values(), self.batch)):
            pass

    def summarize(self, invoices: Iterable[str]) -> None:
        """Read each invoice back and offer its summaries."""
        for _ in self.each(self._summarize_one, sorted(set(invoices))):
            pass

    def _summarize_one(self, invoice_no: str) -> None:
        for summary in summaries(self.invoice_lines(invoice_no)):
            self.offer(summary)

    def remove(self, lines: Iterable[OrderLine]) -> None:
        """Delete the lines, then let the summaries of their customers be those of the lines that are left.

        An operator's way alone, once no writer can put one of the lines again. Done twice, it ends what it left.
        """
        lines = list(lines)
        keys = {line_key(line): items.key_of(line) for line in lines}
        deletes = ({"DeleteRequest": {"Key": key}} for key in keys.values())
        for _ in self.each(self._write, batches(deletes, BATCH)):
            pass
        for pair in sorted({(line.CustomerID, line.InvoiceNo) for line in lines if line.CustomerID is not None}):
            self.renew(*pair)

    def renew(self, customer_id: int, invoice_no: str) -> None:
        """Forget a stored summary, which may count lines that are gone, and offer that of the lines that are there."""
        key = {CUSTOMERS.partition: {"N": str(customer_id)}, CUSTOMERS.sort: {"S": invoice_no}}
        self.retries.ask(partial(self.client.delete_item, TableName=self.customers, Key=key))
        self._summarize_one(invoice_no)

    def offer(self, summary: InvoiceSummary) -> bool:
        """Put the summary unless a stored one has more lines, or as many by the same formula or a newer one."""
        item = items.summary_item(summary)
        put = partial(
            self.client.put_item,
            TableName=self.customers,
            Item=item,
            ConditionExpression=_NOT_WORSE,
            ExpressionAttributeNames={"#InvoiceNo": "InvoiceNo", "#Lines": "Lines", "#Version": "Version"},
            ExpressionAttributeValues={":lines": item["Lines"], ":version": item["Version"]},
        )
        try:
            self.retries.ask(put)
        except ClientError as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def invoice_lines(self, invoice_no: str) -> list[OrderLine]:
        """All lines of the invoice, in the order of their keys: each that was put before this call is among them.

        Fields that only a later version knows are left out: the summaries are made without them.
        """
        return [items.line(item) for item in self._query(self.invoices, _invoice(invoice_no))]

    def whole_lines(self, invoice_no: str) -> list[OrderLine]:
        """The invoice's lines as `invoice_lines` reads them; raises `NewerRecord` rather than leave a field out."""
        return [items.whole_line(item) for item in self._query(self.invoices, _invoice(invoice_no))]

    def customer_summaries(self, customer_id: int) -> list[InvoiceSummary]:
        """The summaries of all of the customer's invoices, newest first."""
        return [items.summary(item) for item in self._query(self.customers, _customer(customer_id))]

    def _put_batch(self, lines: list[OrderLine]) -> None:
        """Put at most 25 lines."""
        self._write([{"PutRequest": {"Item": items.line_item(line)}} for line in lines])

    def _write(self, requests: list[Item]) -> None:
        """Make at most 25 puts or deletes of lines, repeating those that the table leaves unprocessed."""

        def write(left: list[Item]) -> list[Item]:
            wanted: Any = {self.invoices: left}
            answer: Any = self.retries.ask(partial(self.client.batch_write_item, RequestItems=wanted))
            unprocessed: list[Item] = answer.get("UnprocessedItems", {}).get(self.invoices, [])
            return unprocessed

        self.retries.drain(write, requests, f"{self.invoices} took not all of {len(requests)} lines in time")

    def _query(self, table: str, request: Item) -> Iterator[Item]:
        for page in pages(self.retries, self.client.query, TableName=table, **request):
            yield from page


def _invoice(invoice_no: str) -> Item:
    """The query for an invoice's lines, and for no other's of the same number."""
    return {
        "KeyConditionExpression": "InvoiceNo = :number AND begins_with(LineKey, :prefix)",
        "ExpressionAttributeValues": {
            ":number": {"N": str(invoice_number(invoice_no))},
            ":prefix": {"S": line_key_prefix(invoice_no)},
        },
    }


def _customer(customer_id: int) -> Item:
    """The query for a customer's invoices, newest first."""
    return {
        "IndexName": CUSTOMERS.index,
        "KeyConditionExpression": "CustomerID = :customer",
        "ExpressionAttributeValues": {":customer": {"N": str(customer_id)}},
        "ScanIndexForward": False,
    }
