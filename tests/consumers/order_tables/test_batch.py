"""A batch of messages gives the lines to put and the messages to quarantine."""

import json

import pytest

from commerce import wire
from consumers.order_tables.batch import groups, read
from tests.consumers.kafka import NOON, a_message, line_messages
from tests.orders import a_line

GOOD = wire.encode(a_line())


def test_good_lines_around_a_bad_message_are_lines_still() -> None:
    lines = [a_line(), a_line(Occurrence=2)]
    first, last = line_messages(lines)
    batch = read([first, a_message(7, b"no line"), last])
    assert batch.lines == lines
    assert [message.Offset for message in batch.refused] == [7]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "value null: must be one JSON object"),
        (b"[1]", "value [1]: must be one JSON object"),
        (GOOD[:-1], "value '"),
        (GOOD.replace(b'"Quantity":6', b'"Quantity":7'), "LineId "),  # content and id no longer agree
        (GOOD.replace(b'"Quantity":6', b'"Quantity":0.5'), "Quantity 0.5: "),
        (GOOD.replace(b',"Occurrence":1', b""), "Occurrence missing: "),
    ],
)
def test_a_message_that_is_no_order_line_is_set_aside_with_its_reason(value: bytes | None, reason: str) -> None:
    (refused,) = read([a_message(0, value)]).refused
    assert str(refused.Reasons[0]).startswith(reason)


def test_what_is_set_aside_is_the_message_its_origin_and_why() -> None:
    (refused,) = read([a_message(42, b"\xff", partition=3)]).refused
    assert refused.key == f"quarantine/stream/order-lines/3/42-{NOON + 42_000}.json"
    stored = json.loads(refused.body)
    assert {name: stored[name] for name in stored if name != "Reasons"} == {
        "Topic": "order-lines",
        "Partition": 3,
        "Offset": 42,
        "Timestamp": NOON + 42_000,
        "Key": "NTM2MzY1",
        "Payload": "/w==",
    }
    assert stored["Reasons"][0].keys() == {"field", "value", "rule"}


def test_the_same_message_is_set_aside_as_the_same_bytes() -> None:
    once, again = read([a_message(1, b"x")]), read([a_message(0, b"y"), a_message(1, b"x")])
    assert once.refused[0].body == again.refused[1].body


@pytest.mark.parametrize(
    ("invoices", "expected"),
    [
        ("", []),
        ("aabbcc", ["aabb", "cc"]),
        ("abcabc", ["aabb", "cc"]),
        ("aaaaabb", ["aaaa", "abb"]),
        ("abbbbbbbbb", ["a", "bbbb", "bbbb", "b"]),
    ],
)
def test_lines_make_groups_in_which_an_invoice_stands_together_where_it_fits(
    invoices: str, expected: list[str]
) -> None:
    lines = [a_line(InvoiceNo=str(ord(letter)), StockCode=f"S{n}") for n, letter in enumerate(invoices)]
    made = list(groups(lines, 4))
    assert ["".join(chr(int(line.InvoiceNo)) for line in group) for group in made] == expected
    assert sorted(line.StockCode for group in made for line in group) == sorted(line.StockCode for line in lines)
