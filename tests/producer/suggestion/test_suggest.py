"""The map that is suggested for a file parses, and with it the rows of the file are read right; doubts stand in it."""

import gzip
import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import UnreadableDocument
from commerce.files.column_maps import ColumnMap, column_map
from commerce.files.documents import order_lines
from commerce.lines import FIRST_FIELDS, OrderLine
from producer.suggestion import dates, table
from producer.suggestion.suggest import Suggestion, suggestion
from tests.forms import zipped
from tests.orders import a_line, cells, csv_document
from tests.producer.conftest import Command

HEADER = ",".join(FIRST_FIELDS)


def suggested(document: str | bytes, name: str = "day.csv") -> Suggestion:
    return suggestion(name, io.BytesIO(document if isinstance(document, bytes) else document.encode()))


def form_of(found: Suggestion) -> ColumnMap:
    return column_map("suggested.toml", found.text.encode())


def unsure(found: Suggestion) -> list[str]:
    return [line.partition("# unsure: ")[2] for line in found.text.splitlines() if "# unsure: " in line]


def read(document: str, found: Suggestion) -> list[OrderLine | None]:
    return [entry.line for entry in order_lines("day.csv", io.BytesIO(document.encode()), form_of(found))]


ONLINE_RETAIL_2 = """\
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,15CM GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
C489449,22087,,-12,2009-12-01 10:33:00,2.95,,Australia
"""
KASSE = """\
Bon-Nr.;Artikel-Nr.;Bezeichnung;Menge;Datum;Einzelpreis (EUR);Gesamt;Kunden-Nr.;Land
9001;22423;Tortenständer, groß;2;31.12.10 09:15;12,75;25,50;;Österreich
9002;85123A;Herz;6;1.12.10 9:15;2,55;15,30;4711;Österreich
"""
SHOP = """\
Name,Email,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Country,Id,Total
#1001,a@b.c,2020-01-05 09:15:00 +0000,2,Mug red,12.75,MUG-1,DE,4123456789012,25.50
#1001,,2020-01-05 09:15:00 +0000,1,Cup blue,2.55,CUP-1,DE,4123456789012,
"""
FRENCH = """\
N° Commande|Code article|Désignation|Qté|Date commande|Prix unitaire|Code client|Pays
70001|A1|TASSE|3|31/12/2010 18:05:07|4,5|12|France
70002|A2|VERRE|1|01/12/2010 18:05:07|4,25|NULL|France
"""
WITHOUT_TITLES = """\
a,b,c,d,e,f,g,h
536365,85123A,WHITE HANGING HEART,6,12/13/2010 8:26 AM,2.55,17850,United Kingdom
536365,71053,WHITE METAL LANTERN,6,12/13/2010 8:26 AM,3.39,17850,United Kingdom
536366,22633,HAND WARMER JACK,6,12/13/2010 8:28 PM,1.85,17850,United Kingdom
536367,84879,ASSORTED COLOUR BIRD,32,12/13/2010 8:34 PM,1.69,13047,France
"""
NO_TIME = "Order ID\tSKU\tQty\tDate\tUnit Price\n71\tA1\t5\t2010-12-31\t1.50\n"
ISO_T = f"{HEADER}\n1,A,,1,2010-12-01T08:26,1.5,,France\n2,A,,1,2010-12-01T09:26,1.5,,France\n"
DASHES = f"{HEADER}\n1,A,,1,13-12-2010 08:26,1.5,,France\n2,A,,1,01-12-2010 08:26,1.5,,France\n"
MONTHS = f"{HEADER}\n1,A,,1,13-Dec-2010 08:26,1.5,,France\n2,A,,1,01-Dec-2010 08:26,1.5,,France\n"
DAY_FIRST = f"{HEADER}\n1,A,,1,01/12/2010 08:26,1.5,,France\n2,A,,1,13/12/2010 08:26,1.5,,France\n"
R_EXPORT = (
    ",".join(f'"{field}"' for field in FIRST_FIELDS)
    + '\n"910008","A1",NA,-5,"2010-12-01 08:26:00",0,NA,"France"\n'
    + '"910010","A1","MUG",5,"2010-12-01 08:26:00",1.5,9,"France"\n'
)


def line(*values: object) -> OrderLine:
    fields: dict[str, Any] = dict(zip(FIRST_FIELDS, values, strict=True))
    return a_line(**fields | {"UnitPrice": Decimal(str(fields["UnitPrice"]))})


@pytest.mark.parametrize(
    ("document", "first", "last"),
    [
        (ONLINE_RETAIL_2,
         line("489434", "85048", "15CM GLASS BALL", 12, datetime(2009, 12, 1, 7, 45), "6.95", 13085, "United Kingdom"),
         line("C489449", "22087", None, -12, datetime(2009, 12, 1, 10, 33), "2.95", None, "Australia")),
        (KASSE,
         line("9001", "22423", "Tortenständer, groß", 2, datetime(2010, 12, 31, 9, 15), "12.75", None, "Österreich"),
         line("9002", "85123A", "Herz", 6, datetime(2010, 12, 1, 9, 15), "2.55", 4711, "Österreich")),
        (SHOP,
         line("4123456789012", "MUG-1", "Mug red", 2, datetime(2020, 1, 5, 9, 15), "12.75", None, "DE"),
         line("4123456789012", "CUP-1", "Cup blue", 1, datetime(2020, 1, 5, 9, 15), "2.55", None, "DE")),
        (FRENCH,
         line("70001", "A1", "TASSE", 3, datetime(2010, 12, 31, 18, 5, 7), "4.5", 12, "France"),
         line("70002", "A2", "VERRE", 1, datetime(2010, 12, 1, 18, 5, 7), "4.25", None, "France")),
        (WITHOUT_TITLES,
         line("536365", "85123A", "WHITE HANGING HEART", 6, datetime(2010, 12, 13, 8, 26), "2.55", 17850,
              "United Kingdom"),
         line("536367", "84879", "ASSORTED COLOUR BIRD", 32, datetime(2010, 12, 13, 20, 34), "1.69", 13047, "France")),
        (NO_TIME, *[line("71", "A1", None, 5, datetime(2010, 12, 31), "1.5", None, "Unspecified")] * 2),
        (ISO_T, line("1", "A", None, 1, datetime(2010, 12, 1, 8, 26), "1.5", None, "France"),
         line("2", "A", None, 1, datetime(2010, 12, 1, 9, 26), "1.5", None, "France")),
        *((document, line("1", "A", None, 1, datetime(2010, 12, day, 8, 26), "1.5", None, "France"),
           line("2", "A", None, 1, datetime(2010, 12, 14 - day, 8, 26), "1.5", None, "France"))
          for document, day in ((DASHES, 13), (MONTHS, 13), (DAY_FIRST, 1))),
        (R_EXPORT, line("910008", "A1", None, -5, datetime(2010, 12, 1, 8, 26), "0", None, "France"),
         line("910010", "A1", "MUG", 5, datetime(2010, 12, 1, 8, 26), "1.5", 9, "France")),
    ],
    ids=["Online Retail II", "till", "shop", "French", "no titles", "no time", "T", "dashes", "months", "slashes", "R"],
)  # fmt: skip
def test_a_file_of_another_hand_is_read_right_by_the_map_that_is_suggested(
    document: str, first: OrderLine, last: OrderLine
) -> None:
    found = suggested(document)
    lines = read(document, found)
    assert (lines[0], lines[-1], found.refused, found.lacking) == (first, last, 0, [])


def test_a_suggested_map_says_what_was_looked_at_and_every_column() -> None:
    assert suggested(KASSE).text == (
        "# A column map for day.csv, suggested by its titles and all 2 rows.\n"
        "\n"
        'date = "%d.%m.%y %H:%M"\n'
        'decimal = ","\n'
        "\n"
        "[columns]\n"
        'InvoiceNo = "Bon-Nr."\n'
        'StockCode = "Artikel-Nr."\n'
        'Description = "Bezeichnung"\n'
        'Quantity = "Menge"\n'
        'InvoiceDate = "Datum"\n'
        'UnitPrice = "Einzelpreis (EUR)"\n'
        'CustomerID = "Kunden-Nr."\n'
        'Country = "Land"\n'
    )


def test_dates_that_no_row_proves_are_unsure() -> None:
    assert unsure(suggested(f"{HEADER}\n1,A,,1,1/12/2010 8:26,1.5,,France\n")) == [
        'no row looked at proves that date = "%d/%m/%Y %H:%M" is not meant'
    ]
    found = suggested(f"{HEADER}\n1,A,,1,01-12-2010 08:26,1.5,,France\n")
    assert form_of(found).date == "%d-%m-%Y %H:%M"
    assert unsure(found) == ['no row looked at proves that date = "%m-%d-%Y %H:%M" is not meant']


def test_what_values_alone_tell_is_unsure() -> None:
    assert unsure(suggested(WITHOUT_TITLES)) == ["by its values alone"] * 8


def test_ids_that_can_be_none_are_told() -> None:
    found = suggested(csv_document(cells(InvoiceNo="CA-2016-152156")))
    first, second = unsure(found)
    assert first.startswith("1 of 1 row would be refused, as line 2: InvoiceNo 'CA-2016-152156': must be at most one ")
    assert second == "1 of 1 values are not a valid InvoiceNo, such as 'CA-2016-152156'"
    assert (found.rows, found.refused) == (1, 1)


def test_a_doubt_counts_the_rows_and_not_the_distinct_values() -> None:
    rows = [cells(Quantity="six", InvoiceDate="soon"), *(cells() for _ in range(8))]
    assert [doubt for doubt in unsure(suggested(csv_document(*rows))) if "are not a valid" in doubt] == [
        "1 of 9 values are not a valid Quantity, such as 'six'",
        "1 of 9 values are not a valid InvoiceDate",
    ]


def test_a_field_that_must_have_a_column_is_lacking_and_one_that_may_be_constant_is_constant() -> None:
    found = suggested("Receipt,SKU,Sales,Date\n71,A1,5.00,2010-12-01 08:26:00\n")
    assert found.lacking == ["UnitPrice"]
    assert form_of(found).values == {"Description": "", "Quantity": 1, "CustomerID": "", "Country": "Unspecified"}
    assert unsure(found) == [
        "no column looks like it; the map is not complete without one",
        "no column looks like Country",
        "no column looks like Quantity",
    ]


def test_a_word_that_means_missing_may_be_a_value_of_a_text() -> None:
    assert form_of(suggested(R_EXPORT)).missing == {"NA"}
    assert unsure(suggested(R_EXPORT)) == ["'NA' in 'Description' may be a value"]


def test_a_sign_is_missing_among_numbers_and_may_be_a_text_elsewhere() -> None:
    found = suggested(csv_document(cells(CustomerID="-"), cells(Description="?", Country="NA")))
    assert form_of(found).missing == {"-"}
    assert unsure(found) == ["'?' in 'Description' may mean missing", "'NA' in 'Country' may mean missing"]


def test_dates_of_which_each_has_another_fraction_are_tried_by_few_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: set[str] = set()

    def reads(form: str, _value: str) -> bool:
        tried.add(form)
        return False

    monkeypatch.setattr(dates, "_reads", reads)
    assert dates.date_form([f"2010-12-01 08:26:00.{number:03}" for number in range(100)]) is None
    assert 0 < len(tried) < 10


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda body: zipped({"b.csv": body})])
def test_packed_files_have_the_same_map(pack: type[bytes]) -> None:
    assert form_of(suggested(pack(KASSE.encode()))).titles == form_of(suggested(KASSE)).titles


def test_a_large_file_is_looked_at_in_its_beginning_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    document = csv_document(*[cells(Description='A "B", C')] * 500)
    monkeypatch.setattr(table, "BYTES_LOOKED_AT", 2_000)
    found = suggested(document)
    assert f"suggested by its titles and the first {found.rows} rows." in found.text
    assert 10 < found.rows < 50
    assert found.refused == 0


@pytest.mark.parametrize(
    ("document", "sentence"),
    [(b"", "day.csv is empty: its first line"), (b"PAR1\x15", "day.csv, line 1: is not CSV but a Parquet file")],
)
def test_what_is_no_table_is_told(document: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        suggested(document)
    assert str(refused.value).startswith(sentence)


titles = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"'), min_size=1, max_size=9)


@given(st.lists(titles, min_size=1, max_size=9), st.lists(st.lists(titles, max_size=9), max_size=5))
def test_any_titles_and_cells_give_a_map_that_parses(header: list[str], rows: list[list[str]]) -> None:
    try:
        found = suggested(csv_document(*rows, header=header))
    except UnreadableDocument:
        return
    msgspec.structs.asdict(form_of(found))


def test_the_command_prints_the_map_and_says_whether_it_is_complete(command: Command, tmp_path: Path) -> None:
    path, map_ = tmp_path / "day.csv", tmp_path / "map.toml"
    path.write_text(KASSE)
    ended = command("replay", path, "--suggest-map")
    assert (ended.code, ended.err) == (0, "")
    map_.write_text(ended.out)
    assert command("replay", path, "--map", map_, "--check").code == 0
    path.write_text("Receipt,SKU\n")
    ended = command("replay", path, "--suggest-map")
    assert ended.code == 1
    assert "no column looks like InvoiceDate, UnitPrice: name it in the map" in ended.err
    assert command("replay", path, map_, "--suggest-map").code == 2
