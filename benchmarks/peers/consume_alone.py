"""The limit of every sink: consume, and nothing else. It prints the rows once it has had them all."""

import os
import sys

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
seen = 0
while seen < int(sys.argv[1]):
    seen += len(consumer.consume(10_000, 1))
print(seen)
