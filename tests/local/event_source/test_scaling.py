"""A partition whose messages fail stands still alone, once its mapping has been scaled up."""

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic

import pytest

from local.config import RunConfig
from local.event_source import scaling
from local.event_source.__main__ import EventSource
from local.event_source.feed import Feed, feeds_of
from local.event_source.poller import Poller
from local.event_source.scaling import Pollers
from local.platform import OnError
from local.platform import Topic as PlatformTopic
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import FAILED, eventually, serving

pytestmark = pytest.mark.parts


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
                lambda: len(service.invocations) >= 4 and len(topic.committed()) >= 2, lambda: service.invocations
            )
            monkeypatch.setattr(scaling, "SCALE_SECONDS", 0.0)
            await_committed(topic, {1: 1, 2: 1, 3: 1})
        finally:
            source.stop()
            thread.join()


def test_a_batch_that_is_given_up_adds_no_pollers(new_topic: Callable[..., Topic], feed: Callable[..., Runner]) -> None:
    topic = new_topic(partitions=4)
    topic.send({"value": b"1"})
    begin, stop, threads = Event(), Event(), list[Thread]()
    begin.set()

    def start(feed: Feed, number: int) -> Poller:
        poller = Poller(feed, number, begin, stop, lambda: None)
        threads.append(Thread(target=poller.run))
        threads[-1].start()
        return poller

    with serving(lambda _: FAILED) as (_, endpoint):
        runner = feed(topic, endpoint, on_error=OnError(most_retries=0))
        runner.topics = (PlatformTopic(topic.name, 4, {}),)
        [one] = feeds_of(RunConfig.load(runner.write_config()))
        pollers = Pollers(one, start)
        try:
            await_committed(topic, {0: 1})
            pollers.scale(monotonic() + 3_600)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert len(threads) == one.pollers == 2
