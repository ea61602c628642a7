"""Nothing that a terminal would obey is printed, by whichever way it comes to the screen."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

import tillstream
from console.answers import write_json
from console.harmless import Harmless, as_it_is, harmless, installed
from console.tables import Sheet, console

EVIL = "\x1b[2J\x1b]0;owned\x07 \x9b31m \x85 \u202e \u2066 \u200f \u2028 \r\x08 \x7f \U000e0041"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\U000e0000-\U000e007f]")


@given(st.text())
def test_an_escaped_text_is_the_same_to_a_reader_of_json(text: str) -> None:
    out = io.StringIO()
    with installed():
        write_json(["name"], [[text]], Harmless(out))  # type: ignore[arg-type]
    assert not OBEYED.search(out.getvalue())
    assert json.loads(out.getvalue().replace("\t", "\\t")) == [{"name": text}]


def test_an_ordinary_text_stays_as_it_is() -> None:
    text = "12 £ Straße, 日本, 👩‍👩‍👧 שלום\tand\na line"
    assert harmless(text) == text


@pytest.mark.parametrize("stream", ["out", "err"])
def test_everything_that_a_command_prints_is_escaped(capsys: pytest.CaptureFixture[str], stream: str) -> None:
    with installed():
        print(EVIL, file=sys.stdout if stream == "out" else sys.stderr)
        grid = Table.grid()
        grid.add_row(Text(EVIL), EVIL)
        screen = console(stderr=stream == "err")
        screen.print(grid)
        screen.print(Sheet([EVIL, "b"], [[EVIL, Text(EVIL)]]))
    said = getattr(capsys.readouterr(), stream)
    assert not OBEYED.search(said)
    assert said.count("\\u001b[2J") >= 5


def test_on_a_terminal_only_the_screens_own_drawing_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with installed():
        console().print(Sheet(["title"], [[EVIL]]))
    drawing = re.compile("\x1b\\[[0-9;]*m")
    assert drawing.search(terminal.getvalue())
    assert not OBEYED.search(drawing.sub("", terminal.getvalue()))


def test_a_pipe_can_have_the_bytes_as_they_are() -> None:
    out = io.StringIO()
    assert as_it_is(Harmless(out)) is out  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [["--check"], ["--suggest-map"], ["--check", "--json"]])
def test_a_file_cannot_speak_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    path = tmp_path / "day\x1b[2J\x9b.csv"
    cells = "600001,A,,1,2010-12-01 08:26:00,1,,France"
    rows = [
        f"InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country,{EVIL[:9]}",
        cells + ",x",
    ]
    path.write_text("\n".join([*rows, cells.replace("France", "\x1b[2J\x9b\u202e") + ",\x85"]), "utf-8")
    tillstream.main(["replay", str(path), *options])
    said = capsys.readouterr()
    assert said.out + said.err
    assert not OBEYED.search(said.out + said.err)
