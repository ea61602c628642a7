"""The raw archive's lines: any message is written and read back, and only JSON objects stand as they are."""

import gzip
import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commerce.raw import Extent, RawLine, encode_line, is_verbatim, lines

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
decode_any_number = msgspec.json.Decoder(float_hook=str).decode  # 8e308 is JSON, though no double holds it
json_objects = st.dictionaries(st.text(), json_values, max_size=4)
values = st.none() | st.binary() | json_values.map(lambda value: json.dumps(value).encode("utf-8"))
raw_lines = st.builds(
    RawLine,
    st.integers(0, 2**31),
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**45),
    st.none() | st.integers(0, 255),
    st.none() | st.binary() | st.text().map(str.encode),
    values,
)


@given(st.lists(raw_lines))
@example([RawLine(0, 0, 0, 1, b"k", b'{"a": [8e308]}')])
def test_messages_come_back_byte_for_byte(messages: list[RawLine]) -> None:
    body = gzip.compress(b"".join(map(encode_line, messages)))
    assert list(lines(body)) == messages


@given(raw_lines)
def test_a_line_is_one_json_object_of_the_documented_names(message: RawLine) -> None:
    text = encode_line(message)
    assert text.count(b"\n") == 1
    names = list(json.loads(text))
    assert names[:4] == ["Partition", "Offset", "Timestamp", "Schema"]
    assert names[4] in ("Key", "KeyBytes")
    assert names[5:] in (["Line"], ["Bytes"])


@given(json_objects, st.booleans())
def test_a_json_object_stands_as_it_is(value: dict[str, object], ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii).encode("utf-8", "replace")
    assert is_verbatim(text)
    assert encode_line(RawLine(0, 0, 0, 1, b"k", text)).endswith(b'"Line":' + text + b"}\n")


@given(st.binary())
def test_what_stands_as_it_is_is_a_json_object_to_others_too(value: bytes) -> None:
    for candidate in (value, b'{"a":' + value + b"}", b'{"a":"' + value + b'"}'):
        if is_verbatim(candidate):
            assert isinstance(json.loads(candidate.decode("utf-8"), parse_constant=_refuse), dict)
            assert b"\n" not in candidate


@example({"": [8308]}, 7, 0, "e")
@given(json_objects, st.integers(0, 200), st.integers(0, 2), st.sampled_from(list('{}[],:"\\0-.eu \t')))
def test_an_object_that_was_damaged_is_carried_as_bytes_or_is_still_one(
    value: dict[str, object], at: int, cut: int, put: str
) -> None:
    text = json.dumps(value)
    damaged = text[: at % len(text)] + put + text[at % len(text) + cut :]
    try:
        readable = isinstance(decode_any_number(damaged), dict)
    except msgspec.DecodeError:
        readable = False
    assert is_verbatim(damaged.encode()) == readable


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b'"a"',
        b"null",
        b'{"a":1}{}',
        b'{"a":NaN}',
        b'{"a":01}',
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',  # a surrogate in UTF-8
        b'{"a":"\\ud800"}',  # no Unicode text
        b'{"\\ud800":1}',
        b'{"a":{"\\udc00":1}}',
        b'{"\\x":1}',
        b'{"a":1,}',
        b'{"a":[1,}]}',
        b"{1:1}",
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":\n1}',
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a":' * 101 + b"1" + b"}" * 101,
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        b"\x1f\x8b\x08",
    ],
)
def test_anything_else_is_carried_as_bytes(value: bytes) -> None:
    assert not is_verbatim(value)


NEARLY_TOO_DEEP = [
    b'{"a":' * 100 + b"1" + b"}" * 100,
    b'{"a":[' + b",".join([b"[]"] * 1_000) + b"]}",
    b'{"a":"' + b"[" * 1_000 + b'\\"{"}',
]


@pytest.mark.parametrize(
    "value", [b"{}", b' {"a": 1e999}\t\r', b'{"a":1,"a":2}', b'{"a":%b}' % (b"9" * 5_000), *NEARLY_TOO_DEEP]
)
def test_a_json_object_needs_no_meaning_to_stand_as_it_is(value: bytes) -> None:
    assert is_verbatim(value)


@pytest.mark.parametrize("depth", [99, 100, 500, *range(940, 1_000), 5_000])
def test_what_was_written_is_read_however_deep_it_is_nested_and_wherever_it_is_read(depth: int) -> None:
    """A message that only some readers could read would stop the batch path for good."""
    messages = [RawLine(0, 0, 0, 1, b"k", b'{"a":' * depth + b"1" + b"}" * depth)]
    body = gzip.compress(b"".join(map(encode_line, messages)))

    def below(frames: int) -> list[RawLine]:
        return below(frames - 1) if frames else list(lines(body))

    assert below(200) == messages


def test_an_extent_is_read_back_from_metadata() -> None:
    extent = Extent(9, 4, "ab", 7, 8)
    assert Extent.of(extent.metadata()) == extent
    assert extent.metadata() == {
        "next-offset": "9",
        "count": "4",
        "sha256": "ab",
        "first-timestamp": "7",
        "greatest-timestamp": "8",
    }


def _refuse(constant: str) -> None:
    raise ValueError(constant)
