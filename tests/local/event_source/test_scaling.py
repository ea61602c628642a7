"""A partition whose messages fail stands still alone, once its mapping has been scaled up."""

from collections.abc import Callable
from threading import Thread

import pytest

from local.config import RunConfig
from local.event_source import scaling
from local.event_source.__main__ import EventSource
from local.platform import Topic as PlatformTopic
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import eventually, serving


@pytest.mark.parts
def test_the_other_partitions_of_a_poller_go_on_when_one_fails_for_long(
    new_topic: Callable[..., Topic], feed: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = new_topic(partitions=4)
    topic.send(*[{"value": b"1", "partition": number} for number in range(4)])
    with serving(poisoned=0) as (service, endpoint):
        runner = feed(topic, endpoint, window_seconds=1)
        runner.topics = (PlatformTopic(topic.name, 4, {}),)
        source = EventSource(RunConfig.load(runner.write_config()))
        thread = Thread(target=source.run)
        thread.start()
        try:
            # two pollers: one of them has the poisoned partition and another
            eventually(
                lambda: len(service.invocations) >= 4 and len(topic.committed()) == 2, lambda: service.invocations
            )
            monkeypatch.setattr(scaling, "SCALE_SECONDS", 0.0)
            await_committed(topic, {1: 1, 2: 1, 3: 1})
        finally:
            source.stop()
            thread.join()
