"""The query function on a real DynamoDB."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from commerce import wire
from commerce.keys import CUSTOMERS, INVOICES
from commerce.lines import OrderLine
from commerce.settings import QuerySettings, to_env
from lambdas.query import handler as query
from stores.dynamodb import items
from stores.dynamodb.tables import Tables
from tests.lambdas.calls import Reply, call
from tests.orders import a_line
from tests.stores.servers import make_table

CODES = [f"2{at:04}" for at in range(12)]


def get(resource: str, path: dict[str, str] | None = None, **parameters: str) -> Reply:
    return call(query.handler, "GET", resource, path=path, query=parameters or None)


def get_invoice(invoice_no: str, **parameters: str) -> Reply:
    return get("/invoices/{InvoiceNo}", {"InvoiceNo": invoice_no}, **parameters)


def get_customer(customer_id: str, **parameters: str) -> Reply:
    return get("/customers/{CustomerID}", {"CustomerID": customer_id}, **parameters)


def as_told(line: OrderLine) -> Any:
    return wire.parse(wire.encode(line))


class TestWithoutTables:
    """Requests that are answered before any table is asked."""

    @pytest.fixture(autouse=True)
    def unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def asked() -> None:
            pytest.fail("a table is asked")

        monkeypatch.setattr(query, "tables", asked)

    @pytest.mark.parametrize("invoice_no", ["abc", "0536365", "CC536365", "", "536365#", "5" * 16])
    def test_an_invoice_number_that_cannot_be_is_refused(self, invoice_no: str) -> None:
        assert get_invoice(invoice_no).status == 400
        assert get("/invoices", InvoiceNo=invoice_no).status == 400

    @pytest.mark.parametrize("customer_id", ["abc", "0", "-1", "17850.5", "", "9" * 16])
    def test_a_customer_id_that_cannot_be_is_refused(self, customer_id: str) -> None:
        assert get_customer(customer_id).status == 400

    @pytest.mark.parametrize("resource", ["/invoices", "/hello"])
    def test_a_query_without_an_invoice_is_refused_by_name(self, resource: str) -> None:
        reply = get(resource)
        assert (reply.status, "InvoiceNo" in reply.body["detail"]) == (400, True)

    @pytest.mark.parametrize("parameters", [{"limit": "0"}, {"limit": "2001"}, {"next": "x"}, {"offset": "5"}])
    def test_a_wrong_parameter_is_refused(self, parameters: dict[str, str]) -> None:
        assert get_invoice("536365", **parameters).status == 400
        assert get_customer("17850", **parameters).status == 400

    def test_the_contract_is_given(self) -> None:
        assert get("/openapi.json").body["openapi"] == "3.1.0"


@pytest.mark.parts
class TestWithTables:
    @pytest.fixture
    def tables(self, dynamodb: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
        """Empty tables, and the function started with them as in a fresh execution environment."""
        environment = {
            "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("dynamodb")
        settings = QuerySettings(make_table(client, INVOICES), make_table(client, CUSTOMERS), "no-bucket")
        for name, value in to_env(settings).items():
            monkeypatch.setenv(name, value)
        query.tables.cache_clear()
        yield Tables(client, settings.invoices_table, settings.customers_table)
        query.tables.cache_clear()

    @pytest.mark.parametrize("resource", ["/invoices", "/hello"])
    def test_an_invoice_is_told_by_path_and_by_query_alike(self, tables: Tables, resource: str) -> None:
        line = a_line(Description=None)
        tables.add([line])
        assert get_invoice("600001").body == {
            "InvoiceNo": "600001",
            "CustomerID": 12345,
            "InvoiceDate": "2010-12-01T08:26:00",
            "Country": "France",
            "Lines": 1,
            "Units": 6,
            "Amount": Decimal("15.3"),
            "lines": [as_told(line)],
            "next": None,
        }
        assert get(resource, InvoiceNo="600001").body == get_invoice("600001").body

    def test_an_invoice_and_the_cancellation_of_the_same_number_are_not_mixed(self, tables: Tables) -> None:
        ours, other = a_line(InvoiceNo="600001"), a_line(InvoiceNo="C600001")
        tables.add([ours, other])
        assert get_invoice("600001").body["lines"] == [as_told(ours)]
        assert get_invoice("C600001").body["lines"] == [as_told(other)]

    def test_an_invoice_that_nobody_posted_is_404(self, tables: Tables) -> None:
        assert get_invoice("600001").status == 404
        assert get_customer("12345").status == 404

    def test_the_pages_of_an_invoice_are_its_lines_once_each_under_the_totals_of_the_whole(
        self, tables: Tables
    ) -> None:
        lines = [a_line(StockCode=code) for code in CODES]
        tables.add(lines)
        found, token = list[Any](), dict[str, str]()
        while True:
            reply = get_invoice("600001", limit="5", **token)
            assert (reply.body["Lines"], reply.body["Units"], reply.body["Amount"]) == (12, 72, Decimal("183.6"))
            found.append(reply.body["lines"])
            if reply.body["next"] is None:
                break
            token = {"next": reply.body["next"]}
        assert found == [[as_told(line) for line in lines[at : at + 5]] for at in (0, 5, 10)]

    def test_a_customer_is_told_with_invoices_newest_first_in_pages(self, tables: Tables) -> None:
        tables.add(a_line(InvoiceNo=str(600001 + day), InvoiceDate=datetime(2010, 12, day, 9)) for day in (3, 1, 2))
        first = get_customer("12345", limit="2")
        assert {name: value for name, value in first.body.items() if name not in ("invoices", "next")} == {
            "CustomerID": 12345,
            "Invoices": 3,
            "Lines": 3,
            "Units": 18,
            "Amount": Decimal("45.9"),
            "FirstInvoiceDate": "2010-12-01T09:00:00",
            "LastInvoiceDate": "2010-12-03T09:00:00",
        }
        second = get_customer("12345", next=first.body["next"])
        assert [[it["InvoiceNo"] for it in page.body["invoices"]] for page in (first, second)] == [
            ["600004", "600003"],
            ["600002"],
        ]
        assert second.body["next"] is None

    def test_a_page_of_another_invoice_is_refused(self, tables: Tables) -> None:
        tables.add([a_line(), a_line(2), a_line(InvoiceNo="600002")])
        token = get_invoice("600001", limit="1").body["next"]
        assert get_invoice("600002", next=token).status == 400

    def test_tables_that_do_not_answer_are_503_and_to_be_tried_again(
        self, tables: Tables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
        monkeypatch.setattr(query, "_SECONDS", 3.0)  # of 20: the tries are the same, and fewer
        query.tables.cache_clear()
        assert get_invoice("600001").status == 503
        assert get_customer("12345").status == 503

    def test_an_invoice_with_a_field_of_a_later_version_is_503_and_not_told_without_it(self, tables: Tables) -> None:
        tables.add([a_line(), a_line(InvoiceNo="600002")])
        newer = items.line_item(a_line(2)) | {"Channel": {"S": "web"}}
        tables.client.put_item(TableName=tables.invoices, Item=newer)
        reply = get_invoice("600001")
        assert (reply.status, "fields of a later version: Channel" in reply.body["detail"]) == (503, True)
        assert get_invoice("600002").status == 200

    def test_tables_that_are_not_there_are_the_deployments_fault(
        self, tables: Tables, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("INVOICES_TABLE", "no-such-table")
        query.tables.cache_clear()
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            get_invoice("600001")
