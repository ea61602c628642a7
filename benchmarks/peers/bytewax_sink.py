"""Kafka → S3 by bytewax, with a sink of a dozen lines: an object a batch, under a name of its own."""

import gzip
import os
from uuid import uuid4

import boto3
from bytewax import operators
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition


class _Objects(StatelessSinkPartition[KafkaSourceMessage[bytes | None, bytes | None]]):
    def __init__(self) -> None:
        self._s3 = boto3.client("s3")

    def write_batch(self, items: list[KafkaSourceMessage[bytes | None, bytes | None]]) -> None:
        body = gzip.compress(b"".join((item.value or b"") + b"\n" for item in items), 1)
        self._s3.put_object(Bucket=os.environ["BUCKET"], Key=f"{os.environ['PREFIX']}/{uuid4()}.jsonl.gz", Body=body)


class S3Sink(DynamicSink[KafkaSourceMessage[bytes | None, bytes | None]]):
    """A sink of objects."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Objects:
        """The sink of one worker."""
        return _Objects()


flow = Dataflow("archive")
source = KafkaSource([os.environ["BOOTSTRAP_SERVERS"]], [os.environ["TOPIC"]], batch_size=10_000)
operators.output("objects", operators.input("messages", flow, source), S3Sink())
