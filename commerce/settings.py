"""The settings of the deployables: one class for each, filled by infra and read at run time.

The name of an environment variable is the field's name in capitals, so it is written nowhere else, and renaming a
setting is a type error before it is a missing key in production.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from commerce.errors import MissingSetting

Settings = TypeVar("Settings")


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """The settings of lambdas.ingest.

    `kafka_security` is `PLAINTEXT` or `MSK_IAM`; `delivery_seconds` is how long one request may wait for the broker.
    """

    bootstrap_servers: str
    kafka_security: str
    topic: str
    delivery_seconds: float


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """The settings of lambdas.query."""

    invoices_table: str
    customers_table: str
    lake_bucket: str


@dataclass(frozen=True, slots=True)
class BrowseSettings:
    """The settings of lambdas.browse: where the topic, its two consumer groups and the stores are."""

    bootstrap_servers: str
    kafka_security: str
    topic: str
    cluster: str
    raw_archive_group: str
    order_tables_group: str
    lake_bucket: str
    offsets_table: str
    invoices_table: str


@dataclass(frozen=True, slots=True)
class CensusSettings(BrowseSettings):
    """The settings of lambdas.census, which asks the same stores as browse."""


@dataclass(frozen=True, slots=True)
class RawArchiveSettings:
    """The settings of consumers.raw_archive; `cluster` is the first part of the ledger's key."""

    lake_bucket: str
    offsets_table: str
    cluster: str


@dataclass(frozen=True, slots=True)
class OrderTablesSettings:
    """The settings of consumers.order_tables."""

    invoices_table: str
    customers_table: str
    lake_bucket: str


def to_env(settings: Any) -> dict[str, str]:
    """The environment variables of these settings; values may be CDK tokens.

    >>> to_env(QuerySettings(invoices_table="Invoices", customers_table="Customers", lake_bucket="lake"))
    {'INVOICES_TABLE': 'Invoices', 'CUSTOMERS_TABLE': 'Customers', 'LAKE_BUCKET': 'lake'}
    """
    return {field.name.upper(): str(getattr(settings, field.name)) for field in fields(settings)}


def from_env(cls: type[Settings], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in the environment; raises `MissingSetting` naming the variable and its type."""
    values: dict[str, object] = {}
    for field in fields(cls):  # type: ignore[arg-type]  # dataclasses has no bound for "a dataclass type"
        name = field.name.upper()
        text = environ.get(name, "")
        try:
            values[field.name] = field.type(text) if text else None  # type: ignore[operator]  # str or float
        except ValueError:
            values[field.name] = None
        if values[field.name] is None:
            raise MissingSetting(f"{cls.__name__} needs {name} ({field.type.__name__}), found {text!r}")  # type: ignore[union-attr]
    return cls(**values)
