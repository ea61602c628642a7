"""Draws charts as SVG, for light and dark, in the environment `drawing`, which has matplotlib and nothing else.

    python benchmarks/report/plots.py FOLDER < charts.json

A chart is {"name", "title", "unit", "bars": [{"name", "kind", "median", "least", "greatest"}]}, or one of lines:
{"name", "title", "unit", "across", "lines": [{"name", "points": [[across, value]]}]}; it may have rules at its "marks",
and its `across` may be "logarithmic".
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

INK, PAPER = "#010203", "#040506"
"""Colours that stand for the text's and the paper's, which the style sets for light and dark."""

FILL = {"ours": "#070801", "peer": "#070802", "limit": "#070803"}
STYLE = """<style>
svg { --ink: #1c2733; --paper: #ffffff; --ours: #2f9e54; --peer: #6f8bd8; --limit: #a9b4c0 }
@media (prefers-color-scheme: dark) {
  svg { --ink: #e6edf3; --paper: #0d1117; --ours: #4fb073; --peer: #7c9bf0; --limit: #5d6b79 }
}
</style>
"""
VARIABLES = {INK: "ink", PAPER: "paper", **{colour: kind for kind, colour in FILL.items()}}


def draw(chart: dict[str, Any], path: Path) -> None:
    """Draw the chart and write it to the file."""
    settings = {"font.size": 9, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK}
    settings |= {"axes.edgecolor": INK, "svg.hashsalt": chart["name"], "svg.fonttype": "none"}
    with pyplot.rc_context(settings):
        (draw_lines if "lines" in chart else draw_bars)(chart, path)
    path.write_text(styled(path.read_text("utf-8")), "utf-8")


def draw_lines(chart: dict[str, Any], path: Path) -> None:
    """Draw lines, each named in the legend, with a rule at each mark."""
    figure, axes = pyplot.subplots(figsize=(8.5, 4.5), layout="constrained", facecolor=PAPER)
    axes.set_facecolor(PAPER)
    for mark in chart.get("marks", ()):
        axes.axvline(mark, color=FILL["limit"], lw=0.6)
    for line in chart["lines"]:
        marker = "o" if chart.get("logarithmic") else None
        axes.plot(*zip(*line["points"], strict=True), lw=1.2, marker=marker, ms=3, label=line["name"])
    if chart.get("logarithmic"):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_ylim(bottom=0)
    axes.set_title(chart["title"], loc="left", fontsize=10)
    axes.set_xlabel(chart["across"])
    axes.set_ylabel(chart["unit"])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def draw_bars(chart: dict[str, Any], path: Path) -> None:
    """Draw bars with their spread, the first above."""
    bars = chart["bars"][::-1]
    size = 7.2, 0.75 + 0.34 * len(bars)
    figure, axes = pyplot.subplots(figsize=size, layout="constrained", facecolor=PAPER)
    axes.set_facecolor(PAPER)
    spread = [[bar["median"] - bar["least"] for bar in bars], [bar["greatest"] - bar["median"] for bar in bars]]
    axes.barh(
        [bar["name"] for bar in bars], [bar["median"] for bar in bars],
        color=[FILL[bar["kind"]] for bar in bars], xerr=spread, ecolor=INK, capsize=3, error_kw={"lw": 1},
    )  # fmt: skip
    axes.set_title(chart["title"], loc="left", fontsize=10)
    axes.set_xlabel(chart["unit"])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


def styled(svg: str) -> str:
    """The picture with its colours left to the style."""
    for colour, name in VARIABLES.items():
        svg = svg.replace(colour, f"var(--{name})")
    head = svg.index("<svg")
    at = svg.index(">", head) + 1
    lines = (svg[head:at] + "\n" + STYLE + svg[at:]).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip()) + "\n"


if __name__ == "__main__":
    for each in json.load(sys.stdin):
        draw(each, Path(sys.argv[1]) / f"{each['name']}.svg")
