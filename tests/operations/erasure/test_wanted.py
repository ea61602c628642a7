"""An erasure finds the records of a customer, and empties them."""

import base64
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from commerce import raw
from commerce.dead_letters import dead_letter
from commerce.erasures import mark
from commerce.errors import FieldError
from commerce.filing import gzipped
from commerce.paths import RawKey
from commerce.quarantine import Quarantined, RefusedRow
from commerce.quarantined.decisions import Action, Decision
from commerce.raw import Extent, RawLine, encode_line
from commerce.wire import encode
from operations.erasure.quarantined import emptied_letter, emptied_quarantine, undecided
from operations.erasure.raw_objects import marked
from operations.erasure.remains import remains, sentence
from operations.erasure.wanted import NO_LINE, Wanted
from tests.consumers.kafka import an_event, line_messages
from tests.orders import a_line
from tests.stores.s3.test_dead_letters import LETTER

LINE, OTHER = a_line(CustomerID=17_850), a_line(CustomerID=17_851)
WANTED = Wanted(17_850)
RECORDED = Wanted(17_850, frozenset({LINE.LineId}), all_lines=False)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (encode(LINE), LINE.LineId),
        (encode(OTHER), None),
        (b'{"CustomerID":17850}', NO_LINE),
        (b'{"CustomerID":" 17850.0 ","Quantity":1}', NO_LINE),
        (b'{"CustomerID":1,"Quantity":17850}', None),
        (b'{"note":"call 17850"}', NO_LINE),
        (b"call 17850!", NO_LINE),
        (b"call 178501 or 017850", None),
        (mark(LINE.LineId), None),
        (mark(None), None),
        (None, None),
    ],
)
def test_a_message_is_wanted_for_its_line_or_where_it_names_the_customer(
    value: bytes | None, found: str | None
) -> None:
    assert WANTED.in_message(value) == found


def test_once_there_is_a_record_a_line_that_came_later_is_not_wanted() -> None:
    later = a_line(CustomerID=17_850, Occurrence=2)
    assert [WANTED.in_message(encode(it)) for it in (LINE, later)] == [LINE.LineId, later.LineId]
    assert [RECORDED.in_message(encode(it)) for it in (LINE, later)] == [LINE.LineId, None]
    assert [RECORDED.takes(it) for it in (LINE, later, OTHER)] == [True, False, False]


def test_a_raw_object_keeps_its_offsets_times_and_extent_and_says_its_new_digest() -> None:
    lines = [RawLine(2, 7 + at, 1000 + at, 1, b"k", encode(it)) for at, it in enumerate((LINE, OTHER))]
    extent = Extent(9, 2, "old", 1000, 5000)
    key = RawKey("order-lines", 2, 1, 7, "2010-12-01")
    made = marked(key, extent, [(lines[0], LINE.LineId), (lines[1], None)])
    assert list(raw.lines(made.body)) == [RawLine(2, 7, 1000, 1, None, mark(LINE.LineId)), lines[1]]
    assert made.extent == msgspec.structs.replace(extent, sha256=made.extent.sha256)
    assert made.body == gzipped(b"".join(map(encode_line, raw.lines(made.body))))


def test_a_quarantined_message_is_emptied_under_its_key() -> None:
    stored = Quarantined("order-lines", 3, 42, 1000, b"k", b"call 17850", (FieldError("value", "call 17850", "bad"),))
    body, records = emptied_quarantine(stored.key, stored.body, WANTED)
    assert records == {"stream/order-lines/3/42-1000": NO_LINE}
    assert msgspec.json.decode(body or b"", type=Quarantined).key == stored.key
    assert b"17850" not in (body or b"")
    assert emptied_quarantine(stored.key, body or b"", WANTED) == (body, {})


def test_of_a_files_refused_rows_those_of_the_customer_are_emptied_and_all_keep_their_numbers() -> None:
    rows = [RefusedRow("incoming/a.csv", at, (cell, "x"), ()) for at, cell in enumerate(("1", "17850", " 17850.0"), 2)]
    key = "quarantine/bulk/a.csv/etag.jsonl"
    body, records = emptied_quarantine(key, b"".join(it.line for it in rows), WANTED)
    assert list(records) == ["bulk/a.csv/etag/2", "bulk/a.csv/etag/3"]
    left = [msgspec.json.decode(it, type=RefusedRow) for it in (body or b"").splitlines()]
    assert [(it.Line, it.Cells) for it in left] == [(2, ("1", "x")), (3, ()), (4, ())]


@pytest.mark.parametrize(
    ("cell", "is_named"),
    [
        ("017850", True),
        ("+17850", True),
        ("17850.00", True),
        ('"17850,0"', True),
        ("600001;A;MUG;1;2010-12-09 10:00:00;1;17850;France", True),
        ("178500", False),
        ("1.17850", False),
        ("2010-12-01 17:850", False),
    ],
)
def test_a_refused_row_names_the_customer_in_any_form_of_the_number(cell: str, is_named: bool) -> None:
    assert WANTED.in_cells(("x", cell)) == is_named
    assert WANTED.in_cells((cell.replace("17850", "17851"), "x")) is False


def test_in_a_dead_letter_marks_stand_for_the_customers_messages_alone() -> None:
    letter = msgspec.structs.replace(LETTER, payload=json.dumps(an_event(*line_messages([OTHER, LINE]))))
    body, records = emptied_letter("aws/lambda/m/x", letter.body, WANTED)
    assert records == {"destination/m/x/2": LINE.LineId}
    kept, gone = dead_letter(body or b"").messages()
    assert [kept.value, gone.value, gone.key] == [encode(OTHER), mark(LINE.LineId), None]
    assert base64.b64encode(encode(LINE)).decode() not in (body or b"").decode()


def test_a_decision_is_undone_by_which_a_record_becomes_the_customers_line() -> None:
    made = Decision(Record="stream/t/0/1-2", Action=Action.REDRIVE, At="", Value=encode(LINE).decode())
    assert undecided("", made.body, WANTED) == (None, {"stream/t/0/1-2": LINE.LineId})
    discarded = Decision(Record="stream/t/0/1-2", Action=Action.DISCARD, At="", Reason="17850")
    assert undecided("", discarded.body, WANTED) == (None, {})


def test_what_remains_is_said_with_the_day_when_it_goes() -> None:
    now = datetime(2026, 11, 29, 12, tzinfo=UTC)
    here = list(remains(7, now, timedelta(days=7), now, backups=False))
    assert sentence(here) == (
        "erased but for 7 messages of the topic, which every consumer drops (until 2026-12-06 12:00 UTC); "
        "files of whoever sent the rows, and copies that people made"
    )
    on_aws = [it.goes for it in remains(0, None, timedelta(days=7), now, backups=True)]
    assert on_aws == [now + timedelta(days=days) for days in (35, 35, 1, 2, 2)] + [None]
