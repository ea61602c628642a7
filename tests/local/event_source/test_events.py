"""The consumers read the events that the event source writes."""

import json
from typing import cast

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, Message
from hypothesis import given
from hypothesis import strategies as st

from commerce import kafka_events
from local.event_source.events import EventFormat

ARN = "arn:aws:kafka:us-east-1:000000000000:cluster/tillstream/1"
FORMAT = EventFormat("order-lines", ARN, "127.0.0.1:9092")

TYPES = {TIMESTAMP_CREATE_TIME: "CREATE_TIME", TIMESTAMP_LOG_APPEND_TIME: "LOG_APPEND_TIME"}

Headers = list[tuple[str, str | bytes | None]]

headers = st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.none() | st.binary()), max_size=3)
messages = st.builds(
    lambda partition, key, value, headers, timestamp: Message(
        "order-lines", partition, 0, key, value, headers, None, timestamp
    ),
    st.integers(0, 5),
    st.none() | st.binary(max_size=20),
    st.none() | st.binary(max_size=60),
    st.none() | headers,
    st.tuples(st.sampled_from(sorted(TYPES)), st.integers(0, 2**53)),
)


def numbered(made: list[Message]) -> list[Message]:
    """The messages with offsets that rise, as in a partition."""
    return [
        Message("order-lines", m.partition(), offset, m.key(), m.value(), m.headers(), None, m.timestamp())
        for offset, m in enumerate(made)
    ]


def read(message: Message) -> kafka_events.Message:
    """The message as a consumer should read it."""
    kind, timestamp = message.timestamp()
    return kafka_events.Message(
        topic="order-lines",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        timestamp=timestamp,
        timestamp_type=TYPES[kind],
        key=message.key(),
        value=message.value(),
        headers=[
            {name: None if value is None else list(memoryview(value).cast("b"))}  # Java's bytes are signed
            for name, value in cast("list[tuple[str, bytes | None]]", message.headers() or [])
        ],
    )


@given(st.lists(messages, max_size=30).map(numbered))
def test_a_consumer_reads_the_very_messages_that_were_written_in_order_a_partition(made: list[Message]) -> None:
    event = json.loads(FORMAT.payload(FORMAT.records(made)))

    seen = {partition.partition: list(given) for partition, given in kafka_events.by_partition(event)}

    partitions = {message.partition() for message in made}
    assert seen == {p: [read(message) for message in made if message.partition() == p] for p in partitions}


@given(st.lists(messages, max_size=10).map(numbered))
def test_the_size_of_an_event_is_known_before_it_is_written(made: list[Message]) -> None:
    records = FORMAT.records(made)
    partitions = {record.partition for record in records}
    commas_after_the_last = bool(records) * (len(partitions) + 1)

    foretold = FORMAT.frame_bytes + sum(len(record.json) + 1 for record in records)
    foretold += sum(FORMAT.partition_bytes(partition) for partition in partitions)

    assert len(FORMAT.payload(records)) == foretold - commas_after_the_last


def test_the_event_has_the_fields_and_the_order_of_awss() -> None:
    first = Message("order-lines", 0, 15, b"536365", b"Hello", [("schema", b"\x01")], None, (2, 1545084650987))
    second = Message("order-lines", 3, 0, None, None, [("name", b"h\xc3\xab"), ("name", None)], None, (1, 7))

    assert FORMAT.payload(FORMAT.records([first, second])).decode() == (
        f'{{"eventSource":"aws:kafka","eventSourceArn":"{ARN}","bootstrapServers":"127.0.0.1:9092","records":{{'
        '"order-lines-0":[{"topic":"order-lines","partition":0,"offset":15,"timestamp":1545084650987,'
        '"timestampType":"LOG_APPEND_TIME","key":"NTM2MzY1","value":"SGVsbG8=","headers":[{"schema":[1]}]}],'
        '"order-lines-3":[{"topic":"order-lines","partition":3,"offset":0,"timestamp":7,'
        '"timestampType":"CREATE_TIME","key":null,"value":null,"headers":[{"name":[104,-61,-85]},{"name":null}]}]}}'
    )
