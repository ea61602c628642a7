"""raw_archive as implemented files every message once, whatever happens; without any one of its guards it does not."""

from contextlib import AbstractContextManager, nullcontext

import pytest

from commerce import filing
from consumers.raw_archive import chain, handler
from operations.ledger.refiling import Refiling
from stores.dynamodb.ledger import Ledger
from tests.protocols.archive_history import History
from tests.protocols.mutants import mutated
from tests.protocols.world import SEEDS, Wrong

ENOUGH = 1_500
"""Seeds within which a missing guard must have shown."""


def history(seed: int, blind_to: frozenset[str] = frozenset()) -> None:
    """One history; what goes wrong in it names its seed."""
    try:
        History(seed, blind_to).run()
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise


def histories(count: int, blind_to: frozenset[str] = frozenset(), first: int = 0) -> None:
    for seed in range(first, first + count):
        history(seed, blind_to)


def test_every_message_is_filed_once_in_any_history() -> None:
    histories(SEEDS)


@pytest.mark.scale
@pytest.mark.timeout(3_600)
def test_every_message_is_filed_once_in_any_of_many_histories() -> None:
    histories(SEEDS)


def without_trim() -> AbstractContextManager[None]:
    return mutated(chain.unfiled, "return batch[begin:]", "return batch if batch[begin:] else []")


def without_adoption() -> AbstractContextManager[None]:
    return mutated(filing.position_after, "winner or ours.extent", "ours.extent")


def without_the_first_timestamp_check() -> AbstractContextManager[None]:
    return mutated(filing.position_after, "winner.first_timestamp != ours.extent.first_timestamp", "False")


def without_the_check_of_what_lies_before() -> AbstractContextManager[None]:
    return mutated(chain.unfiled, "message.timestamp > position.greatest_timestamp", "False")


def with_an_absent_row_as_zero() -> AbstractContextManager[None]:
    objects = "position_of_objects(keys, partition, epoch, lake) or "
    return mutated(Ledger.position_without_row, objects, "")


def with_an_absent_row_in_the_first_epoch() -> AbstractContextManager[None]:
    return mutated(Ledger.position_without_row, "self._epoch(self.rows(topic), keys)", "1")


def with_an_absent_row_where_the_batch_begins() -> AbstractContextManager[None]:
    rule = "ledger.position_without_row(topic, number, lake)"
    return mutated(
        handler.extend,
        rule,
        "chain.Position(1, batch[0].offset, 10**15)",
    )


def with_the_ledger_alone_for_what_was_filed() -> AbstractContextManager[None]:
    return mutated(Refiling._survey, "max(by_ledger, committed)", "by_ledger")


def with_what_was_given_up_filed_again() -> AbstractContextManager[None]:
    return mutated(Refiling._survey, "without(gap, row.given_up)", "[gap]")


def blind_to(*guards: str) -> frozenset[str]:
    return frozenset(guards)


@pytest.mark.parametrize(
    ("mutant", "blind"),
    [
        pytest.param(without_trim, blind_to(), id="trim"),
        pytest.param(nullcontext, blind_to("IfNoneMatch"), id="if-none-match"),
        pytest.param(without_adoption, blind_to(), id="adoption"),
        pytest.param(nullcontext, blind_to("ConsistentRead:get"), id="consistent read of the ledger"),
        pytest.param(nullcontext, blind_to("ConditionExpression"), id="compare-and-swap"),
        pytest.param(without_the_first_timestamp_check, blind_to(), id="first timestamp"),
        pytest.param(without_the_check_of_what_lies_before, blind_to(), id="newer than what is filed"),
        pytest.param(with_an_absent_row_as_zero, blind_to(), id="absent row is not zero"),
        pytest.param(with_an_absent_row_in_the_first_epoch, blind_to(), id="epoch of an absent row"),
        pytest.param(with_the_ledger_alone_for_what_was_filed, blind_to(), id="refile: what the group has read"),
        pytest.param(with_an_absent_row_where_the_batch_begins, blind_to(), id="absent row is not the batch's start"),
    ],
)
def test_without_this_guard_some_history_goes_wrong(
    mutant: "type[AbstractContextManager[None]]", blind: frozenset[str]
) -> None:
    with mutant(), pytest.raises(Wrong):
        histories(ENOUGH, blind)


def test_without_leaving_out_what_was_given_up_some_history_goes_wrong() -> None:
    with with_what_was_given_up_filed_again(), pytest.raises(Wrong):
        histories(ENOUGH, first=960)  # from 0 on, 968 was the first that shows it
