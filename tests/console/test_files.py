"""The files that a user names."""

import os
from pathlib import Path

import pytest

from commerce.errors import InvalidSelection
from console.files import STANDARD_INPUT, files, is_stream, opened


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("days/b.csv.GZ", "days/a.csv", "days/c.tsv.zip", "days/deeper/d.csv", "one.txt", "none/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "days" / "folder.csv").mkdir()
    return tmp_path


def test_a_folder_is_its_documents_by_name_and_a_file_is_itself(folder: Path) -> None:
    assert files(["one.txt", "days"]) == [
        Path("one.txt"),
        *map(Path, ("days/a.csv", "days/b.csv.GZ", "days/c.tsv.zip")),
    ]


def test_the_files_that_a_folder_does_not_stand_for_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(["days"])
    assert capsys.readouterr().err == ""
    for name in ("days/day.zip", "days/.hidden", *(f"days/x{n}.txt" for n in range(6))):
        Path(name).touch()
    assert len(files(["days"])) == 3
    said = capsys.readouterr().err
    assert said.startswith("tillstream: left out of days: day.zip, x0.txt, x1.txt, x2.txt, x3.txt and 2 more files; ")


def test_a_file_that_is_named_twice_is_meant_once(folder: Path) -> None:
    named = files(["days/b.csv.GZ", "days", "./days/b.csv.GZ", str(folder / "days")])
    assert named == [Path("days/b.csv.GZ"), Path("days/a.csv"), Path("days/c.tsv.zip")]


def test_a_dash_is_standard_input_where_that_can_be_read_and_a_file_of_that_name_can_be_named(folder: Path) -> None:
    Path("-").touch()
    assert files(["-", "one.txt", "./-"], standard_input=True) == [STANDARD_INPUT, Path("one.txt"), Path("-")]
    assert [is_stream(file) for file in (STANDARD_INPUT, Path("-"))] == [True, False]
    with pytest.raises(InvalidSelection, match="standard input cannot be read here"):
        files(["-"])


def test_a_pipe_is_a_file_that_is_read_once(folder: Path) -> None:
    os.mkfifo("pipe")
    assert files(["pipe"]) == [Path("pipe")]
    assert is_stream(Path("pipe"))


def test_a_file_that_is_gone_is_told(folder: Path) -> None:
    with pytest.raises(InvalidSelection, match=r"gone\.csv cannot be read: No such file"), opened(Path("gone.csv")):
        pass


@pytest.mark.parametrize(
    ("path", "sentence"), [("no.csv", "is neither a file nor a folder"), ("none", "holds no *.csv or *.tsv")]
)
def test_what_names_no_file_is_told(folder: Path, path: str, sentence: str) -> None:
    with pytest.raises(InvalidSelection) as refused:
        files(["one.txt", path])
    assert path in str(refused.value)
    assert sentence in str(refused.value)
