"""Cells that would be taken for something other than was meant: each refuses its row, and says why."""

import io
from collections.abc import Mapping

import pytest

from commerce.files.column_maps import PLAIN, column_map
from commerce.files.documents import Entry, order_lines
from commerce.files.doubtful_cells import doubts
from commerce.identity import order_line
from commerce.lines import FIRST_FIELDS
from tests.orders import a_row, cells, csv_document


def read(document: bytes, text: bytes = b"") -> Entry:
    form = column_map("m.toml", text) if text else PLAIN
    (entry,) = order_lines("day.csv", io.BytesIO(document), form)
    return entry


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ('910001, "A1", "MUG", 6, 2010-12-01 08:26:00, 2.55, 17850, "France"', ["StockCode", "Description", "Country"]),
        ("910001,'A1','MUG',6,2010-12-01 08:26:00,2.55,17850,'France'", ["StockCode", "Country"]),
        ('910001,="00123",="MUG" ,6,2010-12-01 08:26:00,2.55,17850,France', ["StockCode", "Description"]),
        ('910001,"=""00123""",MUG,6,2010-12-01 08:26:00,2.55,17850,France', ["StockCode"]),
    ],
)
def test_quotes_that_would_become_part_of_a_value_refuse_the_row(row: str, fields: list[str]) -> None:
    errors = read((",".join(FIRST_FIELDS) + "\n" + row).encode()).errors
    assert [error.field for error in errors] == fields
    assert {error.rule for error in errors} == {
        'must not have quotes of its own: a cell is quoted by " alone, right behind the delimiter'
    }


@pytest.mark.parametrize("text", ['MUG "RED"', '"RED" MUG', " MUG", "'TIS A MUG", '12" RULER', 'A "B" ', "MUG\u200d"])
def test_other_quotes_and_blanks_of_a_description_are_its_own(text: str) -> None:
    line = read(csv_document(cells(Description=text))).line
    assert line is not None
    assert line.Description == text


@pytest.mark.parametrize("sign", ["\xa0", "\u200b", "\u200e", "\u202f", "\ufeff"])
@pytest.mark.parametrize("field", ["StockCode", "Country"])
def test_an_invisible_character_in_a_code_or_a_country_refuses_the_row(field: str, sign: str) -> None:
    (error,) = read(csv_document(cells(**{field: f"France{sign}"}))).errors
    assert (error.field, error.rule) == (field, "must hold no invisible character, such as a no-break space")


@pytest.mark.parametrize("field", ["Quantity", "CustomerID"])
@pytest.mark.parametrize(
    ("written", "unsaid", "point", "comma"),
    [("1.000", None, 1, 1000), (" 12.000 ", None, 12, 12000), ("6.0", 6, 6, None), ("1000.000", 1000, 1000, None),
     ("1.0000", 1, 1, None), ("1.000.000", None, None, 1_000_000)],
)  # fmt: skip
def test_a_whole_number_that_may_be_a_thousand_needs_a_map_that_says_the_decimal_sign(
    field: str, written: str, unsaid: int | None, point: int | None, comma: int | None
) -> None:
    row = {field: written, "UnitPrice": "3"}
    for said, value in ((b"", unsaid), (b'decimal = "."', point), (b'decimal = ","', comma)):
        line = read(csv_document(cells(**row)), said).line
        assert (line and getattr(line, field)) == value


def test_a_doubtful_row_is_no_copy_of_the_row_that_it_may_be() -> None:
    rows = [cells(Quantity=quantity) for quantity in ("1", "1.000", "1")]
    entries = order_lines("day.csv", io.BytesIO(csv_document(*rows)))
    assert [entry.line and entry.line.Occurrence for entry in entries] == [1, None, 2]


def test_nothing_is_doubted_in_a_row_that_gives_its_line_id() -> None:
    row = {"StockCode": "'A1'", "Country": "France\xa0", "Description": ' "MUG"'}
    line = order_line(a_row(**row), 1)
    for claim, doubted in ((line.LineId, False), ("", True)):
        entry = read(csv_document([*cells(**row), claim], header=[*FIRST_FIELDS, "LineId"]))
        assert (entry.line is None) == doubted


@pytest.mark.parametrize("cells", [{}, {"StockCode": ""}, {"StockCode": "'"}, {"Description": '"'}])
def test_cells_that_are_not_there_or_short_are_not_doubted(cells: Mapping[str, str]) -> None:
    assert doubts(cells, None) == []
