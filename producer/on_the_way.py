"""A warning for `invoice` and `customer`: messages that the consumer has not written to the tables yet."""

from typing import Final

from stores.target import Target

PATIENCE_SECONDS: Final = 3.0


def note(platform: Target) -> str:
    """A sentence that warns of messages not yet in the tables; empty if there are none.

    Ask before the tables are read, so that nothing arrives between the two unseen. A stack's brokers cannot be reached
    from outside its network, so the answer for a stack is always empty.
    """
    if not (platform.is_laptop and platform.bootstrap_servers and platform.order_tables_group):
        return ""
    from stores.kafka.brokers import (
        BrokersSilent,  # Kafka's client takes a while to import, and a stack has no use for it
    )
    from stores.kafka.lag import lag

    try:
        waiting = lag(
            platform.bootstrap_servers, platform.order_tables_group, platform.topic, seconds=PATIENCE_SECONDS
        ).messages
    except BrokersSilent as error:
        return f"whether all lines are in the tables is not known: {error}"
    return on_the_way(waiting)


def on_the_way(messages: int) -> str:
    """The sentence for this number of waiting messages.

    >>> on_the_way(1)
    '1 message is still on its way into the tables, so lines may be missing here: `tillstream status` shows what waits'
    >>> on_the_way(0)
    ''
    """
    if not messages:
        return ""
    subject = "1 message is still on its way" if messages == 1 else f"{messages:,} messages are still on their way"
    return f"{subject} into the tables, so lines may be missing here: `tillstream status` shows what waits"
