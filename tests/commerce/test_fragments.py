"""A row made of fragments that were seen before is the row that the rules make of it, in every form and refusal."""

import csv
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import product as product_of
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import fragments, wire
from commerce.copies import Copies
from commerce.errors import FieldError, InvalidRow, TillstreamError
from commerce.files import rows as file_rows
from commerce.files.column_maps import PLAIN, ColumnMap, column_map
from commerce.files.documents import Entry, order_lines
from commerce.files.doubtful_cells import doubts
from commerce.fragments import Memory, Remembered
from commerce.identity import claimed_line, line_id, order_line
from commerce.lines import FIELDS, FIRST_FIELDS, OrderLine, OrderRow, order_row, posted_row
from lambdas.ingest.rows import plan, posted_rows
from tests.orders import ADDED_VALUES, a_line, a_row, cells, csv_document, order_rows
from tests.orders import order_lines as lines_of_any_kind

MAPS = {
    "none": PLAIN,
    "comma": column_map("map.toml", b'decimal = ","'),
    "words": column_map("map.toml", b'missing = ["NA"]\n[values]\nCountry = "France"'),
    "date": column_map("map.toml", b'date = "%d.%m.%Y %H:%M"'),
}
HOSTILE_CELLS: dict[str, list[str]] = {
    "InvoiceNo": ["600001", " 600001 ", "C600001", "c1", "0600001", "6e5", "", "６００００１"],
    "StockCode": ["20001A", " 20001A", "'20001A'", ' "20001A"', "A\xa0B", "", "x" * 21, "\x00", "\ud800", "a,b"],
    "Description": [
        "AMBER KITE",
        "",
        " ",
        "null",
        '8" £',
        "\ufffd",
        "x,",
        'x,"y',
        "\\",
        "\u202e",
        "x" * 201,
        "\x85",
        "},{",
    ],
    "Quantity": ["6", "6.0", " 6", "-6", "1.000", "1.5", "", "six", "9" * 31, str(2**31), "1,5", "٣"],
    "InvoiceDate": [
        "2010-12-01 08:26:00",
        "2010-12-01T08:26:00",
        "12/13/2010 8:26",
        "31.12.2010 09:15",
        "",
        "2010-13-01",
    ],
    "UnitPrice": ["2.55", "2.550", "-2.5", "0", "-0", "2.5555", "1e3", "NaN", "", "2,55", "9" * 41, "1000000000"],
    "CustomerID": ["12345", "12345.0", "", " ", "NA", "0", "abc", "1.000", "10" * 20],
    "Country": ["France", " France ", "", "\xa0France", "'EIRE'", "x" * 61],
    **{name: [*map(str, values), "", "' '", "1.000", "x" * 300, "\x00"] for name, values in ADDED_VALUES.items()},
}
rows_of_cells = st.tuples(*[st.sampled_from(HOSTILE_CELLS[field]) for field in FIELDS]).map(list)
nearly_right_rows = st.builds(
    lambda field, cell: all_cells(**{field: cell}),
    st.shared(st.sampled_from(FIELDS), key="field"),
    st.shared(st.sampled_from(FIELDS), key="field").flatmap(lambda field: st.sampled_from(HOSTILE_CELLS[field])),
)


def all_cells(**fields: str) -> list[str]:
    """A CSV row of all fields, those that were added too; only these cells matter."""
    usual = dict(zip(FIRST_FIELDS, cells(), strict=True))
    return [(usual | fields).get(name, "") for name in FIELDS]


def by_the_rules(rows: list[list[str]], form: ColumnMap) -> Iterator[tuple[OrderLine | None, tuple[FieldError, ...]]]:
    """Each row as a line or as refused, field by field, with nothing remembered of an earlier one."""
    with Copies() as copies:
        for row in rows:
            read = {field: cell for field, cell in zip(FIELDS, row, strict=True) if field in form.titles}
            try:
                if doubtful := doubts(read, form.decimal):
                    raise InvalidRow(doubtful)
                yield copies.line(form.row(read) if form.converts else order_row(read)), ()
            except InvalidRow as invalid:
                yield None, invalid.errors


def read(rows: list[list[str]], form: ColumnMap = PLAIN) -> list[Entry]:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([FIELDS, *rows])
    return list(order_lines("day.csv", io.BytesIO(text.getvalue().encode("utf-8", "replace")), form))


@given(order_rows, st.integers(1, 300))
def test_the_forms_of_a_row_of_fragments_are_those_of_the_row(row: OrderRow, occurrence: int) -> None:
    memory, line = Memory(), order_line(row, occurrence)
    made = memory.with_added(memory.fragments(row, ["any"] * 8), row, ("any",))
    assert made.row() == row
    assert made.line_id(occurrence) == line_id(row, occurrence)
    assert made.line(occurrence, line.LineId) == line
    assert made.wire(occurrence, line.LineId) == wire.encode(line)


@pytest.mark.parametrize("name", MAPS)
@given(rows=st.lists(rows_of_cells | nearly_right_rows, min_size=1, max_size=8))
def test_rows_of_a_document_are_what_the_rules_make_of_them_seen_before_or_not(
    name: str, rows: list[list[str]]
) -> None:
    rows = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
    form = MAPS[name]
    entries = [entry for again in range(2) for entry in read(rows, form)]
    assert [(entry.line, entry.errors) for entry in entries] == [*by_the_rules(rows, form)] * 2
    assert [entry.wire() for entry in entries] == [wire.encode(it.line) if it.line else b"" for it in entries]


def test_a_fragment_of_a_form_is_not_taken_for_one_of_another_form() -> None:
    row = all_cells(Quantity="1.000")
    assert read([row])[0].errors == tuple(doubts({"Quantity": "1.000"}, None))
    assert [entry.line.Quantity for entry in read([row], MAPS["comma"]) if entry.line] == []  # its price has a point
    row = all_cells(Quantity="1.000", UnitPrice="2,55")
    assert [entry.line.Quantity for entry in read([row], MAPS["comma"]) if entry.line] == [1000]
    assert read([all_cells(Quantity="1.000")])[0].line is None


def test_a_doubtful_cell_that_a_line_id_proved_is_doubted_where_none_does() -> None:
    line = a_line(StockCode="'20001A'")
    row = [*cells(StockCode="'20001A'"), "1", line.LineId]
    export = csv_document(row, [*row[:8], "", ""], header=[*FIRST_FIELDS, "Occurrence", "LineId"])
    proved, plain = order_lines("export.csv", io.BytesIO(export))
    assert proved.line == line
    assert [error.field for error in plain.errors] == ["StockCode"]


json_scalars = st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from([1.0, 10**40, -0.0])
hostile_values = st.recursive(
    json_scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=4
)


def changed(line: OrderLine, field: str, value: Any) -> bytes:
    return json.dumps(json.loads(wire.encode(line)) | {field: value}, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


CHANGES: list[Callable[[bytes], bytes]] = [
    lambda value: value,
    lambda value: value.replace(b":", b": "),
    lambda value: value.replace(b'"Country"', b'"C\\u006funtry"'),
    lambda value: value.replace(b"AMBER", b"\\u0041MBER"),
    lambda value: value[:-1] + b',"Quantity":7}',
    lambda value: value[:-1] + b',"Colour":"red"}',
    lambda value: value.replace(b'"Quantity"', b'"quantity"'),
    lambda value: b"[" + value + b"]",
    lambda value: value + b" ",
    lambda value: value[1:-1],
    lambda value: value.replace(b'","Country', b'"}","Country'),
    lambda value: value.replace(b'"Occurrence":1,', b'"Occurrence":01,'),
    lambda value: value.replace(b'"Occurrence":1,', b'"Occurrence":true,'),
    lambda value: value.upper(),
    lambda value: value[: len(value) // 2],
    lambda value: value.replace(b"AMBER KITE", b"\xff"),
    lambda value: value.replace(b'"AMBER KITE"', b"null"),
    lambda value: json.dumps(dict(reversed(json.loads(value).items())), separators=(",", ":")).encode(),
]


def outcome(of: Callable[[], object]) -> object:
    """The result of the call, or the kind and words of the error that it raises."""
    try:
        return of()
    except TillstreamError as error:
        return type(error), str(error)


def read_by_the_rules(value: bytes) -> OrderLine:
    """The line of a message, field by field, with nothing remembered of an earlier one."""
    posted = posted_row(wire.parse_rows(value))
    assert posted.occurrence is not None
    assert posted.line_id is not None
    return claimed_line(posted, posted.occurrence)


@given(lines_of_any_kind, lines_of_any_kind)
def test_a_message_of_fragments_of_other_messages_is_its_line(one: OrderLine, other: OrderLine) -> None:
    for line in (one, other):
        assert wire.decode(wire.encode(line)) == line
    for product, quantity in product_of((one, other), (one, other)):
        row = a_row(
            InvoiceNo=one.InvoiceNo,
            StockCode=product.StockCode,
            Description=product.Description,
            Quantity=quantity.Quantity,
            InvoiceDate=one.InvoiceDate,
            UnitPrice=product.UnitPrice,
            CustomerID=one.CustomerID,
            Country=one.Country,
        )
        line = order_line(row, other.Occurrence)
        assert wire.decode(wire.encode(line)) == line == read_by_the_rules(wire.encode(line))


@pytest.mark.parametrize("change", CHANGES)
def test_a_message_that_was_changed_is_read_as_one_whose_fragments_nobody_knows(
    change: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    value = change(wire.encode(a_line()))
    with monkeypatch.context() as patch:
        patch.setattr(wire, "_recognised", lambda _: None)
        expected = outcome(lambda: wire.decode(value))
    assert wire.decode(wire.encode(a_line())) == a_line()
    assert [outcome(lambda: wire.decode(value)) for _ in range(2)] == [expected] * 2


@given(field=st.sampled_from([*FIELDS, "Occurrence", "LineId"]), value=hostile_values, line=lines_of_any_kind)
def test_a_message_with_a_hostile_value_is_read_as_one_whose_fragments_nobody_knows(
    field: str, value: Any, line: OrderLine
) -> None:
    message = changed(line, field, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "_recognised", lambda _: None)
        expected = outcome(lambda: wire.decode(message))
    wire.decode(wire.encode(line))
    assert [outcome(lambda: wire.decode(message)) for _ in range(2)] == [expected] * 2


bodies = st.lists(
    st.builds(
        lambda change, line: change(wire.encode(line)),
        st.sampled_from(CHANGES),
        st.sampled_from(
            [a_line(), a_line(2), a_line(Description="},{"), a_line(Description="x,", Country="A\ufffd")],
        ),
    ),
    min_size=1,
    max_size=4,
).map(lambda values: b"[" + b",".join(values) + b"]")


@given(bodies, st.sampled_from([None, "600001", "7"]))
def test_a_body_comes_to_the_same_whether_its_lines_are_recognised_or_not(body: bytes, invoice: str | None) -> None:
    def planned() -> object:
        return plan(posted_rows(body, alone=True), invoice)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lambdas.ingest.rows.sent_lines", lambda _: None)
        expected = outcome(planned)
    assert [outcome(planned) for _ in range(2)] == [expected] * 2


@given(st.lists(lines_of_any_kind, min_size=1, max_size=5))
def test_the_lines_of_a_body_in_the_wire_form_are_recognised_with_their_bytes(lines: list[OrderLine]) -> None:
    expected = [wire.Sent(line, wire.encode(line)) for line in lines]
    for _ in range(2):
        found = wire.sent_lines(wire.encode_all(lines))
        # a text that looks like the border of two rows is left to the slower way
        assert found == expected or (found is None and any(b"},{" in sent.value for sent in expected))


def peak_bytes(rows: int, one: Callable[[int], object]) -> int:
    """The most memory that so many rows take whose fragments are all new; their single fields may be known."""
    file_rows._memory.cache_clear()
    for memory in (wire._heads, wire._products, wire._quantities, wire._added, wire._occurrences):
        memory.clear()
    tracemalloc.start()
    for number in range(1, rows + 1):
        one(number)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def another_row(number: int) -> object:
    return read([all_cells(InvoiceNo=f"{number}", StockCode=f"{number}", Quantity=f"{number}")])


def another_message(number: int) -> object:
    line = a_line(InvoiceNo=f"{number}", StockCode=f"{number}", Quantity=number, Occurrence=number)
    return wire.decode(wire.encode(line))


@pytest.mark.parametrize("one", [another_row, another_message])
def test_rows_that_never_repeat_take_no_more_memory_the_more_they_are(
    one: Callable[[int], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "MOST_REMEMBERED", 100)
    peak_bytes(1_000, one)  # what other memories hold is there from now on
    assert peak_bytes(1_000, one) < 1.3 * peak_bytes(250, one)


def test_a_million_products_are_never_remembered_at_once() -> None:
    products = Remembered[int]()
    for number in range(1_000_000):
        products.keep(("20001A", f"{number}", "2.55"), number)
        assert len(products) <= fragments.MOST_REMEMBERED
    assert products["20001A", "999999", "2.55"] == 999_999


@pytest.mark.parametrize("text", ["6" + " " * 600, ("6", " " * 600), b"6" * 600])
def test_a_long_text_is_not_remembered(text: Any) -> None:
    numbers = Remembered[int]()
    numbers.keep(text, 6)
    assert numbers == {}
