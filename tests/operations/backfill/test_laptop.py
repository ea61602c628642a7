"""A backfill on the laptop is the only one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.errors import NotPossible
from local.state import State, held
from operations.backfill import laptop
from operations.backfill.plan import planned
from operations.topic import Topic


class UntouchedTopic(Topic):
    """A topic that has no broker: whatever asks it fails."""

    def __init__(self) -> None: ...


def test_a_second_backfill_at_once_is_refused_before_it_changes_anything(tmp_path: Path) -> None:
    state = State(tmp_path)
    state.config_file.parent.mkdir(parents=True)
    plan = planned("order-tables", datetime(2026, 11, 30, tzinfo=UTC), {0: (0, 9)}, {0: 3})
    first = state.config_file.with_name("backfill.json")
    first.write_text("the settings of the first")
    lock = held(state.config_file.with_name("backfill.lock"))
    with lock, pytest.raises(NotPossible, match="a backfill is on already"):
        laptop.carry_out(plan, UntouchedTopic(), state, print)
    assert first.read_text() == "the settings of the first"
