"""The flame graph of a JVM: async-profiler's stacks, without the frames that say nothing, drawn as SVG.

async-profiler samples the processor time of Java's threads, compilers and garbage collector, and knows no SVG.
"""

import platform
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final

from benchmarks.measure import environments

INTERVAL_MS: Final = 5
WIDTH: Final = 1_200.0
LEFT: Final = 10.0
ROW: Final = 16
LEAST_WIDTH: Final = 2.0
"""Pixels: narrower frames are not drawn."""

MOST_ROWS: Final = 26
"""Frames deeper than these are not drawn: some 90 lie below a plan of Spark, each within the one above."""

LETTER: Final = 6.6
"""The width of a letter in pixels, at most."""

COLOURS: Final = ("#e8a05c", "#e6b05f", "#dd8f55", "#eabf72", "#d98850")

_PASSING: Final = re.compile(
    r"^(java/lang/(Thread|reflect)|java/util/concurrent|jdk/internal/reflect|scala/(collection|util|runtime|Option)|"
    r"org/apache/spark/(util|rdd|internal)/|py4j/(reflection|commands|ClientServer)|start_thread|thread_native|"
    r"JavaThread::|Thread::|CompileBroker|Compilation::Comp|Compiler::)|\$anonfun|\$\$Lambda|tryWith|withActive|\$adapted|"
    r"withOrigin|^(\[unknown|__)"
)
_THREAD: Final = re.compile(r"\[?(.*?) ?(?:tid=\d+)?\]?$")

Stacks = Mapping[tuple[str, ...], int]


def agent(out: Path) -> str:
    """The option of Java that samples the whole of a JVM's life into the file `out`; raises `PeerFailed`."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    library = f"linux-{machine}/libasyncProfiler.so"
    folder = environments.jars("profiling")
    if not (folder / library).exists():
        (jar,) = folder.glob("async-profiler-*.jar")
        with zipfile.ZipFile(jar) as archive:
            archive.extract(library, folder)
    settings = f"start,event=ctimer,interval={INTERVAL_MS}ms,threads,file={out},collapsed"
    return f"-agentpath:{folder / library}={settings}"


def stacks(collapsed: str) -> Stacks:
    """The stacks with their samples: threads without numbers, and no frame that only passes on to the next.

    >>> stacks("[Thread-4 tid=7];java/lang/Thread.run;a/B.c 2\\n[Thread-5 tid=8];a/B.c 1")
    Counter({('Thread', 'B.c'): 3})
    """
    found: Counter[tuple[str, ...]] = Counter()
    for line in collapsed.splitlines():
        stack, _, samples = line.rpartition(" ")
        thread, *frames = stack.split(";")
        kept = [_named(frame) for frame in frames if not _PASSING.search(frame)]
        alone = [frame for at, frame in enumerate(kept) if at == 0 or frame != kept[at - 1]]
        found[(_thread(thread), *alone)] += int(samples)
    return found


def _thread(frame: str) -> str:
    name = re.sub(r"tid=\d+", "", frame).strip("[] ")
    name = re.sub(r" for task .*", "", name)
    return re.sub(r"[-# ]*\d+(\.\d+)?", "", name) or "threads of the JVM"


def _named(frame: str) -> str:
    return frame.rpartition("/")[2]


def drawn(of: Stacks, title: str) -> str:
    """The flame graph of these stacks: callers above what they call, the widest to the left."""
    boxes = list(_boxes(sorted(of.items()), 0, LEFT, (WIDTH - 2 * LEFT) / sum(of.values())))
    height = max(row for row, *_ in boxes) * ROW + 70
    total = sum(of.values())
    size = f'viewBox="0 0 {WIDTH:.0f} {height}" width="{WIDTH:.0f}" height="{height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
        "<style>text { font: 11px monospace; fill: #222 } .title { font-size: 15px }</style>",
        '<rect width="100%" height="100%" fill="#fbf6ea"/>',
        f'<text class="title" x="{LEFT:.0f}" y="24">{escape(title)}</text>',
    ]
    lines += [_box(row, x, width, name, samples, total) for row, x, width, name, samples in boxes]
    return "\n".join([*lines, "</svg>", ""])


Box = tuple[int, float, float, str, int]


def _boxes(of: list[tuple[tuple[str, ...], int]], row: int, x: float, pixels: float) -> Iterator[Box]:
    """The boxes of this row and those below, from the stacks that share what is above."""
    groups: dict[str, list[tuple[tuple[str, ...], int]]] = {}
    for stack, samples in of:
        if stack:
            groups.setdefault(stack[0], []).append((stack[1:], samples))
    weights = {name: sum(samples for _, samples in group) for name, group in groups.items()}
    for name in sorted(groups, key=lambda it: -weights[it]):
        width = weights[name] * pixels
        if width >= LEAST_WIDTH and row < MOST_ROWS:
            yield row, x, width, name, weights[name]
            yield from _boxes(groups[name], row + 1, x, pixels)
        x += width


def _box(row: int, x: float, width: float, name: str, samples: int, total: int) -> str:
    y = 40 + row * ROW
    room = int((width - 4) / LETTER)
    label = name if len(name) <= room else f"{name[: room - 2]}.." if room > 3 else ""
    colour = COLOURS[sum(name.encode()) % len(COLOURS)]
    text = f'<text x="{x + 3:.1f}" y="{y + 12}">{escape(label)}</text>' if label else ""
    share = f"{escape(name)} ({samples:,} samples, {samples / total:.1%})"
    return (
        f'<g><title>{share}</title><rect x="{x:.1f}" y="{y}" width="{max(width - 0.5, 0.5):.1f}" height="{ROW - 1}" '
        f'fill="{colour}"/>{text}</g>'
    )
