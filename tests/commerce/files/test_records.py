"""Records are those of the csv module, whichever way their lines are read."""

import csv
import io
from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from commerce.errors import UnreadableDocument
from commerce.files.records import Record, records

texts = st.text(st.sampled_from('a,;"\r\n é\x00\t')) | st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(texts, max_size=6).map("\n".join))
def test_records_are_what_the_csv_module_reads(text: str) -> None:
    document = ("a,b\n" + text).encode()
    assert outcome(lambda: records("it", "file", io.BytesIO(document), ["a", "b"], ",")) == outcome(
        lambda: of_the_csv_module(document)
    )


def of_the_csv_module(document: bytes) -> Iterator[Record]:
    reader, number = csv.reader([line.decode("latin-1") for line in io.BytesIO(document)], strict=True), 1
    for row in reader:
        yield Record(number, [cell.encode("latin-1").decode() for cell in row])
        number = reader.line_num + 1


def outcome(read: Callable[[], Iterator[Record]]) -> list[Record] | None:
    """The records; None where they cannot all be read."""
    try:
        return list(read())
    except (csv.Error, UnreadableDocument):
        return None
