"""The aims: ratios that a run measures, each met or missed, and the reason where it is missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.results import Measure, Ratio, Report, ratio


@dataclass(frozen=True, slots=True)
class Aim:
    """At least `least` times another way, in one comparison of one part; `stopped_by` says what keeps it from more."""

    text: str
    part: str
    comparison: str
    ours: str
    other: str
    least: float
    by: Measure = "rate"
    stopped_by: str = ""

    def measured(self, report: Report) -> Ratio | None:
        """The ratio of the last run; None if it was not measured."""
        part = report.parts.get(self.part)
        comparison = part.comparison(self.comparison) if part else None
        if comparison is None:
            return None
        ways = {way.name: way for way in comparison.ways}
        if self.ours not in ways or self.other not in ways:
            return None
        return ratio(ways[self.ours], ways[self.other], self.by)


AIMS: Final[tuple[Aim, ...]] = (
    Aim(
        "CSV → line with id and wire form, beside DictReader + pydantic", "lines", "csv",
        "ours: wire form, with id", "csv.DictReader + pydantic", 1.5,
    ),
    Aim(
        "message → checked line, beside pydantic's `model_validate_json`", "lines", "messages",
        "ours: every field and the id checked", "pydantic, no identity", 1.0,
    ),
    Aim(
        "event → checked lines, beside Powertools' `kafka_consumer`", "lines", "events",
        "ours: every field and the id checked", "Powertools kafka_consumer", 5.0,
    ),
)  # fmt: skip


def table(report: Report, aims: Sequence[Aim] = AIMS) -> str:
    """The table of all aims."""
    lines = ["| aim | at least | measured | |", "|---|---|---|---|"]
    for aim in aims:
        found = aim.measured(report)
        verdict = "not measured yet" if found is None else "**met**" if found.median >= aim.least else "missed"
        why = f": {aim.stopped_by}" if verdict == "missed" and aim.stopped_by else ""
        lines.append(f"| {aim.text} | {aim.least:g} × | {f'{found} ×' if found else ''} | {verdict}{why} |")
    return "\n".join(lines)
