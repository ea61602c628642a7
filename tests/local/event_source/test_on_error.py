"""A batch that fails, through a real Kafka and into a real bucket, in provisioned mode."""

import json
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest

from local.platform import OnError
from stores.s3.dead_letters import DeadLetters
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import FAILED, TAKEN, serving
from tests.parts import S3
from tests.stores.servers import s3_client

pytestmark = pytest.mark.parts


@pytest.fixture
def letters(s3: S3) -> DeadLetters:
    """An empty bucket for dead letters."""
    client, bucket = s3_client(s3), f"dead-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return DeadLetters(client, bucket)


def test_a_poisoned_message_is_isolated_by_halving_retried_and_kept_as_a_dead_letter_while_the_rest_is_taken(
    new_topic: Callable[..., Topic], feed: Callable[..., Runner], letters: DeadLetters, s3: S3
) -> None:
    topic = new_topic()
    topic.send(*[{"key": b"k%d" % n, "value": b"poison" if n == 5 else b"%d" % n} for n in range(8)])
    on_error = OnError(bisects=True, most_retries=1, bucket=letters.bucket)

    with serving(lambda number: FAILED if number in (0, 2, 3, 5, 6) else TAKEN) as (service, endpoint):
        runner = replace(feed(topic, endpoint, window_seconds=1, on_error=on_error, uuid="1a-2b"), s3=s3)
        with runner.running():
            await_committed(topic, {0: 8})

    assert [one.offsets[0] for one in service.invocations] == [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [4, 5],
        [4],
        [5],
        [5],
        [6, 7],
    ]
    [key] = letters.keys()
    letter = letters.read(key)
    assert key.startswith(f"aws/lambda/1a-2b/{topic.name}-0/")
    assert (letter.request.condition, letter.request.approximate_invoke_count) == ("RetryAttemptsExhausted", 5)
    assert letter.request.function_arn == "arn:aws:lambda:us-east-1:000000000000:function:archive"
    assert json.loads(letter.payload) == json.loads(service.invocations[5].payload)
    assert [(message.offset, message.key, message.value) for message in letter.messages()] == [(5, b"k5", b"poison")]
