"""Dead letters in a real bucket."""

from uuid import uuid4

import pytest

from commerce.dead_letters import BatchInfo, DeadLetter, MalformedDeadLetter, RequestContext
from commerce.paths import dead_letter_key
from stores.s3.dead_letters import DeadLetters
from tests.parts import S3
from tests.stores.servers import s3_client

LETTER = DeadLetter(
    request=RequestContext("id", "arn", "RetryAttemptsExhausted", 6),
    response=None,
    version="1.0",
    timestamp="2010-12-01T08:26:00.000Z",
    batch=BatchInfo(1, "arn", "servers", 2, {}),
    payload="{}",
)


@pytest.mark.parts
def test_what_is_put_is_listed_read_and_deleted_and_other_objects_are_left_alone(s3: S3) -> None:
    client, bucket = s3_client(s3), f"lake-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    letters, key = DeadLetters(client, bucket), dead_letter_key("1a", "order-lines-3", LETTER.at, "2b")
    letters.put(key, LETTER)
    client.put_object(Bucket=bucket, Key="aws/lambda/other", Body=b"another's")
    client.put_object(Bucket=bucket, Key="raw/other", Body=b"another's")

    assert (list(letters.keys()), letters.read(key)) == ([key, "aws/lambda/other"], LETTER)
    with pytest.raises(MalformedDeadLetter):
        letters.read("aws/lambda/other")
    letters.delete(key)
    letters.delete(key)
    assert list(letters.keys()) == ["aws/lambda/other"]
