"""The contract: it names every route, its examples are right, and its schemas agree with commerce's own parsers."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import InvalidRow
from commerce.lines import CLAIMS, FIELDS, OrderLine, posted_row
from commerce.wire import encode, parse
from lambdas.browse import handler as browse
from lambdas.ingest import handler as ingest
from lambdas.openapi import METHODS, document, paths
from lambdas.query import handler as query
from tests.lambdas.calls import check, contract
from tests.orders import fields_of, order_lines


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, described in contract()["paths"].items():
        yield from ((method.upper(), path, described[method]) for method in METHODS & described.keys())


def contents() -> Iterator[dict[str, Any]]:
    """Every body that the contract describes, of requests and of answers."""
    for _, _, operation in operations():
        yield from operation.get("requestBody", {}).get("content", {}).values()
        for answer in operation["responses"].values():
            yield from answer.get("content", {}).values()


def test_the_contract_names_every_route_of_the_functions_and_no_other() -> None:
    routes = ingest.ROUTES.keys() | query.ROUTES.keys() | browse.ROUTES.keys()
    assert {(method, path) for method, path, _ in operations()} == routes


def test_every_example_is_what_its_schema_says() -> None:
    examples = [
        (content["schema"], example)
        for content in contents()
        for example in [
            *([content["example"]] if "example" in content else []),
            *(named["value"] for named in content.get("examples", {}).values()),
        ]
    ]
    assert len(examples) > 15
    for schema, example in examples:
        check(schema, example)


def test_every_schema_is_a_schema_and_every_reference_leads_somewhere() -> None:
    for name, schema in contract()["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        with pytest.raises(AssertionError):
            check({"$ref": f"#/components/schemas/{name}"}, {"no": "such thing"})


def test_every_path_parameter_is_described() -> None:
    for path, described in contract()["paths"].items():
        named = {parameter["name"] for parameter in described.get("parameters", []) if parameter["in"] == "path"}
        assert named == {part.strip("{}") for part in path.split("/") if part.startswith("{")}


def test_a_row_has_the_fields_and_claims_of_commerce_in_their_order() -> None:
    schemas = contract()["components"]["schemas"]
    assert list(schemas["Row"]["properties"]) == [*FIELDS, *CLAIMS]
    assert list(schemas["OrderLine"]["properties"]) == list(OrderLine.__struct_fields__)


def test_the_document_is_made_once() -> None:
    assert document() is document()
    assert paths() == paths()


def taken(fields: dict[str, Any]) -> bool:
    try:
        posted_row(fields)
    except InvalidRow:
        return False
    return True


def described(fields: dict[str, Any]) -> bool:
    try:
        check({"$ref": "#/components/schemas/Row"}, fields)
    except AssertionError:
        return False
    return True


@given(order_lines)
def test_every_line_is_what_the_contract_says_of_lines_and_of_rows(line: OrderLine) -> None:
    answer = parse(encode(line))
    check({"$ref": "#/components/schemas/OrderLine"}, answer)
    check({"$ref": "#/components/schemas/Row"}, answer)


FORMS: dict[str, list[Any]] = {
    "InvoiceNo": [536365, "536365", " C536365 ", "A1", 0, -1, "c536365", "CC1", "0536365", None, 5.5, True, [], 10**15],
    "StockCode": ["85123A", " BANK CHARGES ", 22139, "x" * 20, "x" * 21, "", " ", None, True, 10**20, "a\x00"],
    "Description": ["", None, " x ", "x" * 200, "x" * 201, 7, "\x7f", "\x85", "a\u202eb", "\u2069"],
    "Quantity": [6, "6", Decimal("6.0"), "6.0", -80995, 2**31, "x", "", None, Decimal("1.5"), True,
                 " 6 ", "6\xa0", "1,000"],
    "InvoiceDate": ["2010-12-01 08:26:00", "2010-12-01T08:26:00", "12/1/2010 8:26", "2010-12-01", "12/1/2010", 7,
                    "2010-13-01T08:26:00", "2010-12-01T24:26:00", "1899-12-01T08:26:00", "0/1/2010 8:26",
                    "1/32/2010 8:26", "12/1/10 8:26", "12/1/010 8:26", " 12/1/2010 8:26 ", " 2010-12-01 08:26:00 "],
    "UnitPrice": [3, Decimal("2.55"), "2.550", "1e3", "NaN", "", None, 10**9, 10**9 + 1, "-11062.06", True,
                  "1.2345", "01.5", " 2.55 ", " " * 50 + "2.55", "0" * 41],
    "CustomerID": [17850, "17850", Decimal("17850.0"), "17850.0", "", None, "abc", Decimal("17850.5"), 0, 10**15 + 1,
                   "0", "-1", str(10**15), "9" * 16, "007", " 17850 ", " "],
    "Country": ["France", " France ", "x" * 60, "x" * 61, "", " ", None, 7, "a\nb"],
    "Occurrence": [1, None, 0, "1"],
    "LineId": [None, "506b", 7],
    "Colour": ["red"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FORMS.items() for value in values])
def test_a_form_of_a_field_is_described_just_when_it_is_taken(name: str, value: object) -> None:
    fields = fields_of(**{name: value})
    assert described(fields) == taken(fields)


@given(st.sampled_from([*FIELDS, *CLAIMS]), st.none() | st.integers() | st.text(max_size=30))
def test_whatever_is_taken_is_described(name: str, value: object) -> None:
    fields = fields_of(**{name: value})
    assert described(fields) or not taken(fields)
