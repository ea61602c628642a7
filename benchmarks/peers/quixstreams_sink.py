"""Kafka → S3 by quixstreams' own S3FileSink: JSON lines, compressed, an object a partition and commit."""

import os

from quixstreams import Application
from quixstreams.sinks.community.file.formats import JSONFormat
from quixstreams.sinks.community.file.s3 import S3FileSink

app = Application(
    broker_address=os.environ["BOOTSTRAP_SERVERS"],
    consumer_group=os.environ["GROUP"],
    auto_offset_reset="earliest",
    commit_interval=1.0,
    loglevel="WARNING",
)
sink = S3FileSink(os.environ["BUCKET"], directory=os.environ["PREFIX"], format=JSONFormat(compress=True))
app.dataframe(app.topic(os.environ["TOPIC"], value_deserializer="json")).sink(sink)

if __name__ == "__main__":
    app.run()
