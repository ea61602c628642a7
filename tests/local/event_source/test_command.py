"""The command that the supervisor starts."""

import pytest

from local.event_source.__main__ import main


def test_another_number_of_arguments_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert (main([]), main(["a", "b"])) == (2, 2)
    assert "usage: python -m local.event_source FILE" in capsys.readouterr().err
