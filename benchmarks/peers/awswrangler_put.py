"""Lines → DynamoDB by awswrangler's put_df: a random key a row, no check, no summary.

    awswrangler_put.py ROWS FILE.csv …

It prints the seconds of the write. Reading the files is not part of them.
"""

import os
import sys
from decimal import Decimal
from time import perf_counter
from uuid import uuid4

import awswrangler
import pandas

count, paths = int(sys.argv[1]), sys.argv[2:]
frames = [pandas.read_csv(path, dtype=str, encoding="latin-1") for path in paths]
rows = pandas.concat(frames).head(count).astype(object)
rows = rows.where(rows.notna(), None)
rows["InvoiceNo"], rows["LineKey"] = (
    [int(number.lstrip("ACc")) for number in rows["InvoiceNo"]],
    [f"{number}#{code}#{uuid4().hex}" for number, code in zip(rows["InvoiceNo"], rows["StockCode"], strict=True)],
)
rows["Quantity"] = [int(quantity) for quantity in rows["Quantity"]]
rows["UnitPrice"] = [Decimal(price) for price in rows["UnitPrice"]]
awswrangler.config.dynamodb_endpoint_url = os.environ["ENDPOINT"]
began = perf_counter()
awswrangler.dynamodb.put_df(rows, os.environ["TABLE"])
print(perf_counter() - began)
