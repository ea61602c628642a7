"""Quarantined records are patched, numbered as copies and decided once, and no line is made twice or lost."""

import base64
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import wire
from commerce.errors import FieldError
from commerce.files.documents import order_lines
from commerce.quarantine import Quarantined, checked, refused_file, refused_row
from commerce.quarantined.decisions import Action, Decision, State, decision, state
from commerce.quarantined.decisions import message as message_of
from commerce.quarantined.records import Filter, Kind, Record, bulk_records, dead_letter_records, stream_record
from operations.quarantine.documents import accepted_copies, headers, with_fields
from operations.quarantine.patches import InvalidPatch, patches, setting
from operations.quarantine.plan import Known, Planned, discards, plan, rows
from tests.orders import a_line

EVENTS = Path(__file__).parents[2] / "events"
NOW = "2026-11-29T12:00:00+00:00"
STORED = datetime(2026, 11, 29, tzinfo=UTC)
FILE = ("incoming/day.csv", "e1")
BULK_KEY = "quarantine/bulk/day.csv/e1.jsonl"
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def message(value: bytes | None, offset: int = 0, partition: int = 0) -> Record:
    """The record of a message that is not an order line."""
    found = checked("order-lines", partition, offset, 1_291_204_800_000 + offset, b"k", value)
    assert isinstance(found, Quarantined)
    return stream_record(found.key, found.body)


def a_bad_message(offset: int = 0, **fields: Any) -> Record:
    """The record of a message whose Country is missing; only these fields matter."""
    line = json.loads(wire.encode(a_line(**fields)))
    return message(json.dumps(line | {"Country": None}).encode(), offset)


def dropped(*lines: str) -> tuple[list[Record], bytes]:
    """The records of the refused rows of a file with these lines, their cells by name, and the file."""
    document = "\n".join([HEADER, *lines]).encode()
    refused = [refused_row(FILE[0], it).line for it in order_lines(FILE[0], io.BytesIO(document)) if it.line is None]
    known = headers(FILE[0], io.BytesIO(document))
    return [with_fields(it, known) for it in bulk_records(BULK_KEY, refused, STORED)], document


def planned(
    records: list[Record], settings: list[str], document: bytes | None = None, decided: list[Planned] | None = None
) -> list[Planned]:
    """The plan of these records, with the file if it is still there, after these were decided."""
    steps = setting(settings)
    copies = {}
    if document is not None:
        wanted = rows(records, {}, steps)
        found = accepted_copies(FILE[0], io.BytesIO(document), {row[1:] for row in wanted})
        copies = {row: found[row[1:]] for row in wanted}
    made = {it.record.id: it.decision for it in decided or [] if it.decision}
    return plan(records, {}, steps, Known(decided=made, published=frozenset(), copies=copies), NOW)


def lines(found: list[Planned]) -> list[Any]:
    return [wire.decode(it.decision.Value.encode()) if it.decision else it.errors for it in found]


def test_a_message_becomes_the_line_that_it_is_once_its_field_is_set() -> None:
    (one,) = planned([a_bad_message(Quantity=9)], ["Country=France"])
    assert one.decision == Decision(
        Record="stream/order-lines/0/0-1291204800000",
        Action=Action.REDRIVE,
        At=NOW,
        LineId=a_line(Quantity=9).LineId,
        InvoiceNo="600001",
        Occurrence=1,
        Value=wire.encode(a_line(Quantity=9)).decode(),
        Patched={"Country": "France"},
    )
    assert one.decision is not None
    assert message_of(one.decision) == (b"600001", wire.encode(a_line(Quantity=9)))
    assert decision(one.decision.body) == one.decision


def test_a_record_that_is_no_line_after_its_patch_is_refused_with_every_reason() -> None:
    (one,) = planned([message(b'{"Quantity":1.5,"Foo":1}')], ["Country=France"])
    assert [error.field for error in one.errors] == [
        "InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "'Foo'",
    ]  # fmt: skip


@pytest.mark.parametrize("value", [None, b"\xff\x00", b"[1]", b'{"Quantity":1,"Quantity":2}'])
def test_of_a_payload_that_cannot_be_read_the_patch_must_say_all(value: bytes | None) -> None:
    fields = ["InvoiceNo=600001", "StockCode=20001A", "Description=AMBER KITE", "Quantity=6"]
    fields += ["InvoiceDate=2010-12-01 08:26:00", "UnitPrice=2.55", "CustomerID=12345", "Country=France"]
    assert lines(planned([message(value)], fields)) == [a_line()]
    assert planned([message(value)], fields[1:])[0].errors[0].field == "InvoiceNo"


def test_two_records_never_become_one_line() -> None:
    found = planned([a_bad_message(0), a_bad_message(1)], ["Country=France"])
    rule = (
        "is the line that stream/order-lines/0/0-1291204800000 becomes: discard one of both, or say another Occurrence"
    )
    assert lines(found) == [a_line(), (FieldError("LineId", a_line().LineId, rule),)]
    again = planned([a_bad_message(1)], ["Country=France"], decided=found)
    assert again[0].errors == found[1].errors


def test_a_mended_row_is_the_next_copy_of_its_row_in_its_file() -> None:
    good, bad = "600001,A,,1,2010-12-01 08:26:00,1,,France", "600001,A,,one,2010-12-01 08:26:00,1,,France"
    records, document = dropped(good, bad, good, bad)
    found = planned(records, ["Quantity=1"], document)
    assert [line.Occurrence for line in lines(found)] == [3, 4]
    # one by one, and with another file's copies, it is the same
    first = planned(records[:1], ["Quantity=1"], document)
    assert lines(planned(records[1:], ["Quantity=1"], document, first)) == lines(found)[1:]


def test_a_row_whose_cells_have_no_names_is_refused_for_that() -> None:
    found, _ = dropped("600001,20001A,AMBER KITE,6,2010-12-01 08:26:00,2.55,12345,")
    record = msgspec.structs.replace(found[0], fields=None)  # as with_fields leaves it where the file is gone
    (refused,) = planned([record], ["Country=France"])
    assert "the file is not in incoming/ any more" in refused.errors[0].rule
    every = dict(zip(HEADER.split(","), record.cells or (), strict=True)) | {"Country": "France", "Occurrence": "1"}
    assert lines(planned([record], [f"{name}={value}" for name, value in every.items()])) == [a_line()]


def test_a_row_whose_file_is_gone_needs_its_occurrence() -> None:
    records, _ = dropped("600001,A,,one,2010-12-01 08:26:00,1,,France")
    (refused,) = planned(records, ["Quantity=1"])
    assert [(it.field, it.value) for it in refused.errors] == [("Occurrence", "missing")]
    assert lines(planned(records, ["Quantity=1", "Occurrence=2"]))[0].Occurrence == 2


def test_a_row_with_another_number_of_cells_has_no_names() -> None:
    records, _ = dropped("600001,A,1,2010-12-01 08:26:00,1,,France")
    assert (records[0].fields, records[0].cells) == (
        None,
        ("600001", "A", "1", "2010-12-01 08:26:00", "1", "", "France"),
    )


def test_a_doubtful_cell_stays_doubtful_until_it_is_set() -> None:
    records, document = dropped("600001,'A',,1,2010-12-01 08:26:00,1,,France")
    assert [error.field for error in planned(records, ["Country=Spain"], document)[0].errors] == ["StockCode"]
    assert lines(planned(records, ["StockCode='A'"], document))[0].StockCode == "'A'"


def test_a_file_that_could_not_be_read_is_mended_as_a_file() -> None:
    records = list(bulk_records(BULK_KEY, [refused_file(FILE[0], "is not CSV but JSON").line], STORED))
    (one,) = planned(records, ["Country=France"])
    assert "`tillstream put` it" in one.errors[0].rule
    made = discards(records, Known(decided={}), "put again", NOW)
    assert [it.decision and it.decision.Action for it in made] == [Action.DISCARD]


def test_what_is_decided_stands() -> None:
    record = a_bad_message()
    (first,) = planned([record], ["Country=France"])
    (second,) = planned([record], ["Country=France"], decided=[first])
    assert (second.decision, second.is_new, second.publishes) == (first.decision, False, True)
    assert first.decision is not None
    made = {record.id: first.decision}
    (done,) = plan([record], {}, (), Known(decided=made, published=frozenset({record.id})), NOW)
    assert (done.decision, done.publishes) == (first.decision, False)
    assert state(record.id, made, ()) is State.REDRIVING
    (kept,) = discards([record], Known(decided=made), "why not", NOW)
    assert (kept.decision, kept.errors[0].value) == (None, "redriven")
    (given_up,) = discards([record], Known(decided={}), "a test", NOW)
    assert given_up.decision is not None
    (refused,) = plan([record], {}, setting(["Country=France"]), Known(decided={record.id: given_up.decision}), NOW)
    assert str(refused.errors[0]) == "record discarded: was discarded: a test"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "p.json: must be one JSON object"),
        ("{", "p.json: not JSON"),
        ('{"nosuch": {"Quantity": 1}}', "p.json: no chosen record has the id 'nosuch'"),
        ('{"*": {"Quantity": 1}, "*": {"Quantity": 2}}', "p.json: '*' stands twice"),
        ('{"*": {"Quantity": 1, "Quantity": 2}}', "p.json, *: 'Quantity' stands twice"),
        ('{"*": {"Qty": 1}}', "p.json, *: 'Qty' is not a field: there are InvoiceNo, StockCode,"),
        ('{"*": {"LineId": "0"}}', "p.json, *: LineId cannot be set, since it follows from the fields"),
        ('{"*": {}}', "p.json, *: the patch changes nothing"),
        ('{"*": 7}', "p.json, *: must be an object of fields and values, or an array of operations, not 7"),
        ('{"*": []}', "p.json, *: must be an object"),
        ('{"*": [1]}', "p.json, *, operation 1: must be an object with op, path and value"),
        (
            '{"*": [{"op": "move", "path": "/Quantity"}]}',
            "operation 1: op must be add, replace, remove, test, not 'move'",
        ),
        ('{"*": [{"op": "add", "path": "Quantity", "value": 1}]}', "operation 1: path must be / and a field's name"),
        ('{"*": [{"op": "add", "path": "/Qty", "value": 1}]}', "operation 1: 'Qty' is not a field"),
        ('{"*": [{"op": "add", "path": "/Quantity"}]}', "operation 1: add needs a value"),
        ('{"*": [{"op": "remove", "path": "/Quantity", "value": 1}]}', "operation 1: remove has no value"),
        ('{"*": [{"op": "add", "path": "/Quantity", "value": 1, "from": "/x"}]}', "operation 1: 'from' is not known"),
        ('{"*": [{"op": "add", "op": "test", "path": "/Quantity", "value": 1}]}', "operation 1: 'op' stands twice"),
    ],
)
def test_a_bad_patch_is_refused_by_file_record_place_and_reason(text: str, says: str) -> None:
    with pytest.raises(InvalidPatch) as refused:
        patches("p.json", text.encode(), {"a"})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ({"op": "test", "path": "/Quantity", "value": 7}, "p.json, *, operation 1: Quantity is 6, not 7"),
        ({"op": "test", "path": "/Quantity", "value": True}, "p.json, *, operation 1: Quantity is 6, not True"),
        ({"op": "remove", "path": "/Nosuch"}, "p.json, *, operation 1: the record has no Nosuch to remove"),
    ],
)
def test_a_patch_that_does_not_fit_its_record_is_refused(operation: dict[str, Any], says: str) -> None:
    patch = patches("p.json", json.dumps({"*": [operation]}).encode(), ())
    with pytest.raises(InvalidPatch) as refused:
        plan([a_bad_message()], patch, (), Known(decided={}), NOW)
    assert str(refused.value) == says


def test_a_patch_for_all_comes_first_then_the_records_own_then_what_is_set() -> None:
    record = a_bad_message()
    operations = [
        {"op": "test", "path": "/Country", "value": None},
        {"op": "replace", "path": "/Country", "value": "Spain"},
    ]
    file = json.dumps({record.id: operations, "*": {"Quantity": 7, "UnitPrice": 1.5}}).encode()
    found = plan([record], patches("p", file, {record.id}), setting(["Quantity=8"]), Known(decided={}), NOW)
    expected = a_line(Quantity=8, UnitPrice=wire.parse("1.5"), Country="Spain")
    assert lines(found) == [expected]


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["Country"], "must be FIELD=VALUE"),
        (["Land=x"], "is not a field"),
        (["Occurrence=0x1"], "Occurrence must be a whole number"),
        (["Country=a", "Country=b"], "Country is set twice"),
    ],
)
def test_a_setting_is_a_field_and_its_value(texts: list[str], says: str) -> None:
    with pytest.raises(InvalidPatch, match=says):
        setting(texts)


def test_a_filter_takes_by_each_of_its_conditions() -> None:
    one, other = a_bad_message(InvoiceNo="600002"), message(b"junk", 9, partition=2)
    rows_, _ = dropped("600001,A,,one,2010-12-01 08:26:00,1,,France")
    everything = [one, other, *rows_]
    assert [it.kind for it in everything] == [Kind.STREAM, Kind.STREAM, Kind.BULK]

    def taken(**conditions: Any) -> list[Record]:
        return [it for it in everything if Filter(**conditions).takes(it)]

    assert taken() == everything
    assert taken(ids=frozenset({other.id})) == taken(partition=2) == taken(rule="NOT json") == [other]
    assert taken(kind="bulk") == taken(consumer="curate") == taken(since=STORED) == rows_
    assert taken(until=STORED) == [one, other]
    assert taken(invoice="600002") == [one]


ROW = st.sampled_from(["600001,A,,{},2010-12-01 08:26:00,1,,France", "600002,B,,{},2010-12-01 08:26:00,1,,France"])


@given(
    st.lists(st.tuples(ROW, st.sampled_from(["1", "one"])), min_size=1, max_size=12),
    st.lists(st.integers(0, 2), max_size=12),
)
def test_in_any_order_of_redrives_and_stops_each_row_of_a_file_is_one_line(
    written: list[tuple[str, str]], chunks: list[int]
) -> None:
    """The lines of the file and of its mended rows are those of the file as it should have been."""
    records, document = dropped(*(row.format(quantity) for row, quantity in written))
    right = "\n".join([HEADER, *(row.format("1") for row, _ in written)]).encode()
    wanted = sorted(it.line.LineId for it in order_lines("f", io.BytesIO(right)) if it.line)

    decided: list[Planned] = []
    left = list(records)
    for at in [*chunks, *[0] * len(records)]:
        if left:
            before = [it.record for it in decided]
            again = planned([left.pop(at % len(left)), *before], ["Quantity=1"], document, decided)
            assert [it.decision for it in again[1:]] == [it.decision for it in decided]
            decided.append(again[0])
    held = [it.line.LineId for it in order_lines(FILE[0], io.BytesIO(document)) if it.line]
    assert sorted(held + [it.decision.LineId for it in decided if it.decision]) == wanted


def dead_letter_with(value: bytes) -> bytes:
    """A dead letter like AWS's example, of one message with this value."""
    letter = json.loads((EVENTS / "dead_letter.json").read_text("utf-8"))
    event = json.loads((EVENTS / "kafka.json").read_text("utf-8"))
    ((name, records),) = list(event["records"].items())[:1]
    event["records"] = {name: [{**records[0], "value": base64.b64encode(value).decode()}]}
    return json.dumps(letter | {"payload": json.dumps(event)}).encode()


def test_a_message_of_a_dead_letter_is_published_as_the_line_that_it_is() -> None:
    key = "aws/lambda/1a-2b/order-lines-0/2019/11/14/2019-11-14T00.38.06-x"
    (record,) = dead_letter_records(key, dead_letter_with(wire.encode(a_line())), STORED)
    assert (record.id, record.kind) == (f"destination/{key.removeprefix('aws/lambda/')}/1", Kind.DESTINATION)
    assert record.reasons[0].field == "batch"
    decided = planned([a_bad_message()], ["Country=France"])
    (one,) = plan([record], {}, (), Known(decided={it.record.id: it.decision for it in decided if it.decision}), NOW)
    assert lines([one]) == [a_line()]


def test_an_object_that_is_no_dead_letter_is_a_record_without_a_message() -> None:
    (record,) = dead_letter_records("aws/lambda/x", b"junk", STORED)
    assert (record.id, record.payload, record.reasons[0].field) == ("destination/x", None, "object")


@pytest.mark.parametrize(
    ("settings", "is_the_line"),
    [([], True), (["Country=France"], True), (["Country=Spain"], False), (["Country=France", "Occurrence=2"], False)],
)
def test_a_decided_record_takes_no_patch_but_one_that_makes_the_same_line(
    settings: list[str], is_the_line: bool
) -> None:
    record = a_bad_message(Quantity=9)
    before = planned([record], ["Country=France"])
    made = before[0].decision
    assert made is not None
    (again,) = planned([record], settings, decided=before)
    rule = f"was redriven as line {made.LineId}: that is final, and this change is not made"
    otherwise = Planned(record=record, errors=(FieldError("record", "redriven", rule),))
    assert again == (Planned(record=record, decision=made, publishes=True) if is_the_line else otherwise)
