"""The rows of a request give messages to publish, and a result for each row."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce import wire
from commerce.errors import UnreadableDocument
from lambdas.http import BadRequest, TooLarge
from lambdas.ingest.answers import Accepted, Failed
from lambdas.ingest.rows import MOST_BYTES, MOST_ROWS, Plan, plan, posted_rows
from tests.lambdas.calls import as_sent
from tests.orders import a_line, fields_of, order_lines


def refused_fields(result: object) -> set[str]:
    """The fields for which a row is refused for good."""
    assert isinstance(result, Failed)
    assert result.status == 400
    return {error.field for error in result.errors}


def line_ids(planned: Plan) -> list[str]:
    return [result.LineId for result in planned.results if isinstance(result, Accepted)]


class TestBodies:
    def test_an_array_of_rows_is_its_rows(self) -> None:
        assert posted_rows(b'[{"Quantity":6},7]', alone=False) == [{"Quantity": 6}, 7]

    def test_one_row_may_stand_alone_where_that_is_allowed(self) -> None:
        assert posted_rows(b' {"Quantity":6}', alone=True) == [{"Quantity": 6}]

    def test_one_row_must_not_stand_alone_where_an_invoices_rows_are_put(self) -> None:
        with pytest.raises(BadRequest, match="array"):
            posted_rows(b'{"Quantity":6}', alone=False)

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[1,]", b"\xff", b"NaN", b"[" * 100_000, "\ud800".encode("utf-8", "surrogatepass")]
    )
    def test_what_is_no_json_is_unreadable(self, body: bytes) -> None:
        with pytest.raises(UnreadableDocument):
            posted_rows(body, alone=True)

    @pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"[]"'])
    def test_json_without_rows_is_refused(self, body: bytes) -> None:
        with pytest.raises(BadRequest):
            posted_rows(body, alone=True)

    def test_a_body_of_which_the_gateway_could_not_read_a_byte_is_refused(self) -> None:
        with pytest.raises(BadRequest, match=r"not UTF-8: byte 17 came as U\+FFFD"):
            posted_rows('[{"Description":"\ufffd5 NOTE"}]'.encode(), alone=False)

    def test_u_fffd_itself_may_be_written(self) -> None:
        assert posted_rows(rb'[{"Description":"\ufffd5 NOTE"}]', alone=False) == [{"Description": "\ufffd5 NOTE"}]

    def test_a_body_of_a_million_bytes_is_taken_and_of_one_more_is_not(self) -> None:
        largest = b"[1" + b" " * (MOST_BYTES - 3) + b"]"
        assert posted_rows(largest, alone=True) == [1]
        with pytest.raises(TooLarge, match="1,000,001 bytes"):
            posted_rows(largest + b" ", alone=True)

    def test_five_thousand_rows_are_taken_and_one_more_is_not(self) -> None:
        assert len(posted_rows(json.dumps([1] * MOST_ROWS).encode(), alone=True)) == MOST_ROWS
        with pytest.raises(TooLarge, match="5,001 rows"):
            posted_rows(json.dumps([1] * (MOST_ROWS + 1)).encode(), alone=True)


class TestRows:
    def test_a_row_of_the_courses_client_is_the_line_of_the_vector(self) -> None:
        planned = plan([as_sent()])
        assert planned.results == [Accepted(0, "506b831f66b52d18903feb9d4c5c47b6", 1)]
        [(key, value)] = planned.messages
        assert key == b"536365"
        assert value == (
            b'{"InvoiceNo":"536365","StockCode":"85123A","Description":"WHITE HANGING HEART T-LIGHT HOLDER",'
            b'"Quantity":6,"InvoiceDate":"2010-12-01T08:26:00","UnitPrice":2.55,"CustomerID":17850,'
            b'"Country":"United Kingdom","Occurrence":1,"LineId":"506b831f66b52d18903feb9d4c5c47b6"}'
        )

    def test_exact_copies_without_occurrence_are_counted_within_the_request(self) -> None:
        planned = plan([as_sent(), as_sent(Quantity=7), as_sent()])
        assert [result.Occurrence for result in planned.results if isinstance(result, Accepted)] == [1, 1, 2]
        assert len(set(line_ids(planned))) == 3

    def test_the_same_rows_in_another_request_are_the_same_lines(self) -> None:
        assert line_ids(plan([as_sent(), as_sent()])) == line_ids(plan([as_sent(), as_sent()]))

    def test_a_row_that_tells_its_occurrence_is_that_copy(self) -> None:
        [accepted] = plan([as_sent(Occurrence=2)]).results
        assert accepted == Accepted(0, line_ids(plan([as_sent(), as_sent()]))[1], 2)

    def test_some_rows_with_occurrence_and_some_without_are_refused_together(self) -> None:
        with pytest.raises(BadRequest, match="Occurrence"):
            plan([as_sent(Occurrence=1), as_sent(Quantity=7)])

    def test_a_null_occurrence_is_none(self) -> None:
        assert line_ids(plan([as_sent(Occurrence=None), as_sent()])) == line_ids(plan([as_sent(), as_sent()]))

    @pytest.mark.parametrize("occurrence", [0, -1, "1", True, 2**31, Decimal("1.0")])
    def test_an_occurrence_that_is_no_count_is_an_error_of_its_row(self, occurrence: object) -> None:
        wrong, right = plan([as_sent(Occurrence=occurrence), as_sent(Occurrence=1)]).results
        assert refused_fields(wrong) == {"Occurrence"}
        assert isinstance(right, Accepted)

    def test_the_same_line_twice_is_an_error_of_the_second_row(self) -> None:
        planned = plan([as_sent(Occurrence=1), as_sent(Occurrence=2), as_sent(Occurrence=1)])
        assert refused_fields(planned.results[2]) == {"LineId"}
        assert planned.positions == [0, 1]

    def test_a_line_id_that_is_right_is_taken_with_and_without_occurrence(self) -> None:
        for identity in ({"Occurrence": 1}, {}):
            row = as_sent(LineId="506b831f66b52d18903feb9d4c5c47b6", **identity)
            assert plan([row]).results == [Accepted(0, "506b831f66b52d18903feb9d4c5c47b6", 1)]

    @pytest.mark.parametrize("identity", [{"Occurrence": 2}, {"Quantity": 7}])
    def test_a_line_id_that_is_of_another_line_is_an_error_of_its_row(self, identity: dict[str, Any]) -> None:
        [wrong] = plan([as_sent(LineId="506b831f66b52d18903feb9d4c5c47b6", **identity)]).results
        assert refused_fields(wrong) == {"LineId"}

    def test_every_wrong_field_and_every_unknown_name_is_told_at_once(self) -> None:
        [wrong] = plan([as_sent(Quantity="many", UnitPrice=Decimal("2.5555"), Country=..., Colour="red")]).results
        assert refused_fields(wrong) == {"Quantity", "UnitPrice", "Country", "'Colour'"}

    @pytest.mark.parametrize("row", [7, None, "row", [], True])
    def test_what_is_no_object_is_an_error_of_its_row_and_not_of_the_next(self, row: object) -> None:
        planned = plan([row, as_sent()])
        assert refused_fields(planned.results[0]) == {"row"}
        assert planned.positions == [1]

    def test_a_row_of_another_invoice_than_the_one_put_is_an_error_of_its_row(self) -> None:
        planned = plan([as_sent(), as_sent(InvoiceNo="C536365")], "536365")
        assert refused_fields(planned.results[1]) == {"InvoiceNo"}
        assert planned.positions == [0]

    def test_what_an_invoice_gives_can_be_put(self) -> None:
        lines = [a_line(), a_line(2), a_line(Description=None, CustomerID=None)]
        rows = wire.parse(wire.encode_all(lines))
        assert line_ids(plan(rows, "600001")) == [line.LineId for line in lines]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)
# rows that are nearly right: each of them has a field or two with a value of any kind
nearly_rows = st.builds(
    lambda wrong: fields_of() | wrong,
    st.dictionaries(st.sampled_from([*fields_of(), "Occurrence", "LineId", "Colour"]), json_values, max_size=2),
)


@given(st.lists(json_values | nearly_rows, min_size=1, max_size=8))
def test_every_row_has_one_result_and_only_lines_are_published(rows: Sequence[object]) -> None:
    try:
        planned = plan(rows)
    except BadRequest:
        carried = {row.get("Occurrence") is not None for row in rows if isinstance(row, dict)}
        assert carried == {True, False}
        return
    assert [result.index for result in planned.results] == list(range(len(rows)))
    accepted = [result.index for result in planned.results if isinstance(result, Accepted)]
    assert accepted == planned.positions
    lines = [wire.decode(value) for _, value in planned.messages]
    assert [line.LineId for line in lines] == line_ids(planned)
    assert [key.decode() for key, _ in planned.messages] == [line.InvoiceNo for line in lines]
    assert len(set(line_ids(planned))) == len(accepted)


@given(st.lists(order_lines, min_size=1, max_size=5, unique_by=lambda line: line.LineId))
def test_lines_that_were_posted_in_the_wire_form_are_published_byte_by_byte(lines: Sequence[Any]) -> None:
    planned = plan(posted_rows(wire.encode_all(lines), alone=True))
    assert [value for _, value in planned.messages] == [wire.encode(line) for line in lines]
