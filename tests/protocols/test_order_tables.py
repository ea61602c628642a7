"""The tables end right, whatever happens to the stream's writers and to bulk loads; without a guard they do not."""

from contextlib import AbstractContextManager, nullcontext

import pytest

from stores.dynamodb import client as dynamodb
from stores.dynamodb import tables
from stores.dynamodb.tables import Tables
from stores.retries import Retries
from tests.protocols.mutants import mutated
from tests.protocols.tables_history import History
from tests.protocols.world import SEEDS, Wrong

ENOUGH = 500
"""Seeds within which a missing guard must have shown."""


def histories(count: int, blind_to: frozenset[str] = frozenset()) -> None:
    for seed in range(count):
        try:
            History(seed, blind_to).run()
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


def test_lines_and_summaries_are_right_after_any_history() -> None:
    histories(SEEDS)


@pytest.mark.scale
@pytest.mark.timeout(3_600)
def test_lines_and_summaries_are_right_after_any_of_many_histories() -> None:
    histories(SEEDS)


def with_the_summary_before_the_lines() -> AbstractContextManager[None]:
    put, summarize = "self.put_lines(lines)\n", "self.summarize({line.InvoiceNo for line in lines})\n"
    return mutated(Tables.add, f"    {put}    {summarize}", f"    {summarize}    {put}")


def without_what_was_left_unprocessed() -> AbstractContextManager[None]:
    return mutated(Retries.drain, "while parts := ask(parts):", "while ask(parts) and False:")


def with_the_first_page_only() -> AbstractContextManager[None]:
    return mutated(dynamodb.pages, 'if not page.get("LastEvaluatedKey"):', "if True:")


@pytest.mark.parametrize(
    ("mutant", "blind"),
    [
        pytest.param(nullcontext, frozenset({"ConditionExpression"}), id="more lines win"),
        pytest.param(nullcontext, frozenset({"ConsistentRead:query"}), id="consistent read of the invoice"),
        pytest.param(with_the_summary_before_the_lines, frozenset(), id="lines before summaries"),
        pytest.param(without_what_was_left_unprocessed, frozenset(), id="unprocessed items"),
        pytest.param(with_the_first_page_only, frozenset(), id="all pages"),
    ],
)
def test_without_this_guard_some_history_goes_wrong(
    mutant: "type[AbstractContextManager[None]]", blind: frozenset[str]
) -> None:
    with mutant(), pytest.raises(Wrong):
        histories(ENOUGH, blind)


def test_without_the_older_version_giving_way_some_history_goes_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer_lines, _, older_version = tables._NOT_WORSE.rpartition(" OR ")
    assert older_version == "(#Lines = :lines AND #Version < :version)"
    monkeypatch.setattr(tables, "_NOT_WORSE", fewer_lines)
    with pytest.raises(Wrong):
        histories(ENOUGH)
