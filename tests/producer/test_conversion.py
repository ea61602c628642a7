"""Mapped files as plain ones: the same lines on the same line numbers, and what is refused stays refused."""

import io
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import UnreadableDocument
from commerce.files.column_maps import column_map
from commerce.files.documents import Entry, order_lines
from commerce.lines import CLAIMS, FIRST_FIELDS
from console.forms import Forms
from producer.conversion import converted
from producer.errors import WrongUse
from producer.put import drops
from tests.forms import zipped
from tests.orders import a_line, cells, csv_document

FORM = column_map("m.toml", b'date = "%d.%m.%Y %H:%M"\n[columns]\nInvoiceNo = "Order"')
HEADER = ["Order", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country", "x"]


def row(description: str, quantity: str = "6", date: str = "01.12.2010 08:26") -> list[str]:
    return [*cells(Description=description, Quantity=quantity, InvoiceDate=date), "x"]


def mapped(*files: Path) -> Forms:
    return Forms(dict.fromkeys(files, FORM))


def numbered(entries: list[Entry]) -> list[tuple[int, str | None]]:
    return [(entry.line_number, entry.line.LineId if entry.line else None) for entry in entries]


descriptions = st.sampled_from(["KITE", 'A "B"\nC', "£;,", "", " x ", "\n\n"])
some_rows: st.SearchStrategy[list[str]] = st.one_of(
    st.builds(
        row, descriptions, st.sampled_from(["6", "six"]), st.sampled_from(["01.12.2010 08:26", "1/13/2010 8:26"])
    ),
    # as many cells as a plain row has, and blank lines
    st.just(cells()),
    st.just([]),
    st.just(["x"] * 30),
)


@given(some_rows=st.lists(some_rows, max_size=12), crlf=st.booleans())
def test_a_plain_file_holds_the_lines_of_the_mapped_one_where_they_stood(
    some_rows: list[list[str]], crlf: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = csv_document(*some_rows, header=HEADER)
    document = document.replace(b"\n", b"\r\n") if crlf else document
    folder = tmp_path_factory.mktemp("plain")
    source = folder / "day.tsv"
    source.write_bytes(document)
    (folder / "made").mkdir()
    wanted = list(order_lines("", io.BytesIO(document), FORM))
    for made in converted(source, FORM, folder / "made", lambda _: None):
        assert (made.name, made.rows, made.refused) == ("day.csv", len(wanted), sum(e.line is None for e in wanted))
        assert numbered(list(order_lines("", io.BytesIO(made.path.read_bytes())))) == numbered(wanted)


def test_a_plain_file_keeps_the_occurrence_and_line_id_of_an_export(tmp_path: Path) -> None:
    second = a_line(Occurrence=2)
    source = tmp_path / "export.csv"
    source.write_bytes(csv_document([*cells(), "2", second.LineId], header=[*FIRST_FIELDS, *CLAIMS]))
    (tmp_path / "made").mkdir()
    (made,) = converted(source, column_map("m.toml", b'missing = ["NA"]'), tmp_path / "made", lambda _: None)
    (entry,) = order_lines("", io.BytesIO(made.path.read_bytes()))
    assert entry.line == second


def test_each_document_of_a_zip_is_a_file_of_its_own(tmp_path: Path) -> None:
    document = csv_document(row("KITE"), header=HEADER)
    (tmp_path / "days.zip").write_bytes(zipped({"1.csv": document, "b/2.csv": document}))
    with ExitStack() as until_put:
        made = drops([tmp_path / "days.zip"], mapped(tmp_path / "days.zip"), until_put)
        assert [drop.key for drop in made] == ["incoming/days-1.csv", "incoming/days-b-2.csv"]
        assert made[0].file.read_bytes() == made[1].file.read_bytes()
    assert not made[0].file.exists()


def test_what_is_refused_says_why_in_the_plain_file(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_bytes(csv_document(row("KITE", date="1/13/2010 8:26"), header=HEADER))
    with ExitStack() as until_put:
        (drop,) = drops([tmp_path / "day.csv"], mapped(tmp_path / "day.csv"), until_put)
        (entry,) = order_lines("", io.BytesIO(drop.file.read_bytes()))
    assert drop.refused == 1
    assert entry.cells[0].startswith("refused: InvoiceDate '1/13/2010 8:26': must be a date and time that exists, ")
    assert entry.cells[0].endswith('"France","x"]')


def test_a_file_that_cannot_be_read_or_named_puts_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv_document(row("KITE"), header=HEADER))
    (tmp_path / "a.tsv").write_bytes(csv_document(row("KITE"), header=HEADER))
    (tmp_path / "b.csv").write_bytes(b"")
    files = [tmp_path / name for name in ("a.csv", "a.tsv", "b.csv")]
    with ExitStack() as until_put:
        with pytest.raises(UnreadableDocument):
            drops([files[0], files[2]], mapped(*files), until_put)
        with pytest.raises(WrongUse, match=r"a\.csv and .*a\.tsv would both be incoming/a\.csv"):
            drops(files[:2], mapped(*files), until_put)


def test_a_file_without_a_map_stays_as_it_is_beside_one_that_is_converted(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_bytes(csv_document(row("KITE"), header=HEADER))
    other.write_bytes(csv_document(cells()))
    with ExitStack() as until_put:
        made = drops([one, other], mapped(one), until_put)
        assert [(drop.source, drop.key) for drop in made] == [(str(one), "incoming/a.csv"), ("", "incoming/b.csv")]
        assert made[1].file == other
        assert numbered(list(order_lines("", io.BytesIO(made[0].file.read_bytes())))) == numbered(
            list(order_lines("", io.BytesIO(one.read_bytes()), FORM))
        )


def test_a_converted_file_and_a_plain_one_of_its_name_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "a.tsv", tmp_path / "a.csv"
    one.write_bytes(csv_document(row("KITE"), header=HEADER))
    with ExitStack() as until_put, pytest.raises(WrongUse, match=r"a\.tsv and .*a\.csv would both be incoming/a\.csv"):
        drops([one, other], mapped(one), until_put)
