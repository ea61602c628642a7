"""Each field accepts some values and refuses others, and a refused row names all its wrong fields."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commerce import wire
from commerce.errors import FieldError, InvalidRow, UnreadableDocument
from commerce.lines import ADDED, FIELDS, FIRST_FIELDS, OrderRow, order_row, plain, posted_row, thousandths
from tests.orders import a_row, fields_of, order_rows

ACCEPTED = [
    ("InvoiceNo", 536365, "536365"),
    ("InvoiceNo", "536365", "536365"),
    ("InvoiceNo", " C536379  ", "C536379"),
    ("InvoiceNo", "A1", "A1"),
    ("InvoiceNo", 10**15 - 1, "999999999999999"),
    ("StockCode", 22423, "22423"),
    ("StockCode", " BANK CHARGES ", "BANK CHARGES"),
    ("StockCode", "84031a", "84031a"),
    ("StockCode", "x" * 20, "x" * 20),
    ("Description", ..., None),
    ("Description", "", None),
    ("Description", None, None),
    ("Description", "  blanks kept ", "  blanks kept "),
    ("Description", "x" * 200, "x" * 200),
    ("Quantity", 6, 6),
    ("Quantity", "6", 6),
    ("Quantity", Decimal("6.0"), 6),
    ("Quantity", "6.0", 6),
    ("Quantity", "-80995", -80995),
    ("Quantity", 2**31 - 1, 2**31 - 1),
    ("Quantity", -(2**31), -(2**31)),
    ("InvoiceDate", "2010-12-01 08:26:00", datetime(2010, 12, 1, 8, 26)),
    ("InvoiceDate", "2010-12-01T08:26:09", datetime(2010, 12, 1, 8, 26, 9)),
    ("InvoiceDate", "12/1/2010 8:26", datetime(2010, 12, 1, 8, 26)),
    ("InvoiceDate", "2/29/2012 18:06", datetime(2012, 2, 29, 18, 6)),
    ("InvoiceDate", "12/1/10 8:26", datetime(2010, 12, 1, 8, 26)),
    ("InvoiceDate", "12/13/68 08:28", datetime(2068, 12, 13, 8, 28)),
    ("InvoiceDate", "12/13/69 08:28", datetime(1969, 12, 13, 8, 28)),
    ("InvoiceDate", " 2010-12-01 08:26:00 ", datetime(2010, 12, 1, 8, 26)),
    ("InvoiceDate", "1900-01-01 00:00:00", datetime(1900, 1, 1)),
    ("InvoiceDate", "2099-12-31 23:59:59", datetime(2099, 12, 31, 23, 59, 59)),
    ("UnitPrice", "2.55", Decimal("2.55")),
    ("UnitPrice", Decimal("2.55"), Decimal("2.55")),
    ("UnitPrice", 2, Decimal("2")),
    ("UnitPrice", "0", Decimal("0")),
    ("UnitPrice", "-11062.060", Decimal("-11062.06")),
    ("UnitPrice", "0.001", Decimal("0.001")),
    ("UnitPrice", 10**9, Decimal(10**9)),
    ("UnitPrice", -(10**9), Decimal(-(10**9))),
    ("UnitPrice", "1." + "0" * 38, Decimal("1")),
    ("CustomerID", 17850, 17850),
    ("CustomerID", "17850", 17850),
    ("CustomerID", Decimal("17850.0"), 17850),
    ("CustomerID", "17850.0", 17850),
    ("CustomerID", "", None),
    ("CustomerID", None, None),
    ("CustomerID", ..., None),
    ("CustomerID", 10**15, 10**15),
    ("CustomerID", " 17850.0 ", 17850),
    ("CustomerID", "  ", None),
    ("Quantity", " 6 ", 6),
    ("UnitPrice", " 2.55 ", Decimal("2.55")),
    ("UnitPrice", " " * 50 + "2.55", Decimal("2.55")),
    ("Country", " United Kingdom ", "United Kingdom"),
    ("Country", "x" * 60, "x" * 60),
]


def each(field: str, *values: Any) -> list[tuple[str, Any]]:
    """The field with each of these values."""
    return [(field, value) for value in values]


REFUSED: list[tuple[str, Any]] = [
    *each("InvoiceNo", ..., "", "0536365", "CC536365", "c536365", "536365C", "1" * 16, 0, -1, True),
    *each("InvoiceNo", "٣٤", "5 6", "C", 1.5, Decimal("536365.0"), [], {}, 10**400, "536365\n"),
    *each("StockCode", ..., "", "  ", "x" * 21, 1.5, True, [], "A\tB", "\ud800", 10**40),
    *each("Description", "\x80", "\x85", "\x9f", "\u202a", "a\u202eb", "\u2066", "\u2069"),
    *((field, "x\u202e") for field in ("InvoiceNo", "StockCode", "Country")),
    *each("Description", "x" * 201, 5, True, "line\nfeed", "\x7f", "\x00", "\udfff", []),
    *each("Quantity", ..., "", "6.5", Decimal("6.5"), 2**31, -(2**31) - 1, True, "six", "1e3", 6.0),
    *each("Quantity", "٦", "\xa06", "6\t", "1 000", "1,000", "+6", Decimal("NaN"), Decimal("1e400"), "9" * 31, [], {}),
    *each("InvoiceDate", ..., "", "2010-02-29 00:00:00", "2010-12-01", "2010-12-01 08:26", True, 0),
    *each("InvoiceDate", "2010-12-01T08:26:00Z", "2010-12-01T08:26:00+01:00", "2010-12-01 08:26:00.5"),
    *(
        ("InvoiceDate", value)
        for value in (
            "1899-12-31 00:00:00",
            "2100-01-01 00:00:00",
            "13/1/2010 8:26",
            "1/12/010 8:26",
            "1/12/10 8:26:00",
        )
    ),
    *each("InvoiceDate", "2010-12-01 24:00:00", "2010-12-01 23:59:60", "2010-12-01  08:26:00", 1291190400),
    *each("UnitPrice", ..., "", "2.5555", Decimal("2.5555"), "NaN", "inf", Decimal("NaN"), 2.55, True),
    *each("UnitPrice", "1" * 41, "0." + "0" * 40, 10**9 + 1, Decimal("1e400"), "2,55", "1e3", "٢"),
    *each("UnitPrice", Decimal("1000000000.001"), Decimal("-Infinity"), "2 .55", "+2.55", ".5", "5."),
    *each("CustomerID", "abc", "17850.5", Decimal("17850.5"), 0, -1, 10**15 + 1, True, "17 850", 17850.0, []),
    *(("Country", value) for value in (..., "", "   ", "x" * 61, 5, True, "Fr\x1fance", "\udc00", None)),
]


@pytest.mark.parametrize(("field", "value", "expected"), ACCEPTED)
def test_a_field_is_accepted_in_each_of_its_forms(field: str, value: Any, expected: Any) -> None:
    row = order_row(fields_of(**{field: value}))
    assert row == a_row(**{field: expected})
    assert type(getattr(row, field)) is type(expected)


@pytest.mark.parametrize(("field", "value"), REFUSED)
def test_a_wrong_field_is_refused_by_its_name_and_value_and_rule(field: str, value: Any) -> None:
    with pytest.raises(InvalidRow) as refused:
        order_row(fields_of(**{field: value}))
    (error,) = refused.value.errors
    assert error.field == field
    assert error.value
    assert error.rule.startswith("must ")
    if value in (..., "", None):
        assert error.value == "missing"


def test_true_is_no_one_even_where_one_was_seen_before() -> None:
    assert order_row(fields_of(Quantity=1)).Quantity == 1
    with pytest.raises(InvalidRow):
        order_row(fields_of(Quantity=True))


def test_every_wrong_field_is_told_at_once_in_the_order_of_the_fields() -> None:
    with pytest.raises(InvalidRow) as refused:
        order_row({})
    required = [field for field in FIRST_FIELDS if field not in ("Description", "CustomerID")]
    assert [error.field for error in refused.value.errors] == required


def test_a_long_value_is_shortened_in_its_error() -> None:
    with pytest.raises(InvalidRow) as refused:
        order_row(fields_of(Description="y" * 10_000))
    assert refused.value.errors == (
        FieldError("Description", "'" + "y" * 60 + "…'", "must have at most 200 characters"),
    )


def test_an_unknown_name_is_an_error_of_its_row_beside_the_others() -> None:
    with pytest.raises(InvalidRow) as refused:
        posted_row(fields_of(Quantity="six", Discount=5))
    assert [error.field for error in refused.value.errors] == ["Quantity", "'Discount'"]


@pytest.mark.parametrize("occurrence", [0, -1, True, "1", 1.0, Decimal("1.0"), 2**31, []])
def test_a_wrong_occurrence_is_refused(occurrence: Any) -> None:
    with pytest.raises(InvalidRow) as refused:
        posted_row(fields_of(Occurrence=occurrence))
    assert [error.field for error in refused.value.errors] == ["Occurrence"]


@pytest.mark.parametrize("claim", ["", "506B831F66B52D18903FEB9D4C5C47B6", "506b", 5, True, []])
def test_a_line_id_of_another_form_is_refused(claim: Any) -> None:
    with pytest.raises(InvalidRow) as refused:
        posted_row(fields_of(LineId=claim))
    assert [error.field for error in refused.value.errors] == ["LineId"]


@given(order_rows)
def test_a_row_that_was_parsed_parses_again_to_itself(row: OrderRow) -> None:
    fields = {name: getattr(row, name) for name in FIELDS}
    assert order_row(fields | {"InvoiceDate": row.InvoiceDate.isoformat()}) == row


@given(order_rows, st.data())
def test_every_form_of_a_row_is_the_same_row(row: OrderRow, data: st.DataObject) -> None:
    def one_of(*forms: Any) -> Any:
        return data.draw(st.sampled_from(forms))

    blanks = st.text(" ", max_size=3)
    price, customer = f"{row.UnitPrice:f}", row.CustomerID
    numeric = row.InvoiceNo.isdigit()
    fields = {
        "InvoiceNo": one_of(row.InvoiceNo, f"  {row.InvoiceNo} ", int(row.InvoiceNo) if numeric else row.InvoiceNo),
        "StockCode": data.draw(blanks) + row.StockCode + data.draw(blanks),
        "Description": row.Description if row.Description else one_of(None, ""),
        "Quantity": one_of(row.Quantity, str(row.Quantity), f"{row.Quantity}.0", Decimal(f"{row.Quantity}.00")),
        "InvoiceDate": one_of(
            row.InvoiceDate.isoformat(" "),
            row.InvoiceDate.isoformat(),
            *(
                [f"{row.InvoiceDate:%-m/%-d/%Y} {row.InvoiceDate:%-H:%M}", f"{row.InvoiceDate:%m/%d/%Y %H:%M}"]
                if not row.InvoiceDate.second
                else []
            ),
        ),
        "UnitPrice": one_of(row.UnitPrice, price, f"{price}{'' if '.' in price else '.'}00", Decimal(price).scaleb(0)),
        "CustomerID": one_of(None, "") if customer is None else one_of(customer, str(customer), f"{customer}.0"),
        "Country": data.draw(blanks) + row.Country + data.draw(blanks),
        **{field: getattr(row, field) for field in ADDED},
    }
    assert order_row(fields) == row


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**60), 10**60)
    | st.text(max_size=300)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["2010-12-01 08:26:00", "536365", "6.0", 17850, Decimal("2.55"), Decimal("1e-400")]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*FIELDS, "Occurrence", "LineId"]) | st.text(max_size=10)


@given(st.dictionaries(names, json_values, max_size=12))
@example({name: [[]] for name in FIELDS})
@example({"\ud800": 1})
def test_any_fields_are_a_row_or_refused_with_reasons(fields: dict[str, Any]) -> None:
    try:
        posted_row(fields)
    except InvalidRow as invalid:
        reasons = invalid.errors
    else:
        return
    assert reasons
    wire.encode_answer(reasons)  # what is wrong can be told to anyone


@given(st.binary(max_size=300) | json_values.map(repr).map(str.encode))
@example(b'"\\ud800"')
@example(b"1" + b"0" * 5_000)
@example(b"1e400")
@example(b"1." + b"0" * 5_000)
@example(b"[" * 2_000 + b"]" * 2_000)
@example(b'{"a":1,"a":2}')
@example(b"NaN")
@example(b"\xff")
@example(b"")
def test_any_text_is_json_or_refused(text: bytes) -> None:
    value, result = None, "not JSON: "
    try:
        value = wire.parse(text)
    except UnreadableDocument as error:
        result = str(error)
    assert result.startswith("not JSON: ")
    assert not isinstance(value, float)


HOSTILE = [
    b'{"Description": %b}' % (b"[" * 900 + b"]" * 900),
    b'{"%b": 1}' % (b"\\u0000" * 1_000),
    b'{"Quantity": %b}' % (b"9" * 4_000),
    b'{"Quantity": 1%b}' % (b"0" * 5_000),
    b'{"UnitPrice": 1e999999999}',
    b'{"UnitPrice": 1e99999999999999999999}',
    b'{"UnitPrice": 0.%b}' % (b"0" * 100_000),
    b'{"UnitPrice": 1.%b}' % (b"1" * 100_000),
    b'{"CustomerID": 1e-999999999}',
    b'{"StockCode": -0}',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_row_is_refused_like_any_other(text: bytes) -> None:
    with pytest.raises(InvalidRow):
        wire.decode(text)


@given(st.integers(-(10**12), 10**12))
def test_thousandths_and_amounts_are_each_others_inverse(number: int) -> None:
    amount = plain(number)
    assert thousandths(amount) == number
    assert "E" not in str(amount)
    assert not ("." in str(amount) and str(amount).endswith("0"))
