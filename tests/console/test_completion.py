"""The completion scripts, in real shells."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

import tillstream

TYPED = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_shtab_tillstream
printf '%s\\n' "${COMPREPLY[@]}"
"""
LOADED = """
autoload -Uz compinit && compinit -u -d "$2"
eval "$(cat "$1")"
print -r -- "$_comps[tillstream] $+functions[_shtab_tillstream]"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file in it, and the scripts."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "day.csv").write_text("")
    return folder


@pytest.fixture
def script(folder: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Path:
    """The script of the shell that the test names."""
    assert tillstream.main(["completion", request.param]) == 0
    file = folder / f"_{request.param}"
    file.write_text(capsys.readouterr().out, "utf-8")
    return file


def offered(script: Path, words: Sequence[str]) -> list[str]:
    """The words that bash offers to complete the last of these."""
    call = ["bash", "--norc", "-c", TYPED, "bash", str(script), *words]
    done = subprocess.run(call, cwd=script.parent, capture_output=True, text=True, check=True)
    return sorted(done.stdout.split())


@pytest.mark.parametrize("script", ["bash"], indirect=True)
@pytest.mark.parametrize(
    ("words", "offers"),
    [
        (["re"], ["reconcile", "replay", "reset"]),
        (["help", "inv"], ["invoice"]),
        (["up", "--s"], ["--schedules", "--stage"]),
        (["up", "--stage", ""], ["dev", "laptop", "prod", "tiny"]),
        (["job", "load"], ["load_tables", "load_warehouse"]),
        (["replay", "day"], ["day.csv"]),
        (["replay", "day.csv", "--state", "d"], ["day.csv"]),
        (["replay", "day.csv", "--unt"], ["--until"]),
        (["ledger", "reb"], ["rebuild"]),
        (["ledger", "start", "--p"], ["--partition"]),
        (["completion", ""], ["bash", "zsh"]),
        (["--v"], ["--version"]),
        (["status", "--xyz"], []),
    ],
)
def test_bash_completes_commands_options_words_and_files(script: Path, words: list[str], offers: list[str]) -> None:
    assert offered(script, ["tillstream", *words]) == offers


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_knows_every_command(script: Path) -> None:
    assert offered(script, ["tillstream", ""]) == sorted([*tillstream.COMMANDS, "help"])


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh on this machine")
@pytest.mark.parametrize("script", ["zsh"], indirect=True)
def test_zsh_takes_its_script(script: Path, tmp_path: Path) -> None:
    call = ["zsh", "-f", "-c", LOADED, "zsh", str(script), str(tmp_path / "dump")]
    done = subprocess.run(call, cwd=script.parent, capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["_shtab_tillstream", "1"], "")
    assert all(f"\n    {name}:'" in script.read_text("utf-8") for name in tillstream.COMMANDS)
