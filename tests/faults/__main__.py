"""Plays rounds of faults: `python -m tests.faults --seed 7`, or `--seed 0 --rounds 1000 --results rounds.jsonl`.

A round is determined by its seed: `--plan` prints it and plays nothing. Each result is one line of JSON; the exit code
is 1 when a round lost or repeated anything.
"""

import argparse
import fcntl
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final, NamedTuple

from tests.faults.counts import Count
from tests.faults.jobs import Jobs
from tests.faults.place import commit, exit_when_terminated, home, today
from tests.faults.plan import Round, plan
from tests.faults.platform import faulty_platform
from tests.faults.results import Result
from tests.faults.rounds import play

ROUNDS_A_PLATFORM: Final = 20
"""Rounds after which a new platform is made: each round counts the rows of all before it."""


class Unended(NamedTuple):
    """A round that did not end, or whose command or job failed, and why."""

    seed: int
    unended: str


def played(rounds: Sequence[Round]) -> Iterator[Result]:
    """The results of these rounds on one new platform, in memory where the machine has room for that.

    The last count reads all that was written in all of them.
    """
    with home() as folder, faulty_platform(folder) as platform, closing(Jobs(platform.laptop.state)) as jobs:
        count = Count(platform)
        for planned in rounds:
            if planned is rounds[-1]:
                count.forget()
            yield play(platform, planned, count, jobs)


def record(result: Result | Unended, code: str, results: Path) -> None:
    """Add a result of this commit to the file, as one whole line whoever else adds some at the same time."""
    content = result._asdict() if isinstance(result, Unended) else asdict(result)
    with results.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps({"commit": code, "day": today(), **content}).encode() + b"\n")


def all_played(rounds: Sequence[Round]) -> Iterator[Result | Unended]:
    """The results of these rounds; after one that did not end, the others are played on a new platform."""
    left = list(rounds)
    while left:
        some = left[:ROUNDS_A_PLATFORM]
        try:
            for result in played(some):
                del left[0]
                yield result
        except AssertionError as error:
            yield Unended(left.pop(0).seed, str(error))


def main(arguments: Sequence[str]) -> int:
    """Play the rounds; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="the first round's seed")
    parser.add_argument("--rounds", type=int, default=1, help="rounds, of this seed and the following ones")
    parser.add_argument("--jobs", action=argparse.BooleanOptionalAction, help="with or without jobs, whatever the seed")
    parser.add_argument("--plan", action="store_true", help="print the plans, play nothing")
    parser.add_argument("--results", type=Path, help="a file to which the results are added; several may add to one")
    options = parser.parse_args(arguments)
    planned = [plan(seed, jobs=options.jobs) for seed in range(options.seed, options.seed + options.rounds)]
    if options.plan:
        print("\n".join(json.dumps(asdict(it)) for it in planned))
        return 0
    exit_when_terminated()
    wrong, code = False, commit()
    for result in all_played(planned):
        if options.results:
            record(result, code, options.results)
        if isinstance(result, Unended):
            print(f"seed {result.seed}: {result.unended}", file=sys.stderr, flush=True)
            wrong = True
        else:
            print(result.line(), flush=True)
            wrong |= bool(result.lost or result.repeated)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
