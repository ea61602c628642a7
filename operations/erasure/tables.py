"""The tables Invoices and Customers of an erasure."""

from commerce.lines import OrderLine
from commerce.summaries import InvoiceSummary, summaries
from operations.asking import READER, patient
from operations.erasure.wanted import NO_LINE, Found, Search, Wanted
from operations.reconcile.hops.dynamodb import Store
from operations.reconcile.hops.items import stored_summary, verified_line
from stores.dynamodb.plain_json import of_plain_json
from stores.dynamodb.tables import Tables
from stores.target import Target


class OrderTables:
    """A target's two tables. Invoices is read whole: a line may stand there that no summary counts."""

    name = "tables"

    def __init__(self, target: Target) -> None:
        client = of_plain_json(target.client("dynamodb", config=READER))
        self._tables = Tables(client, target.invoices_table, target.customers_table, patient())
        self._store = Store(target, self._tables.retries)

    def search(self, wanted: Wanted) -> Found:
        """The wanted lines, and the customer's summaries that count lines that are not there."""
        search = Search(self.name)
        for line in self._lines(wanted):
            search.add(self._tables.invoices, line.LineId)
        for _ in self._wrong(wanted.customer):
            search.add(self._tables.customers, NO_LINE)
        return search.found

    def erase(self, wanted: Wanted) -> None:
        """Delete the lines of the LineIds, then let the summaries of their invoices be those of the lines left."""
        self._tables.remove(self._lines(wanted))
        for summary in self._wrong(wanted.customer):
            self._tables.renew(summary.CustomerID, summary.InvoiceNo)

    def _lines(self, wanted: Wanted) -> list[OrderLine]:
        found = []
        for page in self._store.scan_invoices(0):
            for item in page:
                line = verified_line(item)
                if line is not None and wanted.takes(line):
                    found.append(line)
        return found

    def _wrong(self, customer: int) -> list[InvoiceSummary]:
        """The customer's summaries that are not those of the lines in Invoices."""
        stored = [it for item in self._store.customer(customer) if (it := stored_summary(item)) is not None]
        return [it for it in stored if it not in summaries(self._tables.invoice_lines(it.InvoiceNo))]
