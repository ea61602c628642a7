"""The publisher and the client settings, against settings' rules and against a real broker."""

from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from commerce.errors import MissingSetting
from commerce.partitioning import murmur2, partition_of
from local.parts.ports import LOOPBACK, free_port
from stores.kafka.topic import (
    MSK_IAM,
    PLAINTEXT,
    KeyAndValue,
    Publisher,
    client_settings,
    headers,
    producer_settings,
    reader_settings,
    token_callback,
)
from tests.brokers import Broker, a_broker, a_topic, messages

MSK = ",".join(f"b-{broker}.orders.a1b2c3.c4.kafka.eu-central-1.amazonaws.com:9098" for broker in (1, 2))


def a_publisher(servers: str, topic: str, delivery_seconds: float = 300, **settings: object) -> Publisher:
    """A publisher; settings' names have underscores for points."""
    extra: dict[str, Any] = {name.replace("_", "."): value for name, value in settings.items()}
    return Publisher(topic, producer_settings(servers, PLAINTEXT, delivery_seconds) | extra, delivery_seconds)


def some_messages(count: int, keys: int = 40, word: str = "value") -> list[KeyAndValue]:
    return [(b"%d" % (536365 + position % keys), f"{word} {position}".encode()) for position in range(count)]


# from Kafka's own UtilsTest
@pytest.mark.parametrize(
    ("text", "signed"),
    [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("abc", 479470107)],
)
def test_murmur2_is_that_of_kafkas_java_clients(text: str, signed: int) -> None:
    assert murmur2(text.encode()) == signed & 0xFFFFFFFF


def test_a_plain_connection_needs_the_servers_only() -> None:
    assert client_settings("127.0.0.1:9092", PLAINTEXT) == {"bootstrap.servers": "127.0.0.1:9092"}


def test_another_security_than_the_two_is_refused_by_name() -> None:
    with pytest.raises(MissingSetting, match="SASL_SSL"):
        client_settings("127.0.0.1:9092", "SASL_SSL")


def test_iam_at_brokers_that_are_not_amazons_is_refused() -> None:
    with pytest.raises(MissingSetting, match=r"127\.0\.0\.1:9092"):
        client_settings("127.0.0.1:9092", MSK_IAM)


def test_a_client_of_msk_waits_a_second_before_it_connects_again_even_after_jitter() -> None:
    settings = client_settings(MSK, MSK_IAM)
    assert settings["security.protocol"] == "SASL_SSL"
    assert settings["sasl.mechanisms"] == "OAUTHBEARER"
    assert settings["reconnect.backoff.ms"] * 0.75 >= 1_000


@pytest.mark.parametrize("settings", [producer_settings(MSK, MSK_IAM, 15), reader_settings(MSK, MSK_IAM)])
def test_every_client_of_msk_asks_for_tokens(settings: dict[str, Any]) -> None:
    assert callable(settings["oauth_cb"])


def test_a_token_ends_in_seconds_though_amazons_signer_counts_milliseconds() -> None:
    asked = []

    def sign(region: str) -> tuple[str, int]:
        asked.append(region)
        return "signed", 1_291_190_400_500

    assert token_callback("eu-central-1", sign)("") == ("signed", 1_291_190_400.5)
    assert asked == ["eu-central-1"]


def test_amazons_signer_signs_for_the_clusters_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    token, _ = client_settings(MSK, MSK_IAM)["oauth_cb"]("")
    assert "kafka.eu-central-1.amazonaws.com" in urlsafe_b64decode(token + "==").decode()


def test_a_trace_that_is_not_sampled_adds_no_header() -> None:
    assert headers("Root=1-5e9a1f00-0123456789abcdef01234567;Parent=53;Sampled=0") == [("schema", b"\x01")]


def test_nothing_to_publish_needs_no_broker() -> None:
    assert a_publisher(f"{LOOPBACK}:1", "order-lines").publish([], headers()) == []


@pytest.mark.parts
class TestWithABroker:
    def test_every_message_lies_where_javas_clients_would_look_for_it_in_the_order_it_was_given(
        self, kafka: str
    ) -> None:
        topic, sent = a_topic(kafka), some_messages(500)
        assert a_publisher(kafka, topic).publish(sent, headers()) == []
        found = messages(kafka, topic)
        expected = sorted(range(500), key=lambda at: (partition_of(sent[at][0], 6), at))
        assert [(message.partition(), message.key(), message.value()) for message in found] == [
            (partition_of(sent[at][0], 6), *sent[at]) for at in expected
        ]
        assert {tuple(message.headers() or ()) for message in found} == {(("schema", b"\x01"),)}

    def test_one_producer_serves_all_requests(self, kafka: str) -> None:
        topic = a_topic(kafka)
        publisher, producers = a_publisher(kafka, topic), set()
        for request in range(5):
            assert publisher.publish(some_messages(20, word=f"request {request}"), headers()) == []
            producers.add(publisher._producer)
        assert len(producers) == 1
        assert len(messages(kafka, topic)) == 100

    def test_a_full_queue_is_waited_for(self, kafka: str) -> None:
        topic, sent = a_topic(kafka, partitions=1), some_messages(300)
        publisher = a_publisher(kafka, topic, queue_buffering_max_messages=10)
        assert publisher.publish(sent, headers()) == []
        assert [message.value() for message in messages(kafka, topic)] == [value for _, value in sent]

    def test_a_topic_that_is_not_there_acknowledges_nothing(self, kafka: str) -> None:
        publisher = a_publisher(kafka, "no-such-topic", delivery_seconds=2, topic_metadata_propagation_max_ms=200)
        assert publisher.publish(some_messages(3), headers()) == [0, 1, 2]

    def test_a_broker_that_is_not_there_costs_the_delivery_seconds_and_no_more(self) -> None:
        publisher = a_publisher(f"{LOOPBACK}:{free_port()}", "order-lines", delivery_seconds=1)
        begun = monotonic()
        assert publisher.publish(some_messages(3), headers()) == [0, 1, 2]
        assert 0.9 < monotonic() - begun < 30

    def test_a_fatal_error_discards_the_producer_and_the_next_request_makes_another(self, kafka: str) -> None:
        topic = a_topic(kafka, partitions=1, **{"max.message.bytes": "1000"})
        # with this guarantee librdkafka calls a refused message fatal, as it always does a lost place in the sequence
        publisher = a_publisher(kafka, topic, enable_gapless_guarantee=True, compression_type="none")
        assert publisher.publish(some_messages(5, word="before"), headers()) == []
        assert publisher.publish([(b"536365", b"x" * 2_000)], headers()) == [0]
        assert publisher.publish(some_messages(5, word="after"), headers()) == []
        assert [message.value() for message in messages(kafka, topic)] == [
            value for word in ("before", "after") for _, value in some_messages(5, word=word)
        ]

    def test_a_message_that_the_broker_refuses_is_the_only_one_not_acknowledged(self, kafka: str) -> None:
        topic = a_topic(kafka, partitions=6, **{"max.message.bytes": "1000"})
        publisher = a_publisher(kafka, topic, compression_type="none")
        small = some_messages(20)
        elsewhere = {murmur2(key) & 0x7FFFFFFF for key, _ in small[:2]}
        sent = [*small[:2], (b"refused", b"x" * 2_000), *small[:2]]
        assert (murmur2(b"refused") & 0x7FFFFFFF) % 6 not in {hashed % 6 for hashed in elsewhere}
        assert publisher.publish(sent, headers()) == [2]
        assert [message.value() for message in messages(kafka, topic)] == [b"value 0"] * 2 + [b"value 1"] * 2

    def test_what_was_given_up_is_not_sent_behind_the_next_requests_back(self) -> None:
        publisher = a_publisher(
            f"{LOOPBACK}:{free_port()}", "order-lines", delivery_seconds=0.5, message_timeout_ms=60_000
        )
        publisher.publish(some_messages(3), headers())
        assert publisher._producer is not None
        assert len(publisher._producer) == 0


@pytest.fixture(scope="module")
def broker(parts_folder: Path) -> Iterator[Broker]:
    with a_broker(parts_folder / "hanging-kafka") as broker:
        yield broker


@pytest.mark.parts
class TestWithABrokerThatHangs:
    def test_its_messages_are_not_acknowledged_and_sent_again_they_are_and_none_is_lost(self, broker: Broker) -> None:
        topic = a_topic(broker.servers)
        publisher = a_publisher(broker.servers, topic, delivery_seconds=2)
        before, hung = some_messages(50, word="before"), some_messages(50, word="hung")
        tries = until_acknowledged(publisher, before)
        with broker.paused():
            begun = monotonic()
            assert publisher.publish(hung, headers()) == list(range(50))
            assert 1.5 < monotonic() - begun < 40
        again = until_acknowledged(publisher, hung)
        values = [message.value() for message in messages(broker.servers, topic)]
        assert set(values) == {value for _, value in before + hung}
        assert len(values) <= 50 * (tries + 1 + again)  # a message that was given up may have arrived, each try once


def until_acknowledged(publisher: Publisher, sent: list[KeyAndValue]) -> int:
    """Send again what was not acknowledged, as a client does; answers how often."""
    deadline, tries = monotonic() + 300, 0
    while sent:
        assert monotonic() < deadline, f"{len(sent)} messages were not acknowledged in {tries} tries"
        sent = [sent[at] for at in publisher.publish(sent, headers())]
        tries += 1
    return tries
