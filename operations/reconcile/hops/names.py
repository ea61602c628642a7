"""The hops' names, in the order of a row's way."""

from typing import Final

CSV: Final = "csv"
TOPIC: Final = "topic"
S3: Final = "s3"
DYNAMODB: Final = "dynamodb"
LAKE: Final = "lake"
REDSHIFT: Final = "redshift"

BY_DEFAULT: Final = (CSV, TOPIC, S3, DYNAMODB)
"""The hops that are always judged."""

LATER: Final = (LAKE, REDSHIFT)
"""Hops judged once their job has loaded a batch, or if the user names them."""

HOPS: Final = (*BY_DEFAULT, *LATER)

STORES: Final = (DYNAMODB, LAKE, REDSHIFT)
"""The hops that are tables: each must hold every line that came, whatever brought it."""
