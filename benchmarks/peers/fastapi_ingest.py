"""A REST → Kafka service as written by hand in an afternoon: FastAPI, a pydantic model, a flush a request."""

import os
from datetime import datetime
from decimal import Decimal

from confluent_kafka import Producer
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()
producer = Producer({"bootstrap.servers": os.environ["BOOTSTRAP_SERVERS"], "acks": "all", "enable.idempotence": True})


class Line(BaseModel):
    """The fields, without identity."""

    InvoiceNo: str
    StockCode: str
    Description: str | None
    Quantity: int
    InvoiceDate: datetime
    UnitPrice: Decimal
    CustomerID: int | None
    Country: str


@app.post("/order-lines", status_code=202)
def publish(lines: list[Line]) -> dict[str, int]:
    """Publish the rows and wait for the broker."""
    for line in lines:
        producer.produce(os.environ["TOPIC"], line.model_dump_json().encode(), line.InvoiceNo.encode())
    if producer.flush(15):
        raise HTTPException(503)
    return {"accepted": len(lines)}
