"""The form of each file that a user names."""

from pathlib import Path

import pytest

from commerce.errors import InvalidMap
from commerce.files.column_maps import PLAIN, column_map
from console.files import STANDARD_INPUT
from console.forms import PLAIN_FORMS, forms, matches

SHOP, TILL, OTHER = (f'[values]\nCountry = "{name}"\n'.encode() for name in ("Spain", "Italy", "Norway"))
FILES = [Path("in/shop/a.csv"), Path("in/till/a.csv"), Path("in/b.csv")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path, text in {"shop.toml": SHOP, "till.toml": TILL, "maps/v=1.toml": OTHER}.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(text)


def countries(*options: str, files: list[Path] = FILES) -> list[str]:
    """The country of each file's form; plain ones have none."""
    found = forms(options, files)
    return [found.of(file).values.get("Country", "") for file in files]


def test_files_without_a_map_are_plain() -> None:
    assert forms([], FILES) == PLAIN_FORMS
    assert PLAIN_FORMS.of(FILES[0]) is PLAIN


def test_a_map_is_for_all_files() -> None:
    assert forms(["shop.toml"], FILES).maps == dict.fromkeys(FILES, column_map("shop.toml", SHOP))


def test_files_of_several_forms_have_a_map_each_and_what_no_glob_matches_is_plain() -> None:
    assert countries("shop/*.csv=shop.toml", "till/*.csv=till.toml") == ["Spain", "Italy", ""]


def test_a_map_for_all_is_for_those_that_no_glob_matches_wherever_it_stands() -> None:
    for options in (["shop.toml", "till/*.csv=till.toml"], ["till/*.csv=till.toml", "shop.toml"]):
        assert countries(*options) == ["Spain", "Italy", "Spain"]


def test_of_several_globs_the_first_that_matches_counts() -> None:
    assert countries("shop/*=shop.toml", "*.csv=till.toml") == ["Spain", "Italy", "Italy"]


def test_one_map_may_be_for_two_globs() -> None:
    assert countries("shop/*=shop.toml", "b.csv=shop.toml") == ["Spain", "", "Spain"]


def test_paths_and_globs_may_hold_an_equals_sign() -> None:
    dated = [Path("in/year=2010/a.csv"), Path("in/year=2011/a.csv")]
    assert countries("maps/v=1.toml", files=dated) == ["Norway", "Norway"]
    assert countries("year=2010/*=shop.toml", files=dated) == ["Spain", ""]
    assert countries("year=2011/*.csv=maps/v=1.toml", files=dated) == ["", "Norway"]


def test_standard_input_may_have_a_map_of_its_own() -> None:
    assert countries("-=shop.toml", files=[STANDARD_INPUT, FILES[0]]) == ["Spain", ""]


@pytest.mark.parametrize(
    ("glob", "fits"),
    [
        ("a.csv", True),
        ("*", True),
        ("?.csv", True),
        ("A.csv", False),
        ("*.tsv", False),
        ("till/a.csv", True),
        ("./till/a.csv", True),
        ("in/a.csv", False),
        ("in/*", False),
        ("in/*/a.csv", True),
        ("in/**/a.csv", True),
        ("in/till/**/*.csv", True),
        ("**/till/*", True),
        ("/till/*", False),
        ("/**/till/*", True),
    ],
)
def test_a_glob_matches_a_name_and_the_folders_that_it_names(glob: str, fits: bool) -> None:
    for path in (FILES[1], FILES[1].absolute(), Path("in/shop/../till/a.csv")):
        assert matches(path, glob) is fits


def test_a_glob_with_two_dots_matches_a_path_with_two_dots() -> None:
    assert matches(Path("../till/a.csv"), "../till/*.csv")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["gone.toml"], "--map gone.toml cannot be read: No such file or directory"),
        (["maps"], "--map maps cannot be read: Is a directory"),
        (["*.csv=gone.toml"], "--map gone.toml cannot be read (of --map *.csv=gone.toml): No such file or directory"),
        (["*.csv="], "--map *.csv=: must be MAP.toml, or 'GLOB=MAP.toml' with a glob and the path of a map"),
        (["=shop.toml"], "--map =shop.toml: must be MAP.toml, or 'GLOB=MAP.toml' with a glob and the path of a map"),
        (["*.tsv=shop.toml"], "--map *.tsv=shop.toml: the glob *.tsv matches none of the files"),
        (["*.csv=shop.toml", "b*=till.toml"], "--map b*=till.toml: every file that the glob b* matches has the map of "
         "--map *.csv=shop.toml already: name the map for fewer files first"),
        (["shop.toml", "till.toml"], "--map shop.toml and --map till.toml are both for all files: say which files one "
         "is for, as in --map 'GLOB=MAP.toml'"),
    ],
)  # fmt: skip
def test_a_map_that_can_be_no_files_is_told(options: list[str], sentence: str) -> None:
    with pytest.raises(InvalidMap) as refused:
        forms(options, FILES)
    assert str(refused.value) == sentence
