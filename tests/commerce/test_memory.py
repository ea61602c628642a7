"""Parsed lines keep no more memory than their own values need, whoever sent them."""

import tracemalloc

import pytest

from commerce import wire
from commerce.errors import InvalidRow
from commerce.lines import posted_row
from tests.orders import fields_of

LONG_NUMBER = b"%d." + b"0" * 900_000


def test_a_number_as_long_as_a_body_is_refused_and_not_kept() -> None:
    tracemalloc.start()
    for number in range(1, 21):
        for field in ("UnitPrice", "Quantity", "CustomerID"):
            with pytest.raises(InvalidRow):
                posted_row(fields_of(**{field: wire.parse(LONG_NUMBER % number)}))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000, f"{kept:,} bytes are kept of 60 numbers"
