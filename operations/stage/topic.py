"""A deployed stage's topic as its API shows it: the brokers themselves are reached from inside the VPC alone."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode

from commerce import wire
from commerce.raw import RawLine
from operations.errors import StoreUnreachable
from operations.stage.looking import pipeline
from operations.stage.state import PipelineSeen
from operations.topic import Topic
from producer.api import Connection
from producer.errors import NoAnswer
from producer.replay.plan import detail
from stores.target import Target

SECONDS: Final = 2.0
"""The API repeats the pipeline's state for so long."""

PAGE: Final = 100


class StageTopic(Topic):
    """A topic whose bounds, consumer groups and unread messages the API gives; raises `StoreUnreachable`.

    What it reads are lines, not the bytes of the messages: it serves to say what is due, not as the hop `topic`.
    """

    def __init__(self, target: Target, connection: Connection) -> None:
        """A topic that is asked by this connection."""
        super().__init__(target)
        self._api = connection
        self._seen: tuple[float, PipelineSeen] | None = None

    def partitions(self) -> list[int]:
        """The topic's partitions."""
        return sorted(it.partition for it in self._now().topic.partitions)

    def bounds(self, partition: int) -> tuple[int, int]:
        """The partition's first offset, and the offset of its next message."""
        return next((it.start, it.end) for it in self._now().topic.partitions if it.partition == partition)

    def committed_by(self, group: str) -> Mapping[int, int]:
        """The group's next offset in each partition; where it has read everything, the partition's end."""
        seen = self._now()
        unread = {place.partition: place.offset for it in seen.consumers if it.group == group for place in it.unread}
        return {it.partition: unread.get(it.partition, it.end) for it in seen.topic.partitions}

    def read(self, partition: int, start: int, end: int) -> Iterator[RawLine]:
        """The messages from `start` to before `end`, each with its line written anew."""
        while start < end:
            found = self._asked_for(partition, start, min(PAGE, end - start))
            for it in found["messages"]:
                yield _raw_line(it)
            if found["read"]["to"] <= start:
                return
            start = found["read"]["to"]

    def _now(self) -> PipelineSeen:
        """The pipeline's state, asked again once the last answer is too old."""
        if self._seen is None or monotonic() - self._seen[0] > SECONDS:
            self._seen = (monotonic(), pipeline(self._api))
        return self._seen[1]

    def _asked_for(self, partition: int, offset: int, limit: int) -> Any:
        path = f"/topic/messages?{urlencode({'partition': partition, 'offset': offset, 'limit': limit})}"
        try:
            answer = self._api.get(path)
        except NoAnswer as error:
            raise StoreUnreachable(str(error)) from error
        if answer.status != 200:
            raise StoreUnreachable(f"the API answers {answer.status} to GET {path}: {detail(answer.body)}")
        return wire.parse(answer.body)


def _raw_line(it: Mapping[str, Any]) -> RawLine:
    """The message in the API's answer."""
    value = wire.encode_answer(it["line"]) if it["line"] is not None else None
    if value is None and it["text"] is not None:
        value = it["text"].encode()
    at = round(datetime.fromisoformat(it["at"]).timestamp() * 1000)
    key = None if it["key"] is None else it["key"].encode()
    return RawLine(it["partition"], it["offset"], at, it["schema"], key, value)
