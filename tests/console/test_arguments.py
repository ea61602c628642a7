"""A parser that answers a wrong word by the right one, and values that say what they must be."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

import tillstream
from console.arguments import Parser, above_zero, day, options_of, parser_of, port, seconds, whole

CHECKOUT = Path(__file__).resolve().parents[2]


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    try:
        code = tillstream.main(arguments)
    except SystemExit as exit:
        code = int(str(exit.code or 0))
    text = capsys.readouterr()
    return code, text.out, text.err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["replya", "day.csv"], "tillstream: there is no command 'replya'; did you mean replay?\n"),
        (["Status"], "tillstream: there is no command 'Status'; did you mean status?\n"),
        (["--verison"], "tillstream: there is no command '--verison'; did you mean --version?\n"),
        (["help", "recouncile"], "tillstream: there is no command 'recouncile'; did you mean reconcile?\n"),
        (["xyz"], "tillstream: there is no command 'xyz'; `tillstream help` lists them\n"),
        (
            ["replay", "day.csv", "--sinse", "2010-12-01"],
            "tillstream replay: unrecognized arguments: --sinse 2010-12-01; did you mean --since?\n",
        ),
        (
            ["generate", "today", "--ouput=day.csv"],
            "tillstream generate: unrecognized arguments: --ouput=day.csv; did you mean --output?\n",
        ),
        (
            ["status", "--xyz"],
            "tillstream status: unrecognized arguments: --xyz; `tillstream status --help` says more\n",
        ),
        (
            ["replay", "day.csv", "--bogus"],
            "tillstream replay: unrecognized arguments: --bogus; `tillstream replay --help` says more\n",
        ),
        (["up", "--compose", "kafak"], "did you mean kafka?\n"),
        (["ledger", "shwo"], "did you mean show?\n"),
        (["ledger", "rebuild", "--yess"], "did you mean --yes?\n"),
    ],
)
def test_a_word_that_is_not_known_is_answered_by_the_nearest_that_is(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.endswith(meant)
    assert err.count("\n") == 1, "one sentence, without the usage of all options above it"


WITHOUT_JSON = {
    "up": "`env --json` has its addresses",
    "open": "it prints one address",
    "logs": "it prints a log as it is; those of functions are JSON lines",
    "down": "its exit code says all",
    "reset": "its exit code says all",
    "generate": "it writes CSV",
    "completion": "it writes a script",
}
"""The commands without `--json`, each with the reason."""


def test_every_command_that_answers_something_has_json_for_programs() -> None:
    parsers = {
        name: parser_of(getattr(import_module(module), name)) for name, (module, _) in tillstream.COMMANDS.items()
    }
    assert {name for name, parser in parsers.items() if "--json" not in options_of(parser)} == set(WITHOUT_JSON)


@pytest.mark.parametrize("name", tillstream.COMMANDS)
def test_no_command_takes_the_beginning_of_an_option_for_it(name: str) -> None:
    function = getattr(__import__(tillstream.COMMANDS[name][0], fromlist=[name]), name)
    parser = parser_of(function)
    assert parser.prog == f"tillstream {name}"
    assert parser.allow_abbrev is False


def test_help_of_a_command_is_its_own_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(["help", "down"], capsys) == said(["down", "--help"], capsys)
    inner = said(["help", "quarantine", "redrive"], capsys)
    assert inner == said(["quarantine", "redrive", "--help"], capsys)
    assert inner != said(["quarantine", "--help"], capsys)
    assert said(["help"], capsys) == said(["--help"], capsys)
    code, out, _ = said(["help"], capsys)
    assert code == 0
    assert all(f"\n  {name} " in out for name in tillstream.COMMANDS)


@pytest.mark.parametrize(
    "command",
    [[name] for name in tillstream.COMMANDS] + [["ledger", name] for name in ("rebuild", "new-epoch", "start")],
)
def test_help_has_no_line_that_a_terminal_of_80_columns_breaks(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = said([*command, "--help"], capsys)
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_the_list_of_commands_has_no_line_that_a_terminal_of_80_columns_breaks() -> None:
    assert [line for line in tillstream.listing().splitlines() if len(line) > 80] == []


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    assert said(["--version"], capsys) == (0, f"tillstream {project['version']}\n", "")


@pytest.mark.parametrize(
    ("read", "text", "right"),
    [
        (port, "80", "must be a whole number from 1024 to 65535, not '80'"),
        (port, "http", "must be a whole number from 1024 to 65535, not 'http'"),
        (whole(1), "0", "must be a whole number from 1, not '0'"),
        (whole(0), "1.5", "must be a whole number from 0, not '1.5'"),
        (seconds, "abc", "must be a number of seconds from 0, such as 90 or 0.5, not 'abc'"),
        (seconds, "-1", "must be a number of seconds from 0, such as 90 or 0.5, not '-1'"),
        (seconds, "inf", "must be a number of seconds from 0, such as 90 or 0.5, not 'inf'"),
        (above_zero, "0", "must be a number above 0, not '0'"),
        (above_zero, "nan", "must be a number above 0, not 'nan'"),
        (day, "yesterday", "must be a day as YYYY-MM-DD, or today, not 'yesterday'"),
    ],
)
def test_a_value_that_cannot_be_says_what_can(read: Callable[[str], object], text: str, right: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as wrong:
        read(text)
    assert str(wrong.value) == right


def test_a_parsers_options_are_those_of_its_subcommands_too() -> None:
    parser = Parser("a")
    parser.add_argument("--own")
    parser.add_subparsers().add_parser("b").add_argument("--inner")
    assert {"--own", "--inner"} <= set(options_of(parser))


@pytest.mark.parametrize("arguments", [["--version"], ["help"], ["nosuch"]])
def test_the_command_itself_imports_none_of_its_commands(arguments: list[str]) -> None:
    script = f"""
import sys, tillstream
tillstream.main({arguments})
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"boto3", "rich", "pandas", "msgspec", "local"}}))
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
