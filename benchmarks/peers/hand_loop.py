"""Kafka → S3 by hand: consume, gzip, put, commit.

The key is the start offset, so that a batch that comes again with the same border overwrites itself; nothing promises
that the border is the same.
"""

import gzip
import os
from itertools import groupby
from operator import methodcaller

import boto3
from confluent_kafka import Consumer

consumer = Consumer(
    {
        "bootstrap.servers": os.environ["BOOTSTRAP_SERVERS"],
        "group.id": os.environ["GROUP"],
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
consumer.subscribe([os.environ["TOPIC"]])
s3 = boto3.client("s3")
while True:
    messages = consumer.consume(10_000, 1)
    messages.sort(key=methodcaller("partition"))
    for partition, of_one in groupby(messages, methodcaller("partition")):
        batch = list(of_one)
        body = gzip.compress(b"".join((message.value() or b"") + b"\n" for message in batch), 1)
        key = f"{os.environ['PREFIX']}/{partition}/{batch[0].offset():020}.jsonl.gz"
        s3.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=body)
    if messages:
        consumer.commit(asynchronous=False)
