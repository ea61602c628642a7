"""The files that a user names."""

from pathlib import Path

import pytest

from commerce.errors import InvalidSelection
from stores.inputs import files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("days/b.csv", "days/a.csv", "days/c.tsv", "days/deeper/d.csv", "one.tsv", "none/x.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "days" / "folder.csv").mkdir()
    return tmp_path


def test_a_folder_is_its_csv_files_by_name_and_a_file_is_itself(folder: Path) -> None:
    assert files(["one.tsv", "days"]) == [Path("one.tsv"), Path("days/a.csv"), Path("days/b.csv")]


def test_a_file_that_is_named_twice_is_meant_once(folder: Path) -> None:
    assert files(["days/b.csv", "days", "./days/b.csv", str(folder / "days")]) == [
        Path("days/b.csv"),
        Path("days/a.csv"),
    ]


@pytest.mark.parametrize(("path", "sentence"), [("no.csv", "is no file and no folder"), ("none", "holds no *.csv")])
def test_what_names_no_file_is_told(folder: Path, path: str, sentence: str) -> None:
    with pytest.raises(InvalidSelection) as refused:
        files(["one.tsv", path])
    assert path in str(refused.value)
    assert sentence in str(refused.value)
