"""A Lambda consumer by Powertools: its `kafka_consumer`, which turns each message into a pydantic model.

It reads one event from stdin, handles it several times, and prints the messages and the processor seconds of that.
"""

import json
import sys
from datetime import datetime
from decimal import Decimal
from time import process_time
from typing import Any

from aws_lambda_powertools.utilities.kafka import ConsumerRecords, SchemaConfig, kafka_consumer
from pydantic import BaseModel

TIMES = 3


class Line(BaseModel):
    """The fields, without identity."""

    InvoiceNo: str
    StockCode: str
    Description: str | None
    Quantity: int
    InvoiceDate: datetime
    UnitPrice: Decimal
    CustomerID: float | None
    Country: str


@kafka_consumer(schema_config=SchemaConfig(value_schema_type="JSON", value_output_serializer=Line))
def handler(event: ConsumerRecords, context: Any) -> int:
    """Take each message as a model."""
    return sum(1 for record in event.records if record.value.InvoiceNo)


def handled(text: bytes) -> tuple[int, float]:
    """The messages and the processor seconds of the parsed event, its release included; AWS's client has parsed it."""
    event = json.loads(text)
    began = process_time()
    messages = handler(event, None)
    del event
    return messages, process_time() - began


if __name__ == "__main__":
    given = sys.stdin.buffer.read()
    handled(given)
    times = [handled(given) for _ in range(TIMES)]
    print(json.dumps({"rows": sum(rows for rows, _ in times), "seconds": sum(seconds for _, seconds in times)}))
