"""The topic of order lines: settings of Kafka clients, and a publisher that waits for acknowledgements.

On MSK a client proves itself by IAM: a signed token in place of a password (SASL_SSL, OAUTHBEARER). Anywhere else the
connection is plain. Which of the two, and where the brokers are, are settings.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from commerce.errors import MissingSetting
from commerce.traces import HEADER as TRACE_HEADER
from commerce.traces import sampled_root
from commerce.wire import SCHEMA, SCHEMA_HEADER

PLAINTEXT: Final = "PLAINTEXT"
MSK_IAM: Final = "MSK_IAM"

_MSK_HOST: Final = re.compile(r"\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com")
_REQUEST_SECONDS: Final = 5
_FULL_QUEUE_SECONDS: Final = 0.05

Settings = dict[str, Any]
Token = tuple[str, float]
KeyAndValue = tuple[bytes, bytes]
Headers = list[tuple[str, str | bytes | None]]


def client_settings(bootstrap_servers: str, security: str) -> Settings:
    """The settings of every Kafka client: servers and authentication; raises `MissingSetting`."""
    if security == PLAINTEXT:
        return {"bootstrap.servers": bootstrap_servers}
    if security != MSK_IAM:
        raise MissingSetting(f"kafka_security must be {PLAINTEXT} or {MSK_IAM}, found {security!r}")
    return {
        "bootstrap.servers": bootstrap_servers,
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "OAUTHBEARER",
        "oauth_cb": token_callback(msk_region(bootstrap_servers)),
        # MSK takes 100 new IAM connections a second a broker (t3.small: 4). librdkafka waits up to 25 % less than
        # its setting, so this is at least 1.1 s.
        "reconnect.backoff.ms": 1_500,
        "reconnect.backoff.max.ms": 6_000,
    }


def producer_settings(bootstrap_servers: str, security: str, delivery_seconds: float) -> Settings:
    """Settings of a producer whose acknowledged messages are in the topic once, in order, on every in-sync replica."""
    return client_settings(bootstrap_servers, security) | {
        "enable.idempotence": True,
        "acks": "all",
        # the partitioner of Kafka's Java clients, so that every client agrees on the partition of an invoice
        "partitioner": "murmur2_random",
        # 500 real rows a request: 58 bytes a row in the log, lz4 84, snappy 87, none 282; 1 us a row more CPU than lz4
        "compression.type": "zstd",
        # a request waits for its own rows: with librdkafka's 5 ms it publishes 38,000 rows/s in place of 120,000
        "linger.ms": 0,
        "message.timeout.ms": round(delivery_seconds * 1000),
        # shorter than the delivery, so that a broker that went silent is left for its successor in time
        "request.timeout.ms": round(min(_REQUEST_SECONDS, delivery_seconds) * 1000),
        "socket.timeout.ms": round(min(_REQUEST_SECONDS, delivery_seconds) * 1000),
        "socket.connection.setup.timeout.ms": _REQUEST_SECONDS * 1000,
        # Lambda freezes an idle environment and the broker closes its connections: nothing to report
        "log.connection.close": False,
    }


def reader_settings(bootstrap_servers: str, security: str) -> Settings:
    """Settings of a consumer that reads by `assign`, joins no group, commits nothing, and is notified of each end."""
    return client_settings(bootstrap_servers, security) | {
        # librdkafka wants a name even where no group is joined
        "group.id": "tillstream-reader",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        # 194,000 to 826,000 rows/s: by default a full queue is looked at again only after a second
        "fetch.queue.backoff.ms": 5,
    }


def msk_region(bootstrap_servers: str) -> str:
    """The region in the brokers' names of an MSK cluster; raises `MissingSetting` if there is none.

    >>> msk_region("b-1.orders.a1b2c3.c4.kafka.eu-central-1.amazonaws.com:9098")
    'eu-central-1'
    """
    found = _MSK_HOST.search(bootstrap_servers)
    if found is None:
        raise MissingSetting(f"{MSK_IAM} needs brokers of Amazon MSK, found {bootstrap_servers!r}")
    return found[1]


def token_callback(region: str, sign: Callable[[str], tuple[str, int]] | None = None) -> Callable[[str], Token]:
    """The token callback of librdkafka: returns a token signed for `region`, and its end in seconds since 1970.

    `sign` answers a token and its end in milliseconds; by default it is AWS's signer.
    """

    def token(_: str) -> Token:
        text, end_milliseconds = (sign or _sign)(region)
        return text, end_milliseconds / 1000

    return token


def _sign(region: str) -> tuple[str, int]:
    # here, since it imports boto3, which takes 125 ms and is of no use where the connection is plain
    from aws_msk_iam_sasl_signer import MSKAuthTokenProvider

    text, end_milliseconds = MSKAuthTokenProvider.generate_auth_token(region)
    return str(text), int(end_milliseconds)


def headers(trace: str = "") -> Headers:
    """A message's headers: the schema's version as one byte, and the root of a sampled X-Ray trace if there is one.

    >>> headers(), headers("Root=1-5e9a1f00-0123456789abcdef01234567;Parent=53;Sampled=1")[1]
    ([('schema', b'\\x01')], ('trace', b'1-5e9a1f00-0123456789abcdef01234567'))
    """
    schema: Headers = [(SCHEMA_HEADER, bytes([SCHEMA]))]
    root = sampled_root(trace)
    return [*schema, (TRACE_HEADER, root.encode())] if root else schema


class Publisher:
    """Publishes to one topic and reports which messages the broker acknowledged.

    Its producer is made on first use and lives as long as this object, but for a fatal error, after which the next
    call makes another. For one thread at a time.
    """

    def __init__(self, topic: str, settings: Mapping[str, Any], delivery_seconds: float) -> None:
        self._topic = topic
        # 1.4 of 4.9 us a message: a success is known by the producer's empty queue, and only a failure calls back
        self._settings = {**settings, "delivery.report.only.error": True}
        self._delivery_seconds = delivery_seconds
        self._producer: Producer | None = None

    def publish(self, messages: Sequence[KeyAndValue], headers: Headers) -> list[int]:
        """Send the messages in order and wait; returns the positions of those not acknowledged in time.

        What is left at the deadline is purged. Such a message may still have reached the topic, so whoever sends it
        again may deliver it twice, as the same line. Where it is unknown which were acknowledged, none was.
        """
        if not messages:
            return []
        delivery = _Delivery(monotonic() + self._delivery_seconds)
        producer = self._producer = self._producer or Producer(self._settings)
        try:
            sent = self._send(producer, messages, headers, delivery)
            # poll, not flush: after a fatal error flush calls on reports with the exception pending (SystemError)
            while len(producer) and (seconds := delivery.seconds_left()):
                producer.poll(seconds)
            if len(producer):
                producer.purge()
                producer.poll(0)
            judged = 0 if len(producer) else sent
        except KafkaException as error:
            judged = 0
            delivery.reasons.add(str(error.args[0]))
            # a producer that lost its place in the idempotent sequence refuses everything from then on
            if error.args[0].fatal():
                self._producer = None
        failed = [at for at, message in enumerate(messages[:judged]) if message in delivery.failed]
        unacknowledged = [*failed, *range(judged, len(messages))]
        if unacknowledged:
            report = {"topic": self._topic, "unacknowledged": len(unacknowledged), "reasons": sorted(delivery.reasons)}
            print(json.dumps(report))
        return unacknowledged

    def _send(
        self, producer: Producer, messages: Sequence[KeyAndValue], headers: Headers, delivery: "_Delivery"
    ) -> int:
        """Pass the messages to the producer; the number of those passed when the deadline came, or of all."""
        produce, topic, failed = producer.produce, self._topic, delivery.failure
        for position, (key, value) in enumerate(messages):
            while True:
                try:
                    produce(topic, value, key, on_delivery=failed, headers=headers)
                    break
                except BufferError:  # the producer's queue is full: served reports make room
                    if not delivery.seconds_left():
                        return position
                    producer.poll(_FULL_QUEUE_SECONDS)
        return len(messages)


class _Delivery:
    """The messages of one call that failed, by key and value: two equal ones are one line, and fail together."""

    def __init__(self, deadline: float) -> None:
        self.failed: set[tuple[object, object]] = set()
        self.reasons: set[str] = set()
        self._deadline = deadline

    def seconds_left(self) -> float:
        return max(0.0, self._deadline - monotonic())

    def failure(self, error: KafkaError | None, message: Message) -> None:
        self.failed.add((message.key(), message.value()))
        self.reasons.add(str(error))
