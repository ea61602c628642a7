"""Documents whose own rows prove that the day stands first: refused whole, however long, packed or piped they are."""

import gzip
import io
import os
from collections.abc import Sequence
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import SuspectDates, UnreadableDocument
from commerce.files import date_order
from commerce.files.column_maps import PLAIN, ColumnMap, column_map
from commerce.files.documents import Entry, check, order_lines
from commerce.lines import FIRST_FIELDS
from tests.forms import zipped
from tests.orders import cells, csv_document

EITHER, DAY_FIRST, MONTH_FIRST, ISO = "01/12/2010 08:26", "13/12/2010 08:26", "12/13/2010 08:26", "2010-12-01 08:26:00"


def document(*dates: str) -> bytes:
    return csv_document(*(cells(InvoiceDate=date) for date in dates))


def dates(document: bytes) -> list[str | None]:
    entries = order_lines("day.csv", io.BytesIO(document))
    return [str(entry.line.InvoiceDate) if entry.line else None for entry in entries]


def refusal(document: bytes) -> SuspectDates:
    """Why nothing of the document is read; not a row may come before it."""
    with pytest.raises(SuspectDates) as refused:
        next(order_lines("day.csv", io.BytesIO(document)))
    return refused.value


def piped(document: bytes, form: ColumnMap = PLAIN) -> tuple[list[Entry], str | None]:
    """The entries of the document when it comes by a pipe, and what ended them."""
    out, into = os.pipe()

    def write() -> None:
        with open(into, "wb") as pipe:
            pipe.write(document)

    writer = Thread(target=write)
    writer.start()
    read: list[Entry] = []
    ended = None
    with open(out, "rb") as pipe:
        try:
            read.extend(order_lines("day.csv", pipe, form))
        except UnreadableDocument as error:
            ended = str(error)
            pipe.read()
    writer.join()
    return read, ended


def test_a_date_that_can_only_be_day_first_refuses_the_document_before_its_first_row() -> None:
    error = refusal(document(EITHER, "12/12/2010 08:26", DAY_FIRST, "31/12/2010 08:26"))
    assert str(error) == (
        "day.csv, line 4: the date '13/12/2010 08:26' can only be day first: no row is accepted until a map says "
        "date = \"%d/%m/%Y %H:%M\" (--map FILE); '01/12/2010 08:26' in line 2 could be either"
    )
    assert error.map_line == 'date = "%d/%m/%Y %H:%M"'


@pytest.mark.parametrize(
    ("date", "line"),
    [
        ("13/12/10 8:26", 'date = "%d/%m/%y %H:%M"'),
        (" 13/1/2010  8:26:30 ", 'date = "%d/%m/%Y %H:%M:%S"'),
        ("31/12/2010", 'date = "%d/%m/%Y"'),
        ("31/12/2010 8:26 PM", 'date = "%d/%m/%Y %I:%M %p"'),
        ("31/12/2010 8:26 o'clock", 'date = "%d/%m/%Y %H:%M"'),
    ],
)
def test_the_map_that_is_asked_for_has_the_form_of_the_date_that_proves_it(date: str, line: str) -> None:
    assert refusal(document(EITHER, date)).map_line == line


def test_a_document_of_both_orders_is_told_as_such() -> None:
    error = refusal(document(EITHER, MONTH_FIRST, DAY_FIRST))
    assert str(error).startswith(
        "day.csv, line 4: the date '13/12/2010 08:26' can only be day first, and '12/13/2010 08:26' in line 3 only "
        "month first: "
    )
    assert error.map_line == ""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([EITHER, "12/12/10 8:26"], ["2010-01-12 08:26:00", "2010-12-12 08:26:00"]),
        ([EITHER, MONTH_FIRST, ISO], ["2010-01-12 08:26:00", "2010-12-13 08:26:00", ISO]),
        ([EITHER, "13/13/2010 8:26"], ["2010-01-12 08:26:00", None]),  # exists in neither order
        ([EITHER, MONTH_FIRST, "13.12.2010 08:26"], ["2010-01-12 08:26:00", "2010-12-13 08:26:00", None]),
        ([ISO, "13.12.2010 08:26"], [ISO, None]),
    ],
)
def test_without_such_a_date_the_month_stands_first(written: Sequence[str], read: Sequence[str | None]) -> None:
    assert dates(document(*written)) == read


def test_only_the_column_of_the_date_counts() -> None:
    row = [*cells(Description=DAY_FIRST, InvoiceDate=EITHER), "31/12/2010 08:26"]
    assert len(dates(csv_document(row, header=[*FIRST_FIELDS, "Shipped"]))) == 1


def test_a_row_that_is_refused_for_another_field_proves_as_much() -> None:
    refusal(csv_document(cells(InvoiceDate=EITHER), cells(InvoiceDate=DAY_FIRST, Quantity="six")))


@pytest.mark.parametrize("packed", [bytes, gzip.compress, lambda body: zipped({"a.csv": body})])
def test_the_last_of_many_rows_is_known_before_the_first_is_read(packed: type[bytes]) -> None:
    refusal(packed(document(ISO, *[EITHER] * 20_000, DAY_FIRST)))


def test_nothing_of_a_zip_is_read_where_one_of_its_documents_has_such_a_date() -> None:
    packed = zipped({"a.csv": document(EITHER), "b.csv": document(EITHER, DAY_FIRST)})
    error = refusal(packed)
    assert str(error).startswith("day.csv/b.csv, line 3: the date '13/12/2010 08:26' can only be day first: ")
    assert piped(packed) == ([], str(error))


@pytest.mark.parametrize("date", ["30/2/2010 8:26", "29/2/10", "31/11/2010 08:26"])
def test_a_date_that_does_not_exist_proves_what_it_was_meant_as(date: str) -> None:
    refusal(document(EITHER, date))


@pytest.mark.parametrize("date", ["13.12.2010 08:26", "13-12-2010 08:26", "13.12.10", "31.11.2010 08:26:00"])
def test_a_date_with_other_signs_makes_those_with_slashes_suspect(date: str) -> None:
    error = refusal(document(EITHER, date))
    assert (str(error), error.map_line) == (
        f"day.csv, line 3: the date '{date}' can only be day first, and '01/12/2010 08:26' in line 2 could be either: "
        "no row is accepted, since a date that could be either would be a guess; give all dates one form",
        "",
    )


def test_a_damaged_gzip_is_read_no_further_than_a_pipe_of_it() -> None:
    damaged = gzip.compress(document(EITHER, DAY_FIRST))[:-9]
    assert piped(damaged) == ([], str(refusal(damaged)))


def test_a_map_that_says_the_form_of_dates_is_believed() -> None:
    said = column_map("m.toml", b'date = "%d/%m/%Y %H:%M"')
    read = list(order_lines("day.csv", io.BytesIO(document(EITHER, DAY_FIRST)), said))
    assert [entry.line and str(entry.line.InvoiceDate) for entry in read] == [
        "2010-12-01 08:26:00",
        "2010-12-13 08:26:00",
    ]


def test_a_map_that_says_nothing_of_dates_leaves_them_suspect() -> None:
    with pytest.raises(SuspectDates):
        list(order_lines("day.csv", io.BytesIO(document(EITHER, DAY_FIRST)), column_map("m.toml", b'decimal = ","')))


def test_a_pipe_is_held_back_from_its_first_date_with_slashes_until_its_end() -> None:
    read, ended = piped(document(ISO, *[EITHER] * 9, DAY_FIRST))
    assert [entry.line_number for entry in read] == [2]
    assert ended == str(refusal(document(ISO, *[EITHER] * 9, DAY_FIRST)))


@given(st.lists(st.sampled_from([EITHER, MONTH_FIRST, ISO, "x"]), max_size=20), st.sampled_from([b"", b'"']))
def test_a_pipe_without_such_a_date_is_read_as_a_file_is(written: list[str], tail: bytes) -> None:
    body = document(*written) + tail
    read: list[Entry] = []
    ended = None
    try:
        read.extend(order_lines("day.csv", io.BytesIO(body)))
    except UnreadableDocument as error:
        ended = str(error)
    assert piped(body) == (read, ended)


def test_what_a_pipe_holds_back_may_be_larger_than_memory_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(date_order, "_HELD_IN_MEMORY", 1_000)
    read, ended = piped(document(*[EITHER] * 500, "x"))
    assert (len(read), read[-1].line_number, ended) == (501, 502, None)


@pytest.mark.parametrize("at", range(16))
def test_a_date_is_seen_wherever_a_block_ends(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(date_order, "_BLOCK", 16)
    assert date_order.may_mislead(io.BytesIO(b"\n" * (16 + at) + b"13/12/10"))
    assert not date_order.may_mislead(io.BytesIO(b"\n" * (16 + at) + b"13-12-10"))


def test_trouble_before_the_date_that_proves_it_is_the_trouble_that_is_told() -> None:
    with pytest.raises(UnreadableDocument, match="line 3: .*a quote is never closed") as refused:
        list(order_lines("day.csv", io.BytesIO(document(EITHER) + b'"' + document(DAY_FIRST))))
    assert type(refused.value) is UnreadableDocument


def test_checking_a_file_finds_dates_that_can_only_be_day_first_and_no_wrong_row() -> None:
    check("day.csv", io.BytesIO(document(EITHER) + b'"'))
    with pytest.raises(SuspectDates):
        check("day.csv", io.BytesIO(document(DAY_FIRST)))


@pytest.mark.parametrize("wrong", [b"", b"InvoiceNo\n1\n", b"a 1/2/2010", b"%PDF", zipped({}), b"PK\x03\x04"])
def test_checking_a_file_finds_what_leaves_no_row_of_it(wrong: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        check("day.csv", io.BytesIO(wrong))


def mapped(form: str, document: bytes) -> list[Entry]:
    return list(order_lines("day.csv", io.BytesIO(document), column_map("map.toml", f'date = "{form}"'.encode())))


@pytest.mark.parametrize(
    ("form", "dates", "message"),
    [
        (
            "%m/%d/%Y %H:%M",
            (EITHER, DAY_FIRST),
            'line 3: the map says date = "%m/%d/%Y %H:%M", but the date '
            "'13/12/2010 08:26' can only be day first, and '01/12/2010 08:26' in line 2 could be either",
        ),
        (
            "%d/%m/%Y %H:%M",
            (MONTH_FIRST, EITHER),
            'line 2: the map says date = "%d/%m/%Y %H:%M", but the date '
            "'12/13/2010 08:26' can only be month first, and '01/12/2010 08:26' in line 3 could be either",
        ),
        (
            "%m.%d.%y",
            ("1.12.10", "30.2.10"),
            'line 3: the map says date = "%m.%d.%y", but the date '
            "'30.2.10' can only be day first, and '1.12.10' in line 2 could be either",
        ),
    ],
)
def test_a_date_that_contradicts_the_map_refuses_the_document(form: str, dates: tuple[str, ...], message: str) -> None:
    with pytest.raises(SuspectDates) as refused:
        mapped(form, document(*dates))
    assert str(refused.value) == (
        f"day.csv, {message}: no row is accepted, since a date that could be either would be a guess; "
        "give all dates one form, or correct the map"
    )


def test_a_map_that_contradicts_a_piped_document_refuses_it_before_its_first_row() -> None:
    form = column_map("map.toml", b'date = "%m/%d/%Y %H:%M"')
    read, ended = piped(document(EITHER, DAY_FIRST), form)
    assert read == []
    assert "can only be day first" in str(ended)


def test_where_no_date_could_be_either_only_the_rows_that_contradict_the_map_are_refused() -> None:
    read = mapped("%m/%d/%Y %H:%M", document(DAY_FIRST, MONTH_FIRST))
    assert [entry.line and str(entry.line.InvoiceDate) for entry in read] == [None, "2010-12-13 08:26:00"]
