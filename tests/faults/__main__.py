"""Plays rounds of faults: `python -m tests.faults --seed 7`, or `--seed 0 --rounds 1000 --results rounds.jsonl`.

A round is determined by its seed: `--plan` prints it and plays nothing. Each result is one line of JSON; the exit code
is 1 when a round lost or repeated anything.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Final

from tests.faults.jobs import Jobs
from tests.faults.place import home
from tests.faults.plan import Round, plan
from tests.faults.platform import faulty_platform
from tests.faults.rounds import Result, play

ROUNDS_A_PLATFORM: Final = 20
"""Rounds after which a new platform is made: each round counts the rows of all before it."""


def played(rounds: Sequence[Round]) -> Iterator[Result]:
    """The results of these rounds on one new platform, in memory where the machine has room for that."""
    with home() as folder, faulty_platform(folder) as platform, closing(Jobs(platform.laptop.state)) as jobs:
        files: list[Path] = []
        for planned in rounds:
            yield play(platform, planned, files, jobs)


def main(arguments: Sequence[str]) -> int:
    """Play the rounds; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="the first round's seed")
    parser.add_argument("--rounds", type=int, default=1, help="rounds, of this seed and the following ones")
    parser.add_argument("--jobs", action=argparse.BooleanOptionalAction, help="with or without jobs, whatever the seed")
    parser.add_argument("--plan", action="store_true", help="print the plans, play nothing")
    parser.add_argument("--results", type=Path, help="a file to which the results are added")
    options = parser.parse_args(arguments)
    planned = iter([plan(seed, jobs=options.jobs) for seed in range(options.seed, options.seed + options.rounds)])
    wrong = False
    while some := list(islice(planned, ROUNDS_A_PLATFORM)):
        if options.plan:
            for it in some:
                print(json.dumps(asdict(it)))
            continue
        for result in played(some):
            print(result.line(), flush=True)
            if options.results:
                with options.results.open("a") as file:
                    file.write(result.line() + "\n")
            wrong |= bool(result.lost or result.repeated)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
