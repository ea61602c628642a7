"""One part in a process of its own: it measures, and keeps its results after each round.

python -m benchmarks.measure.part lines --size gate --out part.json
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Final

import msgspec

from benchmarks.measure.machine import commit
from benchmarks.measure.race import ROUNDS
from benchmarks.report.results import Part

PARTS: Final[Mapping[str, str]] = {
    "lines": "CSV → order lines, and messages → order lines",
    "rest": "REST → Kafka",
    "tables": "order lines → DynamoDB Local in memory",
    "warehouse": "staged lines → the laptop's Redshift",
    "stream": "Kafka → S3 files",
    "batch": "dropped files → the lake",
    "loads": "staged lines → DynamoDB Local in memory",
}
"""The parts by name, in the order in which they run: the quick ones first, the one without an aim last."""


def run(name: str, size: str, out: Path) -> None:
    """Measure the part, and write its results to `out` after each round: a comparison that goes on comes again."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    part = Part(name, PARTS.get(name, name), now, commit(), size=size)
    part.load_before = os.getloadavg()[0]
    began = time.monotonic()
    for comparison in import_module(module(name)).measure(size):
        if not any(comparison is known for known in part.comparisons):
            part.comparisons.append(comparison)
        part.seconds = time.monotonic() - began
        part.load_after = os.getloadavg()[0]
        fresh = out.with_suffix(".new")  # a part may be killed at any moment
        fresh.write_bytes(msgspec.json.encode(part))
        fresh.replace(out)


def module(name: str) -> str:
    """The module of a part; a name with a point is a module already, as tests have it."""
    return name if "." in name else f"benchmarks.parts.{name}"


def main(argv: list[str]) -> int:
    """Run one part; a request to stop ends it in order, with all that it started."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure.part", allow_abbrev=False)
    parser.add_argument("name")
    parser.add_argument("--size", choices=tuple(ROUNDS), default="bench")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, _stop)
    run(options.name, options.size, options.out)
    return 0


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
