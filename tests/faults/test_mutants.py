"""A guard that is taken away makes a round fail: the own count notices what the guard prevents."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.counts import Count
from tests.faults.jobs import Jobs
from tests.faults.mutants import MUTANTS, Mutant, modules, without_guard
from tests.faults.platform import faulty_platform
from tests.faults.rounds import Stuck, play

MUTANT_SECONDS = 300
"""Seconds after which a round that does not end counts as failed: an archive that has lost its place waits for ever."""


def outcome(home: Path, mutant: Mutant, *, guarded: bool) -> str:
    """The finding of a round in words: `right`, the lost or repeated rows, or that it never ended."""
    change = without_guard(mutant, home / "code") if not guarded else lambda config: config
    own = modules(mutant, home) if mutant.jobs and not guarded else ()
    with faulty_platform(home, change) as platform, closing(Jobs(platform.laptop.state, own)) as jobs:
        try:
            result = play(platform, mutant.round, Count(platform), jobs, MUTANT_SECONDS)
        except Stuck:
            return "never ends"
    assert result.did_not_happen == [], result.line()
    wrong = [str(it) for it in result.differences if it.lost or it.repeated]
    return "; ".join(wrong) or "right"


@pytest.mark.scale
@pytest.mark.parts
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda it: it.name)
def test_a_guard_that_is_taken_away_makes_a_round_fail(tmp_path: Path, mutant: Mutant) -> None:
    with_guard, without = (tmp_path / "with", tmp_path / "without")
    assert outcome(with_guard, mutant, guarded=True) == "right"
    found = outcome(without, mutant, guarded=False)
    print(f"{mutant.name}: {found}")
    assert found != "right"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda it: it.name)
def test_every_mutant_still_finds_its_guard(mutant: Mutant) -> None:
    compile(mutant.text(Path(__file__).parent.parent.parent), mutant.file, "exec")
