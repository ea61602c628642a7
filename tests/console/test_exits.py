"""A command that ends by an error has an exit code, and one that decides for good asks first."""

import io
import signal
import sys
from types import ModuleType

import pytest

import tillstream
from commerce.errors import InvalidMap, NoTarget, NotCsv, RowsLost, TillstreamError
from console.exits import confirmed
from local.errors import Interrupted, NotPossible, StartFailed
from operations.errors import StoreUnreachable
from producer.errors import NotKnown, WrongUse


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidMap("it says what cannot be"), 2),
        (NotCsv("it is a spreadsheet"), 2),
        (NoTarget("none runs"), 2),
        (NotPossible("one runs already"), 2),
        (WrongUse("the state is another replay's"), 2),
        (RowsLost("7 rows are gone"), 1),
        (StartFailed("no port is free"), 1),
        (StoreUnreachable("S3 is silent"), 1),
        (NotKnown("no such invoice"), 1),
        (Interrupted(signal.SIGTERM), 1),
        (Interrupted(signal.SIGINT), 130),
    ],
)
def test_an_error_is_said_in_one_line_and_has_the_exit_code_of_its_class(
    error: TillstreamError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def status(argv: list[str]) -> int:
        raise error

    command = ModuleType("a_command")
    monkeypatch.setattr(command, "status", status, raising=False)
    monkeypatch.setitem(sys.modules, command.__name__, command)
    monkeypatch.setitem(tillstream.COMMANDS, "status", (command.__name__, ""))
    assert tillstream.main(["status", "--stack", "tillstream-dev"]) == code
    assert capsys.readouterr().err == f"tillstream status: {error}\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "yes"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)])
def test_only_a_yes_at_a_terminal_is_one(typed: str, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert confirmed("Go on?") is yes


def test_without_a_terminal_nobody_says_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    assert not confirmed("Go on?")
