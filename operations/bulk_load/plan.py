"""The price of a bulk load of empty tables, and the requests that start it. Pure."""

from decimal import Decimal
from typing import Any, Final

import msgspec

from commerce.batches.paths import export_prefix
from commerce.batches.records import Export
from console.counts import counted
from operations.cost.prices import Prices

PAGE: Final = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
"""The page on which AWS gives the price of a gigabyte of "bulk put items"."""

WRITES_A_SUMMARY: Final = 2
"""The writes of an item of Customers: its local index is written too."""

_GIGABYTE: Final = Decimal(1024**3)


class Price(msgspec.Struct, frozen=True):
    """Dollars that a bulk load costs, None without a price of a gigabyte, and those of writing the items one by one."""

    gigabytes: Decimal
    bulk: Decimal | None
    written: Decimal


def price(export: Export, prices: Prices, a_gigabyte: Decimal | None) -> Price:
    """The price of loading an export. An index is loaded and paid beside its table: its items count twice, at most."""
    gigabytes = export.bytes / _GIGABYTE
    writes = export.lines + WRITES_A_SUMMARY * export.summaries
    return Price(
        gigabytes,
        None if a_gigabyte is None else gigabytes * a_gigabyte,
        writes * prices.price("dynamodb-writes").amount / 1_000_000,
    )


def sentences(export: Export, its: Price, prices: Prices) -> list[str]:
    """The plan and its price in words."""
    writes = prices.price("dynamodb-writes")
    if its.bulk is not None:
        bulk = f"the bulk load costs ${its.bulk:,.4f}"
    else:
        bulk = f"the price of a bulk load is not known here: --dollars-per-gb gives it, from {PAGE}"
    return [
        f"{counted(export.lines, 'line')} and {counted(export.summaries, 'summary', 'summaries')} of "
        f"{counted(len(export.batches), 'batch', 'batches')}, "
        f"{its.gigabytes:.6f} GB as DynamoDB counts items, at most, for two empty tables",
        bulk,
        f"`load_tables --again --all` would cost ${its.written:,.4f} in writes ({writes.source}, {writes.date})",
    ]


def request(export: Export, bucket: str, table: str, name: str) -> dict[str, Any]:
    """The request that starts the bulk load of one table: `table` as in the export's prefixes, `name` DynamoDB's."""
    prefix = export_prefix(export.export, table)
    return {
        "TableName": name,
        "ClientToken": f"{export.export}-{table}",
        "InputS3Configuration": {
            "S3Bucket": bucket,
            "S3KeyPrefix": prefix,
            "InputFormat": "DYNAMODB_JSON",
            "InputCompressionType": "GZIP",
        },
        "OutputS3Configuration": {
            "S3Bucket": bucket,
            "S3KeyPrefix": f"{prefix.rstrip('/')}-errors/",
            "OutputType": ["ERROR"],
        },
    }
