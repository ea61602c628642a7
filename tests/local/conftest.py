"""Fixtures of the laptop runtime's tests."""

from pathlib import Path

import pytest

from local.state import State


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    """The empty state of the checkout at `tmp_path`, which the commands use."""
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    state = State.here()
    state.root.mkdir()
    return state
