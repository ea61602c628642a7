"""CSV documents as they come: quoting, encodings, line ends, broken ones; and the line numbers that errors name."""

import gzip
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import UnreadableDocument
from commerce.files.documents import Entry, order_lines
from commerce.files.doubtful_cells import doubts
from commerce.files.records import LONGEST_RECORD
from commerce.lines import FIRST_FIELDS, OrderLine
from tests.orders import a_line, cells, csv_document
from tests.orders import order_lines as any_lines

HEADER, ROW = csv_document(cells()).splitlines(keepends=True)


def entries(document: bytes) -> list[Entry]:
    return list(order_lines("day.csv", io.BytesIO(document)))


def lines(document: bytes) -> list[OrderLine]:
    read = entries(document)
    assert [entry.errors for entry in read] == [()] * len(read)
    return [entry.line for entry in read if entry.line]


def unreadable(document: bytes) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        entries(document)
    return str(refused.value)


def with_description(text: bytes) -> bytes:
    return HEADER + ROW.replace(b"AMBER KITE", text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b'"8"" FRAME, ""OPEN"""', '8" FRAME, "OPEN"'),
        (b"  blanks ", "  blanks "),
        (b'"  quoted blanks "', "  quoted blanks "),
        (b'""', None),
        (b"", None),
        ("VOUCHER £20".encode(), "VOUCHER £20"),
        ("VOUCHER £20".encode("latin-1"), "VOUCHER £20"),
        ("Naïve café".encode("latin-1"), "Naïve café"),
        (b'INSIDE 8" WORD', 'INSIDE 8" WORD'),
    ],
)
def test_a_cell_is_read_as_it_was_meant(written: bytes, read: str | None) -> None:
    (line,) = lines(with_description(written))
    assert line == a_line(Description=read)


def test_each_record_has_its_own_encoding() -> None:
    utf_8, latin_1 = ROW.replace(b"KITE", "£".encode()), ROW.replace(b"KITE", "£".encode("latin-1"))
    assert [line.Occurrence for line in lines(HEADER + utf_8 + latin_1 + utf_8)] == [1, 2, 3]


def test_one_record_is_never_in_two_encodings() -> None:
    record = ROW.replace(b"AMBER KITE", "£".encode()).replace(b"France", "é".encode("latin-1"))
    (line,) = lines(HEADER + record)
    assert (line.Description, line.Country) == ("Â£", "é")


@pytest.mark.parametrize(
    "document",
    [
        HEADER + ROW,
        HEADER + ROW.rstrip(b"\n"),
        (HEADER + ROW).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + HEADER + ROW,
        (HEADER + ROW).replace(b",", b"\t"),
        (HEADER + ROW).replace(b",", b"\t").replace(b"\n", b"\r\n"),
        HEADER + b"\n" + ROW + b"\n\r\n",
        HEADER.replace(b"Country\n", b" Country ,Note\n") + ROW.replace(b"France", b"France,x"),
        b'"InvoiceNo",' + HEADER.partition(b",")[2] + ROW,
        b"\xef\xbb\xbf" + b'"InvoiceNo",' + HEADER.partition(b",")[2] + ROW,
    ],
)
def test_a_document_may_come_in_any_of_these_forms(document: bytes) -> None:
    assert lines(document) == [a_line()]


def test_columns_may_stand_in_any_order_beside_others() -> None:
    header = ["index", *reversed(FIRST_FIELDS), "note"]
    document = csv_document(["0", *reversed(cells()), "x"], header=header)
    assert lines(document) == [a_line()]


def is_doubtless(line: OrderLine) -> bool:
    texts = {"StockCode": line.StockCode, "Description": line.Description or "", "Country": line.Country}
    return not doubts(texts, None)


@given(st.lists(any_lines.filter(is_doubtless), max_size=8))
def test_lines_that_were_written_as_csv_are_read_back(written: list[OrderLine]) -> None:
    rows = [
        [
            line.InvoiceNo,
            line.StockCode,
            line.Description or "",
            str(line.Quantity),
            line.InvoiceDate.isoformat(" "),
            f"{line.UnitPrice:f}",
            "" if line.CustomerID is None else f"{line.CustomerID}.0",
            line.Country,
        ]
        for line in written
    ]
    read = lines(csv_document(*rows))
    for was, now in zip(written, read, strict=True):
        assert [getattr(was, field) for field in FIRST_FIELDS] == [getattr(now, field) for field in FIRST_FIELDS]


def test_line_numbers_are_those_of_an_editor() -> None:
    inside = ROW.replace(b"AMBER KITE", b'"TWO\nLINES"')
    read = entries(HEADER + ROW + inside + b"\n" + ROW + ROW.replace(b",6,", b",six,"))
    assert [entry.line_number for entry in read] == [2, 3, 6, 7]


def test_a_line_feed_inside_quotes_is_a_control_character_of_that_row() -> None:
    read = entries(HEADER + ROW + ROW.replace(b"AMBER KITE", b'"TWO\nLINES"') + ROW)
    assert [entry.line is not None for entry in read] == [True, False, True]
    (error,) = read[1].errors
    assert (read[1].line_number, error.field, error.value) == (3, "Description", r"'TWO\nLINES'")
    assert error.rule == "must hold no control character, bidirectional override or lone surrogate"
    assert read[2].line_number == 5


def test_line_numbers_count_the_lines_of_a_header_too() -> None:
    header = HEADER.replace(b"Country\n", b'Country,"a\nnote"\n')
    assert [entry.line_number for entry in entries(header + ROW.replace(b"France", b"France,x"))] == [3]


def test_a_row_with_too_few_or_too_many_cells_is_refused_and_the_next_one_read() -> None:
    read = entries(HEADER + b"600001,20001A\n" + ROW.replace(b"France", b"France,x") + ROW)
    assert [entry.line for entry in read] == [None, None, a_line()]
    assert str(read[0].errors[0]) == "record '2 cells': must have 8 cells, as the header has"
    assert read[0].cells == ["600001", "20001A"]


def test_a_refused_row_is_no_copy_of_anything() -> None:
    bad = ROW.replace(b",6,", b",six,")
    assert [line and line.Occurrence for line in (e.line for e in entries(HEADER + bad + ROW + bad + ROW))] == [
        None,
        1,
        None,
        2,
    ]


def test_an_empty_document_is_unreadable() -> None:
    assert unreadable(b"").startswith("day.csv is empty: its first line must name the columns InvoiceNo,")
    assert unreadable(b"\xef\xbb\xbf").startswith("day.csv is empty")


def test_a_header_alone_is_a_document_without_rows() -> None:
    assert entries(HEADER) == []


def test_a_missing_column_is_named() -> None:
    header = ",".join(FIRST_FIELDS[:-2]).encode()
    assert unreadable(header + b"\n" + ROW).startswith("day.csv, line 1: no column CustomerID, Country among ")


def test_a_file_without_a_header_is_unreadable() -> None:
    assert unreadable(ROW).startswith("day.csv, line 1: no column InvoiceNo, ")


def test_a_doubled_column_is_named() -> None:
    assert unreadable(HEADER.replace(b"Country\n", b"Country,Country\n")) == (
        "day.csv, line 1: column Country occurs twice"
    )


def test_an_unclosed_quote_is_told_by_the_line_at_which_its_record_begins() -> None:
    document = HEADER + ROW + ROW.replace(b"AMBER", b'"AMBER') + ROW * 3
    assert unreadable(document).startswith("day.csv, line 3: ")


def test_an_unclosed_quote_in_a_large_file_is_told_alike_without_reading_all_of_it() -> None:
    class Counted(io.BytesIO):
        bytes_read = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            self.bytes_read += len(line)
            return line

    document = Counted(HEADER + ROW + ROW.replace(b"AMBER", b'"AMBER') + ROW * 100_000)
    with pytest.raises(UnreadableDocument, match=r"^day.csv, line 3: a record above 1,000,000 bytes, or a quote that"):
        list(order_lines("day.csv", document))
    assert document.bytes_read < 1.2 * LONGEST_RECORD


def test_text_behind_a_closing_quote_is_unreadable() -> None:
    assert unreadable(with_description(b'"AMBER" KITE')).startswith("day.csv, line 2: ")


@pytest.mark.parametrize("size", [LONGEST_RECORD + 1, 3 * LONGEST_RECORD])
def test_a_record_above_a_megabyte_sets_the_document_aside_at_its_line(size: int) -> None:
    assert unreadable(HEADER + ROW + ROW.replace(b"KITE", b"x" * size)).startswith("day.csv, line 3: ")


def test_a_record_of_nearly_a_megabyte_is_a_refused_row() -> None:
    (entry,) = entries(with_description(b"x" * (LONGEST_RECORD - 1_000)))
    assert [error.field for error in entry.errors] == ["Description"]


def test_rows_before_the_trouble_are_read() -> None:
    read = order_lines("day.csv", io.BytesIO(HEADER + ROW + b'"'))
    assert next(read).line == a_line()
    with pytest.raises(UnreadableDocument):
        next(read)


def test_a_gzip_is_the_document_that_it_holds() -> None:
    assert entries(gzip.compress(HEADER + ROW) + gzip.compress(ROW)) == entries(HEADER + ROW + ROW)


@pytest.mark.parametrize("broken", ["truncated", "flipped", "garbage behind", "magic alone"])
def test_a_broken_gzip_is_unreadable(broken: str) -> None:
    whole = gzip.compress(HEADER + ROW * 1_000)
    damaged = {
        "truncated": whole[:-20],
        "flipped": whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:],
        "garbage behind": whole + b"garbage",
        "magic alone": whole[:2],
    }
    assert "broken gzip" in unreadable(damaged[broken])


def test_a_line_without_end_in_a_gzip_is_not_unpacked_further() -> None:
    packed = gzip.compress(HEADER + b"x" * 100_000_000, 1)
    assert unreadable(packed).startswith("day.csv, line 2: a record above 1,000,000 bytes")


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from([ROW, b'"', b",", b"\n", b"\r", b"\0", b"\xa3"])).map(b"".join)
)
def test_any_bytes_are_rows_refused_rows_or_unreadable(tail: bytes) -> None:
    read, result = [], "day.csv, line "
    try:
        read = entries(HEADER + tail)
    except UnreadableDocument as error:
        result = str(error)
    assert result.startswith("day.csv, line ")
    assert all((entry.line is None) == bool(entry.errors) for entry in read)


@pytest.mark.parametrize("document", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 40, b"{}", b"\n\n"])
def test_a_file_that_is_no_csv_is_unreadable(document: Any) -> None:
    assert unreadable(document).startswith("day.csv, line ")
