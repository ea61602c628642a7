"""The generated sections of docs/benchmarks.md, and the charts that they show."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import scale
from benchmarks.measure import environments
from benchmarks.measure.part import PARTS
from benchmarks.measure.race import PeerFailed
from benchmarks.report import aims
from benchmarks.report.results import RESULTS, BenchmarkError, Comparison, Part, Report, Way, ratio

_SIZES: Final = {"full": ", in full", "gate": ", a short run as for the gate"}
PAGE: Final = RESULTS.parent.parent / "benchmarks.md"
SCALE: Final = PAGE.with_name("scale.md")
COMPARED: Final = PAGE.with_name("compared.md")
PLOTS: Final = RESULTS.parent
FIGURES: Final = {
    "first object s": "first object, s",
    "p50 ms": "p50, ms",
    "p99 ms": "p99, ms",
    "killed at": "rows at the kill",
    "client's CPU µs a line": "client's CPU, µs a line",
    "spilled MB": "spilled, MB",
    "share of the rate": "share of the rate",
    "most of the rate over 10 s": "most of the rate over any 10 s",
    "lost": "rows lost",
    "repeated": "rows repeated",
}
"""The further figures that a table shows, by name, with their headings."""


def write(report: Report) -> None:
    """Put the report's tables between the marks of the pages."""
    put(PAGE, {"aims": aims.table(report), "figures": "\n".join(figures(report))})
    put(SCALE, {"scale": sizes(report)})
    put(COMPARED, {"sinks": "\n".join(sinks(report))})


def put(path: Path, sections: Mapping[str, str]) -> None:
    """Put each section between its marks."""
    text = path.read_text("utf-8")
    for mark, section in sections.items():
        text = replaced(text, mark, section)
    path.write_text(text, "utf-8")


def sizes(report: Report) -> str:
    """The tables of docs/scale.md, or what is missing for them."""
    try:
        cost = scale.costs(report)
    except BenchmarkError as error:
        return f"Not computed: {error}."
    return f"{scale.basis(cost)}\n\n{scale.page(cost, scale.noted())}"


def sinks(report: Report) -> Iterator[str]:
    """The table of docs/compared.md: the sinks of the stream's part, and what a kill of each lost and repeated."""
    yield "| Kafka → S3 files | rows/s | first object, s | MB | lost, repeated rows after one kill −9 |"
    yield "|---|---|---|---|---|"
    part = report.parts.get("stream")
    through, kills = (part.comparison(name) if part else None for name in ("stream", "kills"))
    killed = {way.name: way for way in kills.ways} if kills else {}
    for way in through.ways if through else ():
        if way.taken and way.kind != "limit":
            memory = max(sample.peak_mb for sample in way.taken)
            figures = (
                _rates(way),
                _number(way.figure("first object s")),
                f"{memory:,.0f}",
                _after_kill(killed.get(way.name)),
            )
            yield f"| {f'**{way.name}**' if way.kind == 'ours' else way.name} | {' | '.join(figures)} |"


def _after_kill(way: Way | None) -> str:
    return f"{_number(way.figure('lost'))}, {_number(way.figure('repeated'))}" if way and way.taken else "not measured"


def replaced(text: str, mark: str, section: str) -> str:
    """The page with this section between its marks.

    >>> replaced("a\\n<!-- x -->\\nold\\n<!-- end -->\\nb", "x", "new")
    'a\\n<!-- x -->\\nnew\\n<!-- end -->\\nb'
    """
    head, _, rest = text.partition(f"<!-- {mark} -->\n")
    _, end, tail = rest.partition("<!-- end -->")
    return f"{head}<!-- {mark} -->\n{section}\n{end}{tail}"


def figures(report: Report) -> Iterator[str]:
    """The tables of all parts that have run, in the order of the parts."""
    it = report.machine
    yield (
        f"{it.cores} cores, {it.memory_gb} GB, {it.system}, Python {it.python}, {it.java}. Each part says when it ran"
        " and the machine's load before and after: where that was above the number of cores, other programs took a"
        " part of the time, and only the ratios within the run say something. *Changed* stands where files differed"
        " from the commit, if only by the results of the parts before it."
    )
    for name in PARTS:
        if part := report.parts.get(name):
            yield from of_part(part)


def of_part(part: Part) -> Iterator[str]:
    """One part: its heading, each comparison's table and chart."""
    yield f"\n### {part.name}: {part.title}\n"
    when = part.began[:16].replace("T", " ")
    load = f"load {part.load_before:.1f} → {part.load_after:.1f}"
    yield f"{when} UTC, {part.commit}, {part.seconds:.0f} s, {load}{_SIZES.get(part.size, '')}."
    if part.failure:
        yield f"**Not complete**: {part.failure}."
    for comparison in part.comparisons:
        yield ""
        yield from table(comparison)
        if chart_of(comparison):
            yield f"\n![{comparison.title}](benchmarks/{comparison.name}.svg)"


def table(comparison: Comparison) -> Iterator[str]:
    """A table of the comparison: a line a way, with the median and the spread over the rounds."""
    further = [name for name in FIGURES if any(way.figure(name) is not None for way in comparison.ways)]
    cpu = any(sample.processes for way in comparison.ways for sample in way.taken)
    headings = ["rows/s", "ours is", *(["CPU s", "MB"] if cpu else []), *(FIGURES[name] for name in further)]
    yield f"| {comparison.title} | {' | '.join(headings)} |"
    yield f"|---|{'---|' * len(headings)}"
    ours = comparison.ways[0]
    for way in comparison.ways:
        cells = [_rates(way), _ratio(ours, way, comparison)]
        cells += [_cpu(way), _peak(way)] if cpu else []
        cells += [_number(way.figure(name)) for name in further]
        name = f"**{way.name}**" if way.kind == "ours" else f"limit: {way.name}" if way.kind == "limit" else way.name
        yield f"| {name} | {' | '.join(cells)} |"
    for way in comparison.ways:
        for failure in sorted(set(way.failures)):
            yield f"\n{way.name} failed in {len(way.failures)} of {len(way.samples)} rounds: {_one_line(failure)}"


def _rates(way: Way) -> str:
    rates = [sample.rate for sample in way.taken]
    if not rates:
        return "failed"
    spread = f" ({min(rates):,.0f} – {max(rates):,.0f})" if len(rates) > 1 else ""
    return f"{way.median():,.0f}{spread}"


def _ratio(ours: Way, way: Way, comparison: Comparison) -> str:
    found = ratio(ours, way, comparison.by) if way.kind != "ours" else None
    return f"{found} ×" if found else ""


def _cpu(way: Way) -> str:
    """The processor seconds of each process, by the median sample."""
    if not way.taken:
        return ""
    sample = sorted(way.taken, key=lambda it: it.cpu_seconds)[len(way.taken) // 2]
    shares = [f"{usage.name} {usage.cpu_seconds:.1f}" for usage in sample.processes if usage.cpu_seconds >= 0.05]
    return f"{sample.cpu_seconds:.1f}<br>({', '.join(shares)})" if shares else ""


def _peak(way: Way) -> str:
    peaks = {
        usage.name: usage.peak_mb for sample in way.taken for usage in sample.processes if usage.cpu_seconds >= 0.05
    }
    return "<br>".join(f"{name} {mb:.0f}" for name, mb in peaks.items())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def chart_of(comparison: Comparison) -> dict[str, Any] | None:
    """The bars of a comparison; None if fewer than two ways succeeded."""
    bars = [_bar(way) for way in comparison.ways if way.taken]
    if len(bars) < 2:
        return None
    return {"name": comparison.name, "title": comparison.title, "unit": "rows a second", "bars": bars}


def _bar(way: Way) -> dict[str, Any]:
    rates = [sample.rate for sample in way.taken]
    return {"name": way.name, "kind": way.kind, "median": way.median(), "least": min(rates), "greatest": max(rates)}


def charts(report: Report) -> list[dict[str, Any]]:
    """The charts of all comparisons."""
    found = [chart_of(comparison) for part in report.parts.values() for comparison in part.comparisons]
    return [chart for chart in found if chart]


def draw(charts: Sequence[Mapping[str, Any]], folder: Path = PLOTS) -> None:
    """Draw these charts by matplotlib, in its own environment; raises `PeerFailed`."""
    folder.mkdir(parents=True, exist_ok=True)
    command: Sequence[str] = (
        str(environments.python("drawing")),
        str(Path(__file__).with_name("plots.py")),
        str(folder),
    )
    ran = subprocess.run(command, input=json.dumps(charts), capture_output=True, text=True)
    if ran.returncode:
        raise PeerFailed(f"the charts could not be drawn: {ran.stderr.strip()[-400:]}")
