"""The rows that benchmarks measure with: the real days where they are, else generated ones."""

import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from commerce.files.documents import order_lines
from commerce.lines import OrderLine
from stores.dynamodb import items
from tests.end_to_end.laptop import CHECKOUT, REAL_DAYS


@cache
def files() -> tuple[Path, ...]:
    """CSV files of some 77,000 rows."""
    if REAL_DAYS.is_dir():
        return tuple(sorted(REAL_DAYS.glob("*.csv")))
    folder = CHECKOUT / ".tillstream" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    days = []
    for day in range(1, 29):
        path = folder / f"2010-12-{day:02}.csv"
        call = [sys.executable, "-m", "tillstream", "generate", path.stem, "--seed", str(day), "-o", str(path)]
        subprocess.run(call, cwd=CHECKOUT, check=True)
        days.append(path)
    return tuple(days)


@cache
def lines() -> tuple[OrderLine, ...]:
    """All lines of `files`."""
    return tuple(lines_of(files()))


def lines_of(paths: Iterable[Path]) -> list[OrderLine]:
    """All lines of these files."""
    found = []
    for path in paths:
        with path.open("rb") as document:
            found += [entry.line for entry in order_lines(path.name, document) if entry.line]
    return found


def values(line: OrderLine) -> dict[str, Any]:
    """The line's item as Python's values, as boto3's own ways to write take it."""
    of_python = TypeDeserializer().deserialize
    return {name: of_python(value) for name, value in items.line_item(line).items()}
