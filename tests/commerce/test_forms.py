"""Whatever form a file has, its rows are the same lines; and what cannot be read is named, in flat memory."""

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import UnreadableDocument
from commerce.files.documents import Entry, order_lines
from commerce.lines import CLAIMS, FIRST_FIELDS
from tests.forms import Form, forms, rows, zipped
from tests.orders import cells, csv_document

DAY = csv_document(cells(), cells(), cells(Quantity="7"))


def read(document: bytes, notes: list[str] | None = None) -> list[Entry]:
    heard = [] if notes is None else notes
    return list(order_lines("day", io.BytesIO(document), note=heard.append))


def ids(document: bytes) -> list[str | None]:
    return [entry.line.LineId if entry.line else None for entry in read(document)]


def unreadable(document: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        read(document)
    return str(refused.value)


@given(rows, forms)
def test_any_form_of_a_file_holds_the_lines_of_the_plain_one(written: Sequence[Sequence[str]], form: Form) -> None:
    plain, other = read(Form().written(written)), read(form.written(written))
    assert [entry.line for entry in other] == [entry.line for entry in plain]
    assert [entry.errors for entry in other] == [entry.errors for entry in plain]
    assert [entry.line_number for entry in other] == [entry.line_number for entry in plain]


@given(rows, forms)
def test_a_pipe_is_read_as_a_file_is(written: Sequence[Sequence[str]], form: Form) -> None:
    document = form.written(written)
    out, into = os.pipe()
    with open(into, "wb") as pipe:  # 64 KB fit into a pipe that nobody reads
        pipe.write(document)
    with open(out, "rb") as pipe:
        assert list(order_lines("day", pipe)) == read(document)


def test_rows_of_a_pipe_are_there_as_soon_as_they_are_written() -> None:
    out, into = os.pipe()
    header, first, *rest = DAY.splitlines(keepends=True)
    with open(into, "wb", buffering=0) as writer, open(out, "rb") as pipe:
        for byte in header[:1], header[1:], first, rest[0][:9]:
            writer.write(byte)
        found = order_lines("day", pipe)
        assert next(found).line_number == 2  # before the second row has ended
        writer.write(rest[0][9:])
        assert next(found).line_number == 3


def test_columns_besides_are_ignored_with_a_note() -> None:
    notes: list[str] = []
    form = Form(order=("index", *FIRST_FIELDS, "note"))
    assert [entry.line for entry in read(form.written([cells()]), notes)] == [entry.line for entry in read(DAY)][:1]
    assert notes == ["day: columns 'index, note' are not fields of an order line: ignored"]
    notes.clear()
    read(DAY, notes)
    assert notes == []


def test_each_document_of_a_zip_counts_its_own_copies_and_lines() -> None:
    other = csv_document(cells(), cells(Quantity="8"), cells(Quantity="x"))
    entries = read(zipped({"sub/a.tsv": DAY.replace(b",", b"\t"), "sub/": b"", "b.csv": other}))
    assert [(entry.within("day"), entry.line_number) for entry in entries] == [
        *[("day/b.csv", number) for number in (2, 3, 4)],
        *[("day/sub/a.tsv", number) for number in (2, 3, 4)],
    ]
    assert [entry.line.LineId if entry.line else None for entry in entries] == ids(other) + ids(DAY)


def test_what_else_a_zip_holds_is_left_out_with_a_note() -> None:
    notes: list[str] = []
    members = {"a.csv": DAY, "readme.pdf": b"%PDF", "__MACOSX/._a.csv": b"\0", ".DS_Store": b"\0"}
    assert len(read(zipped(members), notes)) == 3
    assert notes == ["day: 'readme.pdf' in the zip is left out"]


def test_the_only_file_of_a_zip_needs_no_ending() -> None:
    assert ids(zipped({"export": DAY})) == ids(DAY)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (zipped({}), "day: the zip holds no *.csv, *.tsv or *.txt"),
        (zipped({"a": b"", "b": b""}), "day: the zip holds no *.csv, *.tsv or *.txt"),
        (
            zipped({"[Content_Types].xml": b"", "xl/a.xml": b""}),
            "day is not CSV but an Excel workbook: save it as CSV UTF-8",
        ),
        (zipped({"a.csv": b""}), "day/a.csv is empty: its first line must name the columns InvoiceNo,"),
        (zipped({"a.csv": DAY + b'"'}), "day/a.csv, line 5: unexpected end of data: a quote is never closed"),
        (zipped({"a.csv": gzip.compress(DAY)}), "day/a.csv, line 1: is not CSV but a gzip inside another wrapping"),
        (gzip.compress(zipped({"a.csv": DAY})), "day, line 1: is not CSV but a zip inside another wrapping"),
        (zipped({"a.csv": DAY}, compression=zipfile.ZIP_LZMA), "day/a.csv is packed by another method than deflate"),
        (zipped({"a.csv": DAY}, compression=zipfile.ZIP_BZIP2), "day/a.csv is packed by another method than deflate"),
        (zipped({"a.csv": DAY * 99})[:-40], "day: broken zip: "),
        (b"PK\x03\x04" + bytes(2_000), "day: broken zip: "),
        (DAY.decode().encode("utf-16"), "day, line 1: is not CSV but text in UTF-16: `python -c "),
        (b"PAR1" + bytes(99), "day, line 1: is not CSV but a Parquet file"),
        (b"%PDF-1.7\n", "day, line 1: is not CSV but a PDF"),
        (b"\xd0\xcf\x11\xe0", "day, line 1: is not CSV but a document of an old office program"),
        (bytes(range(32)), "day, line 1: is not CSV but binary"),
        (b"sep=:\n" + DAY, "day, line 1: 'sep=:' names a delimiter other than comma, tab, semicolon or bar"),
        (
            DAY.replace(b",6,", b",6\r,", 1),
            "day, line 2: a carriage return inside a cell: lines must end with LF or CRLF",
        ),
        (DAY + b"\r".join([b"x"] * 600_000), "day, line 5: a carriage return inside a cell: lines must end with LF or"),
        (DAY.lower().replace(b"stockcode", b"INVOICENO"), "day, line 1: no column StockCode among "),
        (
            csv_document(header=[*map(str.lower, FIRST_FIELDS), "COUNTRY"]),
            "day, line 1: columns country and COUNTRY differ in case alone: a map says which is meant (--map FILE)",
        ),
        (DAY.replace(b"CustomerID", b"Customer ID"), "day, line 1: no column CustomerID among "),
    ],
)
def test_what_cannot_be_read_is_named(document: bytes, sentence: str) -> None:
    assert unreadable(document).startswith(sentence)


@pytest.mark.parametrize(
    "document",
    [
        DAY.replace(b"\n", b"\r"),
        b"\xef\xbb\xbfsep=,\r\n" + DAY.replace(b"\n", b"\r\n"),
        b"sep=;\n" + DAY.replace(b",", b";"),
        b'"SEP=|"\r' + DAY.replace(b",", b"|").replace(b"\n", b"\r"),
        DAY.replace(b"InvoiceNo", b" INVOICENO ").replace(b"CustomerID", b"customerid"),
        DAY.replace(b"Country\n", b"Country,country\n").replace(b"France", b"France,x"),
    ],
)
def test_other_line_ends_a_line_of_excel_and_titles_in_any_case_change_no_line(document: bytes) -> None:
    assert ids(document) == ids(DAY)


@pytest.mark.parametrize("rows", [9, 40_000])
def test_lines_that_end_with_cr_alone_are_read_at_any_size(rows: int) -> None:
    quoted = cells(Description="two\nlines")
    document = (
        csv_document(*[cells()] * rows, quoted, cells()).replace(b"\n", b"\r").replace(b"two\rlines", b"two\nlines")
    )
    entries = read(document)
    assert [entry.line is None for entry in entries] == [False] * rows + [True, False]
    assert entries[-1].line_number == rows + 4


def test_bytes_that_are_no_utf_8_are_windows_1252() -> None:
    for written, meant in {b"\x805": "€5", b"\x93A\x94 \x96 \x99\x85": "“A” – ™…", b"CAF\xc9 \xa32": "CAFÉ £2"}.items():
        (line,) = [entry.line for entry in read(csv_document(cells()).replace(b"AMBER KITE", written))]
        assert line is not None
        assert line.Description == meant
    for unassigned in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d", b"\xc2\x85"):
        (entry,) = read(csv_document(cells()).replace(b"AMBER KITE", unassigned))
        assert [error.field for error in entry.errors] == ["Description"]


def test_what_we_export_is_read_back_and_its_claims_are_checked() -> None:
    header = [*map(str.lower, FIRST_FIELDS), "occurrence", "lineid"]
    one, other = ids(DAY)[:2]
    assert one
    assert other
    rows = [[*cells(), "1", one], [*cells(), " 2.0 ", other], [*cells(Quantity="7"), "", ""]]
    notes: list[str] = []
    assert [
        entry.line.LineId if entry.line else None for entry in read(csv_document(*rows, header=header), notes)
    ] == ids(DAY)
    assert notes == []


def test_the_copies_of_a_row_may_stand_in_any_order_where_line_ids_prove_them() -> None:
    one, other = ids(DAY)[:2]
    rows = [[*cells(), "2", str(other)], [*cells(), "1", str(one)]]
    for written in (rows, rows[:1]):
        read_back = read(csv_document(*written, header=[*FIRST_FIELDS, *CLAIMS]))
        assert [entry.line.LineId if entry.line else None for entry in read_back] == [other, one][: len(written)]


def test_claims_that_a_row_does_not_bear_out_refuse_it() -> None:
    one, other = map(str, ids(DAY)[:2])
    for claims, errors in {
        ("2", ""): ["Occurrence '2': must be 1: copies are counted in the order of the document"],
        ("", other): [f"LineId '{other}': must be {one}, which follows from the fields and Occurrence 1"],
        ("2", one): [f"LineId '{one}': must be {other}, which follows from the fields and Occurrence 2"],
        ("0", one): ["Occurrence '0': must be 1: copies are counted in the order of the document"],
    }.items():
        (entry,) = read(csv_document([*cells(), *claims], header=[*FIRST_FIELDS, *CLAIMS]))
        assert [str(error) for error in entry.errors] == errors


def test_a_line_that_a_document_holds_twice_is_refused_the_second_time() -> None:
    row = [*cells(), "2", str(ids(DAY)[1])]
    first, second = read(csv_document(row, row, header=[*FIRST_FIELDS, *CLAIMS]))
    assert first.errors == ()
    assert [str(error) for error in second.errors] == [
        f"LineId {row[-1]}: must not stand in an earlier row of the document too"
    ]


def test_a_column_that_is_nearly_named_is_pointed_at() -> None:
    result = unreadable(DAY.replace(b"CustomerID", b"customer id"))
    ways = "(--map FILE, which `tillstream replay FILE --suggest-map` writes)"
    assert result.endswith(
        f"; if 'customer id' is CustomerID, a map says so by columns.CustomerID = \"customer id\" {ways}"
    )
    result = unreadable(DAY.replace(b"InvoiceNo", b"Weight"))
    assert result.endswith(f"; if another column is InvoiceNo, a map says so by columns.InvoiceNo {ways}")


def test_an_encrypted_zip_is_named() -> None:
    packed = bytearray(zipped({"a.csv": DAY}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1  # the flag of the table of contents
    assert unreadable(bytes(packed)) == "day/a.csv is encrypted: unpack it with its password"


def test_a_flipped_bit_in_a_zip_is_found() -> None:
    packed = bytearray(zipped({"a.csv": DAY}, stored=True))
    packed[packed.index(b"AMBER")] ^= 1
    assert "broken zip: Bad CRC-32" in unreadable(bytes(packed))


def test_a_zip_of_countless_files_is_refused_before_they_are_listed() -> None:
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        archive.writestr("a.csv", DAY)
        start = archive.start_dir
    entry = many.getvalue()[start:-22]
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(entry) * 90_000, start, 0)
    assert "broken zip: its table of contents is above" in unreadable(many.getvalue()[:start] + entry * 90_000 + end)


@given(st.binary(max_size=300), st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_zip_is_read_or_unreadable(tail: bytes, at: int, damage: bytes) -> None:
    packed = bytearray(zipped({"a.csv": DAY, "b.csv": DAY}))
    at %= len(packed)
    packed[at : at + len(damage)] = damage
    for document in (bytes(packed), bytes(packed) + tail, b"PK\x03\x04" + tail):
        text = "day"
        try:
            read(document)
        except UnreadableDocument as error:
            text = str(error)
        assert text.startswith("day")
