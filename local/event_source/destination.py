"""The on-failure destination of a mapping: the bucket that takes the batches that Lambda gives up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from commerce.dead_letters import BatchInfo, DeadLetter, RequestContext, ResponseContext, spans, written
from commerce.paths import dead_letter_key
from local.event_source.delivery import MILLISECONDS, Answer, GiveUp
from local.event_source.events import Record
from local.lambda_runtime import invocation
from local.platform import Mapping
from stores.s3.dead_letters import DeadLetters


@dataclass(frozen=True, slots=True)
class Destination:
    """Writes what a mapping gives up; without a bucket nothing keeps it."""

    mapping: Mapping
    function_arn: str
    bootstrap_servers: str
    letters: DeadLetters | None

    def take(self, given_up: GiveUp, payload: bytes, at: int) -> str | None:
        """Write the records, given up at this time in milliseconds since 1970, with their event to the bucket.

        Returns the reason if the bucket did not take them.
        """
        if self.letters is None:
            return None
        shard = f"{self.mapping.topic}-{given_up.records[0].partition}"
        key = dead_letter_key(self.mapping.uuid, shard, datetime.fromtimestamp(at / MILLISECONDS, UTC), str(uuid4()))
        try:
            self.letters.put(key, self.letter(given_up, payload, at))
        except (BotoCoreError, ClientError) as error:
            return str(error)
        return None

    def letter(self, given_up: GiveUp, payload: bytes, at: int) -> DeadLetter:
        """The dead letter of these records, given up at this time in milliseconds since 1970."""
        answer = given_up.answer
        return DeadLetter(
            request=RequestContext(
                (answer and answer.request_id) or str(uuid4()),
                self.function_arn,
                given_up.condition,
                given_up.invocations,
            ),
            response=response(answer) if answer else None,
            version="1.0",
            timestamp=written(at),
            batch=BatchInfo(
                len(given_up.records),
                self.mapping.cluster_arn,
                self.bootstrap_servers,
                len(payload),
                spans(origins(self.mapping.topic, given_up.records)),
            ),
            payload=payload.decode(),
        )


def response(answer: Answer) -> ResponseContext:
    """The function's answer as a dead letter holds it."""
    return ResponseContext(200, "$LATEST", None if answer.error is None else invocation.UNHANDLED)


def origins(topic: str, records: Sequence[Record]) -> list[tuple[str, int, int]]:
    """Partition, offset and time of each record, the partition as `topic-partition`."""
    return [(f"{topic}-{record.partition}", record.offset, record.timestamp) for record in records]
