"""Lines into DynamoDB Local in memory, by order_tables and by load_tables, each with a platform of its own; reconcile.

The store takes some 2,500 lines a second with their summaries, so fewer rows are measured than of the other ways.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.growth.batch import loaded
from benchmarks.growth.measured import Measured, measured
from benchmarks.growth.stream import streaming
from benchmarks.measure.laptop import parts
from benchmarks.parts.batch import Input

UNLIMITED: Final = ("--items-per-second", "1e9")
STORE: Final = "DynamoDB Local"
"""The end of the names of these ways."""


def measure(rows: int) -> Iterator[Measured]:
    """Measure these ways with so many lines."""
    with streaming(rows) as stream:
        stream.replay()
        yield measured(f"order_tables: Kafka → {STORE}", rows, stream.tables)
        yield measured(f"reconcile: files, tables of {STORE}", rows, stream.reconcile_tables)
    with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
        given = Input(config, Path(folder), rows)
        given.curated(rows, len(given.files))
        load = partial(loaded, config, "load_tables", rows, *UNLIMITED)
        yield measured(f"load_tables: staged lines → {STORE}", rows, load)
