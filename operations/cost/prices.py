"""Prices read from a file: each with its unit, its source and the day on which it was noted."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from operations.errors import Refused

NOTED: Final = Path(__file__).with_name("prices.toml")
ASSUMED: Final = (
    "job_minutes", "warehouse_minutes", "hours_a_month", "broker_log_mb",
    "rows_a_request", "rows_an_invoice", "request_seconds", "ingest_seconds_a_row", "archive_seconds_a_row",
    "tables_seconds_a_row", "curate_seconds_a_row", "store_seconds_a_batch", "dynamodb_seconds", "requests_at_once",
    "lambda_core", "mb_a_core", "glue_core", "warehouse_rows_a_second", "bytes_a_message", "bytes_in_an_event",
    "bytes_an_item", "bytes_in_raw", "bytes_in_lake", "bytes_a_warehouse_row", "log_bytes_a_call", "kept_months",
    "peak",
)  # fmt: skip
"""The names of the assumptions, all of which a file must state."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit of something."""

    amount: Decimal
    unit: str
    source: str
    date: date


@dataclass(frozen=True, slots=True)
class Prices:
    """All prices by name, and the assumed sizes and durations."""

    prices: Mapping[str, Price]
    assumed: Mapping[str, Decimal]

    def price(self, name: str) -> Price:
        """The price of this name; raises `Refused` if it is not noted."""
        if name not in self.prices:
            raise Refused(f"no price is noted for {name}: add it to {NOTED.name}, with its source and date")
        return self.prices[name]

    def an_hour(self, name: str) -> Decimal:
        """Dollars an hour for one unit of a price by the hour or by the month."""
        price = self.price(name)
        return price.amount / self.assumed["hours_a_month"] if "month" in price.unit else price.amount


def read(file: Path = NOTED) -> Prices:
    """The prices in a file; raises `Refused` naming its first error."""
    try:
        stored = tomllib.loads(file.read_text("utf-8"), parse_float=Decimal)
        prices = {name: _price(entry) for name, entry in stored["price"].items()}
        assumed = {name: Decimal(stored["assumed"][name]) for name in ASSUMED}
    except (OSError, tomllib.TOMLDecodeError, KeyError, ArithmeticError, TypeError, ValueError) as error:
        raise Refused(f"{file} is not a list of prices: {type(error).__name__}: {error}") from error
    return Prices(prices, assumed)


def _price(entry: Mapping[str, Any]) -> Price:
    """One price of the file, with all four of its fields."""
    if not isinstance(entry["date"], date):
        raise ValueError(f"date is {entry['date']!r}")
    return Price(Decimal(entry["amount"]), str(entry["unit"]), str(entry["source"]), entry["date"])
