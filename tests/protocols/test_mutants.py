"""A mutant is one: it changes the function for whoever holds it, for as long as its block lasts."""

import pytest

from commerce.raw import Position
from consumers.raw_archive.chain import unfiled
from tests.consumers.kafka import a_message
from tests.protocols.mutants import mutated

BATCH = [a_message(0), a_message(1)]
FILED = Position(1, 1, BATCH[0].timestamp)


def test_a_function_imported_before_is_changed_and_restored() -> None:
    with mutated(unfiled, "return batch[begin:]", "return batch"):
        assert unfiled(BATCH, FILED, None) == BATCH
    assert unfiled(BATCH, FILED, None) == BATCH[1:]


def test_a_guard_that_is_no_longer_written_so_is_no_mutant() -> None:
    with pytest.raises(AssertionError, match="0 times: write this mutant anew"), mutated(unfiled, "batch[start:]", ""):
        pass
