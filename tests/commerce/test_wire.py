"""The wire form: what it looks like, and that it brings back exactly what it was made from."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import wire
from commerce.errors import InvalidRow, UnreadableDocument
from commerce.lines import ADDED, FIELDS, FIRST_FIELDS, OrderLine
from tests.orders import a_line, fields_of, order_lines


def test_the_wire_form_is_compact_json_with_the_fields_in_their_order() -> None:
    line = a_line(Description='8" £ \\', UnitPrice=Decimal("2.5"), InvoiceDate=datetime(2010, 12, 1, 8, 6))
    expected = (
        '{"InvoiceNo":"600001","StockCode":"20001A","Description":"8\\" £ \\\\","Quantity":6,'
        '"InvoiceDate":"2010-12-01T08:06:00","UnitPrice":2.5,"CustomerID":12345,"Country":"France",'
        f'"Occurrence":1,"LineId":"{line.LineId}"}}'
    )
    assert wire.encode(line).decode() == expected


def test_many_lines_are_one_array() -> None:
    lines = [a_line(Quantity=quantity) for quantity in (1, 2, 3)]
    assert [row["Quantity"] for row in json.loads(wire.encode_all(lines))] == [1, 2, 3]
    assert wire.encode_all([]) == b"[]"


@pytest.mark.parametrize("encode", [wire.encode, wire.encode_answer, lambda line: wire.encode_all([line])])
def test_u_fffd_is_escaped_so_that_a_raw_one_tells_of_lost_bytes(
    encode: Callable[[OrderLine], bytes],
) -> None:
    line = a_line(Description="\ufffd5 NOTE")
    assert b'"Description":"\\ufffd5 NOTE"' in encode(line)
    assert wire.decode(wire.encode(line)) == line


@given(order_lines)
def test_a_line_comes_back_from_the_wire_as_it_was(line: OrderLine) -> None:
    assert wire.decode(wire.encode(line)) == line


@given(order_lines)
def test_the_wire_form_holds_a_plain_number_for_a_price_and_no_line_feed(line: OrderLine) -> None:
    encoded = wire.encode(line)
    assert b"\n" not in encoded
    price = json.loads(encoded, parse_float=str, parse_int=str)["UnitPrice"]
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]{0,2}[1-9])?", price)
    given = [name for name in ADDED if getattr(line, name) is not None]
    assert list(json.loads(encoded)) == [*FIRST_FIELDS, "Occurrence", "LineId", *given]


@given(order_lines, st.sampled_from([*FIELDS, "Occurrence"]), order_lines)
def test_a_field_that_was_changed_on_the_way_is_noticed(line: OrderLine, field: str, other: OrderLine) -> None:
    changed = json.loads(wire.encode(line), parse_float=Decimal) | {
        field: json.loads(wire.encode(other), parse_float=Decimal).get(field)
    }
    if getattr(line, field) == getattr(other, field):
        assert wire.decode(wire.encode_answer(changed)) == line
    else:
        with pytest.raises(InvalidRow, match="LineId"):
            wire.decode(wire.encode_answer(changed))


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b'"text"', b"{", b"\xff", b"5", b"{}", b"[{}]"])
def test_a_message_that_is_no_object_of_a_line_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidRow) as refused:
        wire.decode(value)
    assert refused.value.errors


@pytest.mark.parametrize("depth", [100, *range(900, 1_010), 20_000])
def test_a_message_is_refused_however_deep_it_is_nested(depth: int) -> None:
    """One that raised anything else would stop its partition for good."""
    for value in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        with pytest.raises(InvalidRow) as refused:
            wire.decode(value)
        assert len(str(refused.value)) < 2_000


@pytest.mark.parametrize("claim", ["Occurrence", "LineId"])
def test_a_message_must_carry_its_identity(claim: str) -> None:
    line = json.loads(wire.encode(a_line()), parse_float=Decimal)
    del line[claim]
    with pytest.raises(InvalidRow, match=f"{claim} missing: must be there"):
        wire.decode(wire.encode_answer(line))


def test_a_number_keeps_the_digits_that_were_written() -> None:
    parsed = wire.parse('{"UnitPrice": 0.1, "big": 12345678901234567890123}')
    assert parsed == {"UnitPrice": Decimal("0.1"), "big": 12345678901234567890123}
    assert wire.encode_answer({"UnitPrice": Decimal("0.1")}) == b'{"UnitPrice":0.1}'


def test_what_is_wrong_with_a_body_is_said() -> None:
    with pytest.raises(UnreadableDocument, match="not JSON: .*byte 1"):
        wire.parse(b"[}")


def test_a_posted_line_need_not_claim_anything() -> None:
    from commerce.lines import posted_row

    assert posted_row(fields_of()).occurrence is None
