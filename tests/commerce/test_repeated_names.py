"""A name that stands twice in a row of JSON is an error of that row, in requests and in messages."""

import pytest

from commerce.errors import InvalidRow
from commerce.wire import decode, encode, parse_rows
from lambdas.http import BadRequest
from lambdas.ingest.rows import plan, posted_rows
from tests.orders import a_line

ROW = encode(a_line())


@pytest.mark.parametrize(
    "name", [b'"Quantity":7', b'"Quantity" : 7', b'"Quantit\\u0079":7', b'"Quantity"\n:7', b'"Quantity":"a\\":b"']
)
def test_a_name_that_stands_twice_is_an_error_of_its_row_alone(name: bytes) -> None:
    twice = ROW[:-1] + b"," + name + b"}"
    results = plan(posted_rows(b"[" + ROW.replace(b"600001", b"7") + b"," + twice + b"]", alone=False)).results
    assert [[(error.field, error.rule) for error in getattr(result, "errors", ())] for result in results][1] == [
        ("Quantity", "stands twice")
    ]
    with pytest.raises(InvalidRow, match="^Quantity .*: stands twice$"):
        decode(twice)


def test_an_unknown_name_that_stands_twice_is_told_once() -> None:
    with pytest.raises(InvalidRow) as refused:
        decode(ROW[:-1] + b',"a":1,"a":2}')
    assert [str(error) for error in refused.value.errors] == ["'a' 2: is not a field of an order line"]


@pytest.mark.parametrize("besides", [b'"x"', b"[1]", b"1", b"null"])
def test_what_stands_beside_an_object_in_an_array_is_not_counted_for_it(besides: bytes) -> None:
    twice, *_ = parse_rows(b'[{"a":1,"a":2},' + besides + b"]")
    assert twice.repeated == ("a",)


@pytest.mark.parametrize("fine", [ROW, ROW.replace(b"AMBER KITE", b'a\\":b : c'), b'[1,[{"a":1,"a":2}],"x"]'])
def test_colons_elsewhere_are_no_names(fine: bytes) -> None:
    assert not hasattr(parse_rows(fine), "repeated")


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\0", b"\x1f\xef\xbf\xbd\x08\0"])
def test_a_gzip_is_named(body: bytes) -> None:
    with pytest.raises(BadRequest, match="packed by gzip"):
        posted_rows(body, alone=True)
