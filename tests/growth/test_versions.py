"""Two versions side by side: this one, and one whose record has the field `Channel`. No line is lost or misread."""

import gzip
import json
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import msgspec
import pytest

from commerce import wire
from commerce.batches.paths import copy_manifest_key
from commerce.columns import NAMES
from commerce.errors import NewerRecord
from commerce.files.documents import order_lines
from commerce.identity import line_id
from commerce.lines import FIELDS, OrderLine
from commerce.quarantine import Quarantined, checked
from commerce.raw import RawLine, encode_line, lines
from glue_jobs.lake_table import add_columns
from glue_jobs.staging import LineFile, record_batches
from lambdas.ingest.rows import plan
from stores.dynamodb import items
from tests.growth.channel import Grown
from tests.orders import a_line, cells, csv_document, fields_of, some_lines

OLD = some_lines(50)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return Grown(tmp_path_factory.mktemp("grown"))


@pytest.fixture(scope="module")
def newer(grown: Grown) -> list[bytes]:
    """Messages of the newer version: a line without the field, and three with it."""
    code = """
from commerce import wire
from tests.orders import a_line
answer = [wire.encode(a_line(StockCode=str(at), Channel=channel)).decode()
          for at, channel in enumerate([None, "web", "shop, £", "x,"])]
"""
    return [value.encode() for value in grown.ask(code)]


def read(value: bytes) -> OrderLine | Quarantined:
    return checked("order-lines", 0, 7, 1291190400000, b"600001", value)


def test_a_line_keeps_its_bytes_and_its_id_in_the_newer_version(grown: Grown) -> None:
    code = """
from commerce import wire
from commerce.identity import line_id
lines = [wire.decode(value.encode()) for value in given]
answer = [[wire.encode(line).decode(), line_id(line, line.Occurrence), line.Channel] for line in lines * 2]
"""
    values = [wire.encode(line).decode() for line in OLD]
    assert grown.ask(code, values) == [[wire.encode(it).decode(), it.LineId, None] for it in OLD * 2]


def test_the_id_of_a_line_with_the_field_is_as_the_decision_writes_it_down(newer: list[bytes]) -> None:
    without, *others = (json.loads(value) for value in newer)
    assert line_id(wire.decode(newer[0]), 1) == without["LineId"]
    for at, it in enumerate(others, 1):
        form = ["600001", str(at), "AMBER KITE", 6, "2010-12-01T08:26:00", 2550, 12345, "France", 1]
        text = json.dumps([*form, {"Channel": it["Channel"]}], ensure_ascii=False, separators=(",", ":"))
        assert it["LineId"] == sha256(text.encode()).hexdigest()[:32]
        assert list(it)[-2:] == ["LineId", "Channel"]


def test_a_raw_object_of_both_versions_is_read_whole_by_the_newer(grown: Grown, newer: list[bytes]) -> None:
    code = """
from commerce import raw
from commerce.batches.paths import copy_manifest_key
from commerce.quarantine import checked
found = [checked("order-lines", 0, it.offset, it.timestamp, it.key, it.value)
         for it in [*raw.lines(bytes.fromhex(given))] * 2]  # read once more, by fragments that are known
answer = [[line.LineId, line.Channel] for line in found]
"""
    values = [wire.encode(line) for line in OLD] + newer
    stored = [RawLine(0, at, 1291190400000, 1 + (at >= 50), b"600001", value) for at, value in enumerate(values)]
    body = gzip.compress(b"".join(map(encode_line, stored)))
    assert [it.value for it in lines(body)] == values
    expected = [json.loads(value) for value in values]
    assert grown.ask(code, body.hex()) == [[it["LineId"], it.get("Channel")] for it in expected * 2]


def test_a_message_with_the_field_is_quarantined_whole_by_the_older_version_and_named(newer: list[bytes]) -> None:
    without, *others = newer
    assert isinstance(read(without), OrderLine)
    for value in others:
        refused = read(value)
        assert isinstance(refused, Quarantined)
        assert refused.Payload == value
        assert [str(it) for it in refused.Reasons] == [
            f"'Channel' {json.loads(value)['Channel']!r}: is not a field of an order line"
        ]


def test_a_quarantined_message_is_a_line_once_the_version_knows_the_field(grown: Grown, newer: list[bytes]) -> None:
    code = """
import base64
from commerce.batches.paths import copy_manifest_key
from commerce.quarantine import checked
answer = [checked("order-lines", 0, 9, 1, b"600001", base64.b64decode(payload)).LineId for payload in given]
"""
    payloads = [json.loads(refused.body)["Payload"] for it in newer if isinstance(refused := read(it), Quarantined)]
    assert grown.ask(code, payloads) == [json.loads(value)["LineId"] for value in newer[1:]]


def test_the_version_in_the_header_tells_who_wrote_a_message(grown: Grown) -> None:
    assert grown.ask("from commerce.wire import SCHEMA\nanswer = SCHEMA") == wire.SCHEMA + 1


def test_an_older_clients_rows_are_the_same_lines_to_a_newer_function(grown: Grown) -> None:
    code = """
from lambdas.ingest.rows import plan, posted_rows
from lambdas.ingest.answers import Accepted
plans = [plan(posted_rows(body.encode(), alone=True)) for body in given]
answer = [[it.LineId if isinstance(it, Accepted) else str(it) for it in found.results] for found in plans]
"""
    bodies = [wire.encode_all(OLD).decode(), json.dumps(fields_of())]
    assert grown.ask(code, bodies) == [[it.LineId for it in OLD], [a_line().LineId]]


def test_a_newer_clients_row_is_refused_by_an_older_function_only_for_a_value_of_the_field(newer: list[bytes]) -> None:
    rows = [json.loads(value) for value in newer]
    for row in rows:
        row["UnitPrice"] = str(row["UnitPrice"])
    accepted, *others = plan(rows).results
    assert accepted.LineId == rows[0]["LineId"]  # type: ignore[union-attr]
    assert [[error.rule for error in it.errors] for it in others] == [["is not a field of an order line"]] * 3  # type: ignore[union-attr]


def test_a_file_without_the_column_holds_the_same_lines_and_an_empty_cell_is_none(grown: Grown) -> None:
    code = """
import io
from commerce.files.documents import order_lines
answer = [[entry.line.LineId for entry in order_lines("day.csv", io.BytesIO(text.encode()))] for text in given]
"""
    rows = [cells(StockCode=str(at % 3)) for at in range(9)]
    plain = csv_document(*rows)
    with_column = csv_document(*[["", *row] for row in rows], header=["Channel", *FIELDS])
    expected = [entry.line.LineId for entry in order_lines("day.csv", BytesIO(plain)) if entry.line]
    assert len(expected) == 9
    assert grown.ask(code, [plain.decode(), with_column.decode()]) == [expected] * 2


def test_a_file_with_the_column_is_the_lines_that_the_wire_carries(grown: Grown, newer: list[bytes]) -> None:
    code = """
import io
from commerce.files.documents import order_lines
entries = [*order_lines("day.csv", io.BytesIO(given.encode()))] * 2
answer = [entry.wire().decode() for entry in entries]
"""
    rows = [[*cells(StockCode=str(at)), channel] for at, channel in enumerate(["", "web", " shop, £", "x,"])]
    document = csv_document(*rows, header=[*FIELDS, "Channel"])
    assert grown.ask(code, document.decode()) == [value.decode() for value in newer] * 2


def test_an_older_version_notes_the_column_of_a_file_and_refuses_its_rows_where_they_have_line_ids(
    newer: list[bytes],
) -> None:
    notes: list[str] = []
    channels = [json.loads(value).get("Channel", "") for value in newer]
    ids = [json.loads(value)["LineId"] for value in newer]
    rows = [[*cells(StockCode=str(at)), channel, "1", ids[at]] for at, channel in enumerate(channels)]
    document = csv_document(*rows, header=[*FIELDS, "Channel", "Occurrence", "LineId"])
    entries = list(order_lines("day.csv", BytesIO(document), note=notes.append))
    assert notes == ["day.csv: column 'Channel' is not a field of an order line: ignored"]
    assert [[error.field for error in entry.errors] for entry in entries] == [[], ["LineId"], ["LineId"], ["LineId"]]


def test_an_item_with_the_field_comes_back_whole_and_is_not_told_without_it_by_an_older_version(
    grown: Grown, newer: list[bytes]
) -> None:
    code = """
from commerce import wire
from stores.dynamodb import items
found = [items.line_item(wire.decode(value.encode())) for value in given]
assert [wire.encode(items.whole_line(item)).decode() for item in found] == given
answer = found
"""
    without, *others = grown.ask(code, [value.decode() for value in newer])
    assert items.whole_line(without) == wire.decode(newer[0])
    for item in others:
        with pytest.raises(NewerRecord, match="has fields of a later version: Channel"):
            items.whole_line(item)
        assert items.line(item).LineId == item["LineId"]["S"]


def test_lines_that_an_older_version_staged_are_read_without_the_field(grown: Grown, tmp_path: Path) -> None:
    code = """
from pathlib import Path
from commerce import columns
from glue_jobs.staging import record_batches
answer = [[line.LineId, line.Channel] for batch in record_batches(Path(given))
          for line in map(columns.line, *(column.to_pylist() for column in batch.columns))]
"""
    with LineFile(tmp_path / "lines.parquet") as staged:
        for line in OLD:
            staged.add(line)
    assert grown.ask(code, str(staged.path)) == [[line.LineId, None] for line in OLD]


def test_staged_lines_with_a_value_of_the_field_stop_an_older_versions_job(grown: Grown, tmp_path: Path) -> None:
    code = """
from pathlib import Path
from glue_jobs.staging import LineFile
from tests.orders import a_line
answer = []
for name, channels in given.items():
    with LineFile(Path(name)) as staged:
        for at, channel in enumerate(channels):
            staged.add(a_line(StockCode=str(at), Channel=channel))
"""
    without, having = tmp_path / "without.parquet", tmp_path / "having.parquet"
    grown.ask(code, {str(without): [None, None], str(having): [None, "web"]})
    assert [batch.to_pylist() for batch in record_batches(without)] == [
        [msgspec.structs.asdict(a_line(StockCode=str(at))) for at in range(2)]
    ]
    with pytest.raises(NewerRecord, match="staged lines have fields of a later version: Channel"):
        list(record_batches(having))


def test_a_table_of_an_older_version_gets_the_column_and_its_files_for_copy_are_made_anew(grown: Grown) -> None:
    code = """
from commerce.batches.paths import copy_manifest_key
from glue_jobs import lake_table
from warehouse import schema
change = lake_table.add_columns("lake.db.order_lines", given)
answer = [change, schema.migrations()[-1].statements, copy_manifest_key("b")]
"""
    change, migration, key = grown.ask(code, NAMES)
    assert change == "ALTER TABLE lake.db.order_lines ADD COLUMNS (Channel string)"
    assert migration == ["ALTER TABLE order_lines ADD COLUMN Channel VARCHAR(80) ENCODE BYTEDICT"]
    assert key != copy_manifest_key("b")
    assert add_columns("lake.db.order_lines", NAMES) is None


def test_a_map_can_be_suggested_that_names_the_column(grown: Grown) -> None:
    code = """
import io
from producer.suggestion.suggest import suggestion
answer = suggestion("day.csv", io.BytesIO(given.encode())).text
"""
    document = csv_document(*[[*cells(StockCode=str(at)), "web"] for at in range(9)], header=[*FIELDS, "CHANNEL"])
    assert 'Channel = "CHANNEL"' in grown.ask(code, document.decode())


@pytest.mark.scale
def test_the_newer_versions_own_tests_pass(grown: Grown) -> None:
    tests = ("tests/commerce", "tests/stores/dynamodb/test_items.py", "tests/lambdas/ingest/test_rows.py")
    assert " passed" in grown.run("-m", "pytest", "-q", "-n", "0", "--hypothesis-profile=unit", *tests)
