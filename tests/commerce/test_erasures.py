"""An erasure chooses its messages by customer and LineId, and leaves a mark in the place of each."""

from commerce import raw
from commerce.erasures import as_kept, erased, is_mark, mark, marked_line
from commerce.filing import gzipped
from commerce.raw import RawLine, encode_line
from commerce.wire import encode
from tests.orders import a_line

LINE = a_line(CustomerID=17_850)
OTHER = a_line(CustomerID=17_850, Occurrence=2)
MESSAGE = RawLine(3, 42, 1_291_190_400_000, 1, b"536365", encode(LINE))


def test_of_an_erased_message_its_place_its_time_and_the_digest_of_its_line_are_left() -> None:
    [left] = raw.lines(gzipped(encode_line(as_kept(MESSAGE, {LINE.LineId}))))
    assert left == RawLine(3, 42, 1_291_190_400_000, 1, None, mark(LINE.LineId))
    assert marked_line(left.value) == LINE.LineId


def test_a_message_of_another_line_or_of_none_stays_byte_for_byte() -> None:
    named = b'{"note":"%b"}' % LINE.LineId.encode()
    for value in (encode(OTHER), b"not JSON", named, b'{"LineId":"%b"}' % LINE.LineId.encode(), None):
        message = RawLine(3, 42, 1_291_190_400_000, 1, b"536365", value)
        assert as_kept(message, {LINE.LineId}) == message
    assert as_kept(MESSAGE, frozenset()) == MESSAGE


def test_a_message_that_is_no_line_is_erased_without_a_line_id() -> None:
    left = erased(RawLine(0, 1, 2, None, b"?", b"customer 17850 called"), None)
    assert (left.value, is_mark(left.value), marked_line(left.value)) == (b'{"Erased":null}', True, None)
