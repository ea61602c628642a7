"""Writes docs/faults.md from the recorded rounds: `python -m tests.faults.report [NEW.jsonl …]`.

Files named are results of `python -m tests.faults --results`; they are added to docs/faults/rounds.jsonl, where a round
replaces an earlier one of its seed. `--commit` and `--day` say of which commit and day those are that do not name
theirs. docs/faults/mutants.json is written by hand: tests/faults/test_mutants.py prints what stands there.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final, TypeAlias

from tests.end_to_end.laptop import CHECKOUT
from tests.faults.mutants import MUTANTS

FOLDER: Final = CHECKOUT / "docs" / "faults"
PAGE: Final = CHECKOUT / "docs" / "faults.md"
ROUNDS: Final = FOLDER / "rounds.jsonl"
MUTANTS_FOUND: Final = FOLDER / "mutants.json"
SOAK: Final = FOLDER / "soak.json"

NAMES: Final = {
    "s3": "S3",
    "dynamodb": "DynamoDB",
    "redshift-data": "Data API",
    "redshift_data": "Data API",
    "kafka": "Kafka",
    "ingest": "ingest's workers",
    "raw_archive": "raw_archive's workers",
    "order_tables": "order_tables' workers",
    "runtime": "Lambda runtime and gateway",
    "event_source": "event source (pollers)",
    "client": "client (`tillstream replay`)",
    "spark driver": "Spark's driver",
    "spark worker": "Spark's Python worker",
    "supervisor": "supervisor, and all with it",
    "spark": "Spark: driver, JVM, workers",
}
KINDS: Final = {
    "kill": "kill −9",
    "stop": "SIGSTOP, then SIGCONT",
    "partition": "cut off from the network",
    "zombie": "a function goes on as a zombie",
    "half request": "gets half of a request",
    "half body": "sends half of an answer",
    "delay": "slow",
    "disk full": "disk full",
}
COLUMNS: Final = "rounds | did not happen | lost | repeated | recovery: median, longest (s) | what the user saw |"
RULE: Final = "|---" * 7 + "|"
HEAD: Final = """\
# Faults

This page is made by `python -m tests.faults.report` from [the recorded rounds](faults/rounds.jsonl).

A round sends a generated day to a platform of the laptop's stage, whose stores stand behind proxies, while its faults
happen; some rounds run the batch jobs meanwhile, and the faults of Spark and of the Data API happen in those alone.
When the consumers have read everything, the stores are read directly and counted anew, by [code of its
own](../tests/faults/counts.py): LineIds are computed from the files by the rule of ADR 1. A round is determined by its
seed: `python -m tests.faults --seed 7` plays one, `--plan` prints it.

The first table sums up each part's faults; a table for each part follows. A round has several faults, and counts for
each that happened. *Did not happen* has the rounds in which one was planned for a request that never came, however
often the rows were sent: they show nothing of it. *Before* and *after* say whether a fault happened before its
request's effect or after it. A full disk is played by the kernel's limit of a file's size (`RLIMIT_FSIZE` of 0): each
write to a file fails. *Recovery* is the time from the end of a round's last fault until both consumers have read
everything. What the user saw has the number of rounds in brackets; rows are sent again by `tillstream replay` itself.
"""

GROWTH: Final = """
What grows is Java's heap: its pages are touched one after another and not given back, up to `-Xmx` at most (1/32 of the
machine's memory for Kafka and S3, 1/8 for Spark's driver). Measured on 2026-11-29 by `jstat -gc` and `jcmd PID GC.run`:
a Kafka of 161 MB had 270 MB after 253,500 messages, of which 44 MB of heap were live after a full collection; its
heap's size (378 MB), its threads and mapped files took as much as before. Spark's driver was not measured so."""


def slim(result: dict[str, Any], commit: str, day: str) -> dict[str, Any]:
    """The record of a round's result that is kept; commit and day are those of a result that does not name its own."""
    played = {"commit": result.get("commit", commit), "day": result.get("day", day)}
    if "unended" in result:
        return {"seed": result["seed"], **played, "unended": result["unended"]}
    planned, stores, missed = result["round"], result["differences"], result["did_not_happen"]
    return {
        "seed": planned["seed"],
        **played,
        "jobs": planned["jobs"],
        "faults": [[it["part"], it["kind"]] for it in planned["faults"] if it not in missed],
        "did_not_happen": [[it["part"], it["kind"]] for it in missed],
        "lost": sum(it["lost"] for it in stores),
        "repeated": sum(it["repeated"] for it in stores),
        "recovery_seconds": round(result["recovery_seconds"], 1),
        "seen": sorted({kind_of(it) for it in (*result["replays"], *result["jobs"])} - {"nothing"}),
    }


def kind_of(seen: str) -> str:
    """The kind of a symptom that a user saw: its text without the numbers."""
    return "rows sent again" if seen.endswith("rows sent again") else seen


Tried: TypeAlias = tuple[str, bool, dict[str, Any]]
"""Whether a fault was planned `before` or `after` its request's effect, if it has one, whether it happened, and the
record of its round."""


def tables(rounds: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The lines of the table of all parts, and of each part's own table of its faults."""
    parts: dict[str, dict[str, list[Tried]]] = defaultdict(lambda: defaultdict(list))
    for each in rounds:
        for list_, happened in (("faults", True), ("did_not_happen", False)):
            for part, fault in sorted({tuple(it) for it in each.get(list_, ())}):
                kind, _, when = fault.rpartition(" ") if fault.endswith((" before", " after")) else (fault, "", "")
                parts[NAMES[part]][KINDS.get(kind, kind)].append((when, happened, each))
    yield f"| part | {COLUMNS}"
    yield RULE
    for part, kinds in sorted(parts.items()):
        # what was before or after an effect is said by the part's own table
        yield row(part, [("", happened, each) for tried in kinds.values() for _, happened, each in tried])
    for part, kinds in sorted(parts.items()):
        yield f"\n## {part}\n"
        yield f"| fault | {COLUMNS}"
        yield RULE
        yield from (row(kind, tried) for kind, tried in sorted(kinds.items()))


def row(name: str, tried: Sequence[Tried]) -> str:
    """A table's row about these rounds, each counted once."""
    of, missed = (distinct(it for _, happened, it in tried if happened is wanted) for wanted in (True, False))
    times = Counter(when for when, happened, _ in tried if when and happened)
    rounds = str(len(of)) + (f" ({times['before']} before, {times['after']} after)" if times else "")
    sums = sum(each["lost"] for each in of), sum(each["repeated"] for each in of)
    seconds = [each["recovery_seconds"] for each in of]
    recovery = f"{median(seconds):.0f}, {max(seconds):.0f}" if seconds else ""
    return "| " + " | ".join(map(str, (name, rounds, len(missed), *sums, recovery, seen(of)))) + " |"


def distinct(rounds: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each of these records once."""
    return list({id(each): each for each in rounds}.values())


def seen(rounds: Sequence[dict[str, Any]]) -> str:
    """The symptoms that a user saw, each with the number of these rounds that showed it."""
    counted = Counter(it for each in rounds for it in each["seen"])
    parts = [f"{what} ({times})" for what, times in counted.most_common()]
    calm = sum(not each["seen"] for each in rounds)
    return "; ".join([*([f"nothing ({calm})"] if calm else []), *parts])


def mutants() -> Iterator[str]:
    """The section about guards that were taken away."""
    found = json.loads(MUTANTS_FOUND.read_text("utf-8"))
    yield "\n## Guards taken away\n"
    yield "With the guard the same round ends right each time. `make scale` tries it: `tests/faults/test_mutants.py`.\n"
    yield "| without the guard | in | what the round found |"
    yield "|---|---|---|"
    for mutant in MUTANTS:
        yield f"| {mutant.name} | `{mutant.file}` | {found[mutant.name]} |"


def soak() -> Iterator[str]:
    """The section about the longest soak."""
    record = json.loads(SOAK.read_text("utf-8"))
    lost = sum(it["lost"] for it in record["differences"])
    repeated = sum(it["repeated"] for it in record["differences"])
    recoveries = [it["recovery_seconds"] for it in record["results"]]
    yield "\n## A soak\n"
    yield (
        f"`make soak MINUTES={record['minutes']}` of commit `{record['commit']}` on {record['day']}, on two cores that "
        f"other work kept busy: {record['rows']:,} rows and "
        f"{len(record['marks'])} faults, one after another; jobs with every fifth. Lost: {lost}, repeated: {repeated}. "
        "After each fault the lag of both consumers went back to zero "
        f"(median {median(recoveries):.0f} s, longest {max(recoveries):.0f} s). "
        "[The record](faults/soak.json) has every sample.\n"
    )
    yield from memory(record["samples"])
    yield GROWTH
    yield "\n![Memory of each process](faults/soak-memory.svg)\n"
    yield "![Lag of the consumers](faults/soak-lag.svg)"


def memory(samples: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The table of each process's memory at the beginning, ten minutes before the end, at the end and at its most."""
    yield "| process | MB at first | 10 minutes before the end | at the end | at most |"
    yield "|---|---|---|---|---|"
    late = samples[-1]["seconds"] - 600
    for name in sorted({name for it in samples for name in it["memory"]}):
        of_it = [it for it in samples if name in it["memory"]]
        held = [it["memory"][name] for it in of_it]
        before = [it["memory"][name] for it in of_it if it["seconds"] <= late] or held
        figures = (held[0], before[-1], held[-1], max(held))
        yield f"| {NAMES.get(name, name)} | " + " | ".join(f"{figure:,.0f}" for figure in figures) + " |"


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def summary(records: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The sentences about all recorded rounds: how many there are, what was lost, when and of which commits."""
    rounds = [each for each in records if "unended" not in each]
    wrong = sum(bool(each["lost"] or each["repeated"]) for each in rounds)
    yield f"Recorded: {len(rounds):,} rounds, {sum(each['jobs'] for each in rounds):,} of them with jobs. "
    yield f"{wrong or 'None'} lost or repeated anything. "
    if unended := [str(each["seed"]) for each in records if "unended" in each]:
        yield f"Besides them {len(unended)} did not end (seeds {', '.join(unended)}; the record says why). "
    days = sorted({each["day"] for each in records})
    yield f"Played {f'on {days[0]}' if len(days) == 1 else f'from {days[0]} to {days[-1]}'} (UTC), by commit: "
    counted = Counter(each["commit"] for each in rounds)
    yield ", ".join(f"{f'`{commit}`' if commit else 'not recorded'} {times:,}" for commit, times in counted.items())
    yield ".\n"


def page() -> str:
    """The whole page, from what is recorded."""
    records = lines_of(ROUNDS)
    rounds = [each for each in records if "unended" not in each]
    lines = [HEAD, "".join(summary(records)), *tables(rounds)]
    if MUTANTS_FOUND.exists():
        lines += mutants()
    if SOAK.exists():
        lines += soak()
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> None:
    """Add new results, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.report", description=__doc__)
    parser.add_argument("results", nargs="*", type=Path)
    parser.add_argument("--commit", default="", help="the commit of results that do not name theirs")
    parser.add_argument("--day", default="", help="the day of results that do not name theirs, as 2026-11-29")
    options = parser.parse_args(arguments)
    recorded = lines_of(ROUNDS) if ROUNDS.exists() else []
    new = [slim(result, options.commit, options.day) for name in options.results for result in lines_of(name)]
    kept = {record["seed"]: record for record in (*recorded, *new)}
    FOLDER.mkdir(exist_ok=True)
    ROUNDS.write_text("".join(json.dumps(kept[seed]) + "\n" for seed in sorted(kept)), "utf-8")
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
