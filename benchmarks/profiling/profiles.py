"""Profiles of our ways by py-spy: the functions with the greatest share of their own processor time.

    python -m benchmarks.profiling.profiles                   # into docs/benchmarks.md

Lines of C, such as msgspec's decoding and hashlib's SHA-256, count for the Python function that calls them.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from time import process_time
from typing import Final

from benchmarks.measure import environments
from benchmarks.parts.lines import csv_to_wire, messages_to_lines
from benchmarks.report import page

SECONDS: Final = 12.0
SHOWN: Final = 12
BUSY: Final = "busy"
"""Printed once everything is imported and met for the first time."""

WAYS: Final[Mapping[str, Callable[[], object]]] = {
    "CSV → line with id and wire form": csv_to_wire,
    "message → checked line": messages_to_lines,
}


def tops(folded: str) -> list[tuple[str, float]]:
    """The share of each function's own time below `busy`, the greatest first; from stacks, each with its samples.

    >>> tops("busy (a.py:1);read (b.py:2) 3\\nbusy (a.py:1);read (b.py:9) 1\\nbusy (a.py:1) 1\\nimport (c.py:1) 9")
    [('read (b.py)', 0.8), ('busy (a.py)', 0.2)]
    """
    own: Counter[str] = Counter()
    for line in folded.splitlines():
        stack, _, samples = line.rpartition(" ")
        if "busy (" not in stack:  # imports
            continue
        own[stack.rpartition(";")[2].rpartition(":")[0] + ")"] += int(samples)
    return [(name, count / own.total()) for name, count in own.most_common(SHOWN)]


def profile(name: str) -> str:
    """The table of one way, measured by py-spy in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "stacks.txt"
        spy = str(environments.program("profiling", "py-spy"))
        record = ("record", "--format", "raw", "--rate", "200", "--output", str(out))
        environments.done(spy, *record, "--", sys.executable, "-m", "benchmarks.profiling.profiles", name)
        lines = [f"| {name} | its own share |", "|---|---|"]
        lines += [f"| `{function}` | {share:.0%} |" for function, share in tops(out.read_text("utf-8"))]
    return "\n".join(lines)


def busy(way: Callable[[], object]) -> None:
    """Do it again and again for some seconds of processor time, once it has said so."""
    way()
    print(BUSY, flush=True)
    end = process_time() + SECONDS
    while process_time() < end:
        way()


if __name__ == "__main__":
    if sys.argv[1:]:
        busy(WAYS[sys.argv[1]])
    else:
        page.put(page.PAGE, {"profiles": "\n\n".join(map(profile, WAYS))})
