"""Somebody's own form of a file: what a map may say, what each wrong map is told, and that the lines are ours."""

import io

import pytest
from hypothesis import given

from commerce.errors import InvalidMap, UnreadableDocument
from commerce.files.column_maps import column_map
from commerce.files.documents import Entry, order_lines
from commerce.lines import FIRST_FIELDS, OrderLine
from tests.orders import a_line, cells, csv_document
from tests.orders import order_lines as any_lines

MAP = b"""
date = "%d.%m.%Y %H:%M"
decimal = ","

[columns]
InvoiceNo = "Order"
CustomerID = "Customer ID"
UnitPrice = "Preis"

[values]
Country = "France"
"""
HEADER = ["Preis", "Order", "Customer ID", "StockCode", "Description", "Quantity", "InvoiceDate", "Country"]
ROW = ["2,55", "600001", "12345", "20001A", "AMBER KITE", "6", "01.12.2010 08:26", "not looked at"]


def read(document: bytes, text: bytes = MAP) -> list[Entry]:
    return list(order_lines("day.csv", io.BytesIO(document), column_map("m.toml", text)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_mapped_row_is_the_line_that_a_plain_one_is(delimiter: str) -> None:
    entries = read(csv_document(ROW, ROW, header=HEADER, delimiter=delimiter))
    assert [entry.line for entry in entries] == [a_line(), a_line(Occurrence=2)]


@given(any_lines)
def test_any_line_is_the_same_whatever_the_form_of_its_date_and_price(line: OrderLine) -> None:
    date = f"{line.InvoiceDate:%H|%M|%S %d/%m/}{line.InvoiceDate.year:04}"
    price = f"{line.UnitPrice:f}".replace(".", ",")
    row = dict(zip(FIRST_FIELDS, cells(InvoiceDate=date, UnitPrice=price), strict=True))
    text = b"""date = "%H|%M|%S %d/%m/%Y"\ndecimal = ",\""""
    (entry,) = read(csv_document([row[name] for name in FIRST_FIELDS]), text)
    assert entry.line == a_line(InvoiceDate=line.InvoiceDate, UnitPrice=line.UnitPrice)


def test_each_wrong_field_of_a_mapped_row_is_told_with_its_value_in_the_file() -> None:
    row = dict(zip(HEADER, ROW, strict=True)) | {"Preis": "1.234,5", "InvoiceDate": "12/1/2010 8:26", "Quantity": "x"}
    (entry,) = read(csv_document([row[title] for title in HEADER], header=HEADER))
    assert [(error.field, error.value) for error in entry.errors] == [
        ("Quantity", "'x'"),
        ("InvoiceDate", "'12/1/2010 8:26'"),
        ("UnitPrice", "'1.234,5'"),
    ]
    assert entry.errors[1].rule == ("must be a date and time that exists, written as the map says: %d.%m.%Y %H:%M")


def test_a_point_is_no_decimal_point_where_a_comma_is() -> None:
    (entry,) = read(csv_document(["1.234", *ROW[1:]], header=HEADER))
    assert [(error.field, error.value) for error in entry.errors] == [("UnitPrice", "'1.234'")]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("1.000", 1000), ("-12.345.678", -12345678), ("6,0", 6), (" 1.000,00 ", 1000), ("7", 7), ("1.00", None),
     ("6.0", None), ("1000.000", None), ("1,000", None), ("1.000,5", None), ("1 000", None), (".5", None)],
)  # fmt: skip
def test_a_point_groups_thousands_of_a_whole_number_where_a_comma_is_the_decimal_sign(
    written: str, read_as: int | None
) -> None:
    (entry,) = read(csv_document(cells(Quantity=written, UnitPrice="2,55")), b"decimal = ','")
    assert (entry.line and entry.line.Quantity) == read_as
    assert [(error.field, error.value) for error in entry.errors] == ([] if read_as else [("Quantity", repr(written))])


@pytest.mark.parametrize("price", ["1.234,50", "1.234", ".5", "5.", "2,55 EUR"])
def test_a_price_with_a_point_is_refused_where_a_comma_is_the_decimal_sign(price: str) -> None:
    (entry,) = read(csv_document(cells(UnitPrice=price)), b"decimal = ','")
    assert [(error.field, error.value) for error in entry.errors] == [("UnitPrice", repr(price))]


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("%d%m%Y %H%M", "01122010 0826", "2010-12-01 08:26:00"),
        ("%d%m%Y %H%M", "1122010 0826", None),  # 1 December or 11 February
        ("%d%m%Y %H%M", "01122010 826", None),  # 8:26 or, to another reader, 82 past 6
        ("%d%b%Y", "1DEC2010", "2010-12-01 00:00:00"),
        ("%d.%m.%Y %I:%M %p", "1.12.2010 8:26 pm", "2010-12-01 20:26:00"),
    ],
)
def test_numbers_of_a_date_that_stand_side_by_side_have_all_their_digits(
    form: str, written: str, read: str | None
) -> None:
    said = column_map("m.toml", f'date = "{form}"'.encode())
    (entry,) = order_lines("f.csv", io.BytesIO(csv_document(cells(InvoiceDate=written))), said)
    assert (entry.line and str(entry.line.InvoiceDate)) == read


def test_a_date_out_of_our_years_is_refused_by_the_rule_of_the_field() -> None:
    (entry,) = read(csv_document([*ROW[:6], "01.12.1810 08:26", ""], header=HEADER))
    assert [error.rule for error in entry.errors] == ["must be in the years 1900 to 2099"]


def test_a_missing_column_is_told_by_the_title_that_the_map_gives() -> None:
    with pytest.raises(UnreadableDocument, match=r"^day.csv, line 1: no column Order among "):
        read(csv_document(ROW, header=[title.replace("Order", "Nr") for title in HEADER]))


def test_a_field_that_no_column_holds_may_be_missing_in_every_row() -> None:
    header = [name for name in FIRST_FIELDS if name not in ("CustomerID", "Description")]
    row = dict(zip(FIRST_FIELDS, cells(), strict=True))
    (entry,) = read(
        csv_document([row[name] for name in header], header=header), b'[values]\nCustomerID=""\nDescription=""'
    )
    assert entry.line == a_line(CustomerID=None, Description=None)


def test_a_constant_in_quotes_is_read_as_a_cell_is() -> None:
    form = column_map("m.toml", b'decimal = ","\n[values]\nQuantity = "1.000"\nUnitPrice = "2,55"')
    assert form.values == {"Quantity": "1000", "UnitPrice": "2.55"}


def test_values_may_have_the_types_of_toml() -> None:
    header = [name for name in FIRST_FIELDS if name not in ("InvoiceDate", "UnitPrice", "Quantity")]
    row = dict(zip(FIRST_FIELDS, cells(), strict=True))
    text = b"[values]\nInvoiceDate = 2010-12-01 08:26:00\nUnitPrice = 2.55\nQuantity = 6"
    (entry,) = read(csv_document([row[name] for name in header], header=header), text)
    assert entry.line == a_line()


def test_a_word_that_means_missing_is_an_empty_cell_of_any_field() -> None:
    rows = [
        cells(Description="NA", CustomerID=" NULL "),
        cells(Description="NA NA", CustomerID="17850"),
        cells(Quantity="NA", Description="na"),
    ]
    entries = read(csv_document(*rows), b'missing = ["NA", "NULL"]')
    assert [entry.line for entry in entries] == [
        a_line(Description=None, CustomerID=None),
        a_line(Description="NA NA", CustomerID=17850),
        None,
    ]
    assert [str(error) for error in entries[2].errors] == ["Quantity missing: must be an integer of 32 bits"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"date = ", "m.toml is not TOML: "),
        (b"\xff", "m.toml is not TOML: "),
        (b"dates = 1", "m.toml: dates: is not a key of a map, which has date, decimal, delimiter, missing, columns, "
         "values"),
        (b'InvoiceNo = "x"', "m.toml: InvoiceNo: is not a key of a map, which has date, decimal, delimiter, missing, "
         "columns, values; does it belong under [columns] or [values]?"),
        (b"columns = 1", "m.toml: columns: must be a table: [columns]"),
        (b'[columns]\nInvoice = "x"', "m.toml: columns.Invoice: is not a field of an order line, which has InvoiceNo"),
        (b"[columns]\nInvoiceNo = 1", "m.toml: columns.InvoiceNo: must be the title of a column, not 1"),
        (b'[columns]\nInvoiceNo = " "', "m.toml: columns.InvoiceNo: must be the title of a column, not ' '"),
        (b'[columns]\nCountry = "x"\n[values]\nCountry = "y"', "m.toml: values.Country: the field has a column by "),
        (b'[values]\nCountry = ""', "m.toml: values.Country: missing must have 1 to 60 characters"),
        (b'[values]\nQuantity = "1.000"', "m.toml: values.Quantity: '1.000' may be a thousand times as much: "),
        (b'decimal = ","\n[values]\nUnitPrice = "1.234"', "m.toml: values.UnitPrice: '1.234' must hold no point"),
        (b'[values]\nCountry = "\'France\'"', "m.toml: values.Country: \"'France'\" must not have quotes"),
        (b'[values]\nQuantity = "six"', "m.toml: values.Quantity: 'six' must be an integer of 32 bits"),
        (b"[values]\nInvoiceDate = 2010-12-01T08:26:00Z", "m.toml: values.InvoiceDate: '2010-12-01T08:26:00+00:00' "),
        (b"[values]\nCountry = []", "m.toml: values.Country: [] must be text of 1 to 60 characters"),
        (b"date = 1", "m.toml: date: must be a form such as '%d.%m.%Y %H:%M', not 1"),
        (b'date = "%d.%m.%Y %H:%M %z"', "m.toml: date: %z is a zone, a fraction or a form of this machine's language"),
        (b'date = "%d.%m.%Y %H:%M %p"', "m.toml: date: %I, an hour of 12, and %p need each other in a form: "),
        (b'date = "%d.%m.%Y %I:%M"', "m.toml: date: %I, an hour of 12, and %p need each other in a form: "),
        (b'date = "%Q"', "m.toml: date: '%Q' is not a form of a date: "),
        (b'date = "%d.%m. %H:%M"', "m.toml: date: '%d.%m. %H:%M' has no year, month and day"),
        (b'date = "%Y"\n[values]\nInvoiceDate = 2010-12-01T08:26:00', "m.toml: date: InvoiceDate has a constant value"),
        (b'decimal = ";"', "m.toml: decimal: must be one of '.', ',', not ';'"),
        (b'delimiter = "x"', "m.toml: delimiter: must be one of "),
        (b'missing = "NA"', "m.toml: missing: must be a list of words such as [\"NA\", \"NULL\"], not 'NA'"),
        (b'missing = ["NA", 1]', "m.toml: missing: must be a list of words such as "),
        (b'missing = [" "]', "m.toml: missing: must be a list of words such as "),
    ],
)  # fmt: skip
def test_a_wrong_map_is_told_by_file_key_and_why(text: bytes, sentence: str) -> None:
    with pytest.raises(InvalidMap) as refused:
        column_map("m.toml", text)
    assert str(refused.value).startswith(sentence)


def test_a_delimiter_that_is_said_is_not_guessed() -> None:
    document = csv_document(cells(), delimiter=";")
    assert [entry.line for entry in read(document, b'delimiter = ";"')] == [a_line()]
    with pytest.raises(UnreadableDocument, match="no column InvoiceNo"):
        read(document, b'delimiter = "|"')
