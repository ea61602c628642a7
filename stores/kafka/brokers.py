"""Questions to Kafka's brokers, whose failures are all one error."""

from collections.abc import Callable
from typing import Final, TypeVar

from confluent_kafka import KafkaException

from commerce.errors import TillstreamError

NEVER_COMMITTED: Final = -1
"""The offset of a partition in which a group has committed nothing."""

Answer = TypeVar("Answer")


class BrokersSilent(TillstreamError):
    """Kafka did not answer, or refused; the message is Kafka's."""


def asked(ask: Callable[[], Answer], where: str, unreachable: type[TillstreamError] = BrokersSilent) -> Answer:
    """The answer of the brokers; raises `unreachable` if they refuse, or give none in the time that `ask` waits."""
    try:
        return ask()
    except KafkaException as error:
        raise unreachable(f"{where} does not answer: {error.args[0].str()}") from error
    except TimeoutError as error:  # of a future, whose time ends at the moment at which the client's own request ends
        raise unreachable(f"{where} does not answer in time") from error
