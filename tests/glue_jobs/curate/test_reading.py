"""A dropped file is read as the client reads it, whatever its form."""

import io
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given

from commerce.batches.records import Input
from commerce.errors import UnreadableDocument
from commerce.lines import OrderLine
from commerce.quarantine import RefusedRow
from glue_jobs.curate.reading import read_file
from tests.forms import Form, forms, rows, zipped
from tests.orders import a_line, cells, csv_document

FILE = Input("incoming/day", "etag", 0)


def read(document: bytes) -> tuple[list[OrderLine], list[RefusedRow]]:
    lines: list[OrderLine] = []
    refused: list[RefusedRow] = []
    taken = read_file(FILE, io.BytesIO(document), lines.append, lambda row, ids: refused.append(row))
    assert (taken.lines, taken.refused, taken.rows) == (len(lines), len(refused), len(lines) + len(refused))
    return lines, refused


@given(rows, forms)
def test_any_form_of_a_file_holds_the_lines_and_the_refusals_of_the_plain_one(
    written: Sequence[Sequence[str]], form: Form
) -> None:
    lines, refused = read(Form().written(written))
    other_lines, other_refused = read(form.written(written))
    assert other_lines == lines
    assert [(row.Line, row.Reasons) for row in other_refused] == [(row.Line, row.Reasons) for row in refused]


def test_a_row_of_a_zip_is_set_aside_with_the_document_that_it_stands_in() -> None:
    bad = csv_document(cells(), cells(Quantity="six"))
    lines, (refused,) = read(zipped({"b.csv": bad, "a.csv": csv_document(cells())}))
    assert lines == [a_line(), a_line()]
    assert (refused.File, refused.Line) == ("incoming/day/b.csv", 3)


def test_a_document_that_cannot_be_read_sets_the_whole_zip_aside() -> None:
    with pytest.raises(UnreadableDocument, match="^incoming/day/b.csv is empty"):
        read(zipped({"a.csv": csv_document(cells()), "b.csv": b""}))


def test_a_refused_row_comes_with_the_ids_that_it_has_and_without_what_is_none() -> None:
    written = [cells(Quantity="six"), cells(InvoiceNo="Mary Smith"), ["600001"]]
    found: list[Mapping[str, str]] = []
    read_file(FILE, io.BytesIO(csv_document(*written)), lambda line: None, lambda row, ids: found.append(ids))
    assert found == [{"invoice": "600001"}, {}, {"invoice": "600001"}]
