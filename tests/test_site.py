"""The documentation site is built from the pages and the code without a warning, whole, and asks no other server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tillstream
from docs.site.build import OUT, PYTHON, build, sources
from docs.site.contents import GROUPS
from docs.site.reference import pages
from infra.stages import STAGES
from lambdas.openapi import METHODS, paths
from tests.test_rooms import CHECKOUT

WITH_SPHINX = pytest.mark.skipif(not PYTHON.exists(), reason="Sphinx is not there: `make docs` installs it")
ELSEWHERE = re.compile(
    r"""<(?:link|script|img|iframe|source)[^>]*(?:href|src)="(?:https?:)?//[^"]*"|@import|url\(\s*["']?(?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site() -> Path:
    """The built site, in the folder of `make docs`: what has not changed since then is not read again."""
    assert build(sources(CHECKOUT), OUT) == 0, "Sphinx says why, above"
    return OUT / "html"


@WITH_SPHINX
@pytest.mark.parts
def test_the_site_has_every_page_and_its_search_finds_their_words(site: Path) -> None:
    written = {"README", "CONTRIBUTING", "CHANGELOG"} | {
        str(page.relative_to(CHECKOUT).with_suffix("")) for page in (CHECKOUT / "docs").rglob("*.md")
    }
    built = {str(page.relative_to(site).with_suffix("")) for page in site.rglob("*.html")}
    assert built == written | {f"docs/reference/{name}" for name in pages()} | {"index", "search"}
    found = (site / "searchindex.js").read_text("utf-8")
    assert [word for word in ("quarantin", "zombi", "blockchain") if f'"{word}"' in found] == ["quarantin", "zombi"]


@WITH_SPHINX
@pytest.mark.parts
def test_the_site_asks_no_other_server_for_anything(site: Path) -> None:
    read = [file for file in site.rglob("*") if file.suffix in (".html", ".css")]
    assert len(read) > 40
    assert [(file.name, found) for file in read for found in ELSEWHERE.findall(file.read_text("utf-8"))] == []


@WITH_SPHINX
@pytest.mark.parts
def test_a_link_to_nothing_fails_the_build_and_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    links = ["there.md#a-heading", "nowhere.md", "there.md#nowhere", "../nowhere.py"]
    front = "# Front\n\n" + "".join(f"* [a link]({link})\n" for link in links) + "\n:::{toctree}\nthere\n:::\n"
    assert build({"docs/README.md": front.encode(), "docs/there.md": b"# There\n\n## A heading\n"}, tmp_path) == 1
    warned = [line for line in capfd.readouterr().err.splitlines() if "WARNING" in line]
    assert [line.split(":")[1] for line in warned] == ["4", "5", "6"], warned


def test_each_page_of_the_sidebar_is_there() -> None:
    there = {name.removesuffix(".md") for name in sources(CHECKOUT)}
    assert [page for group in GROUPS.values() for page in group if page not in there] == []


def test_each_decision_stands_in_their_table() -> None:
    folder = CHECKOUT / "docs" / "adr"
    listed = re.findall(r"^\| (\d+) \| \[(.*)\]\((.*)\) \|$", (folder / "README.md").read_text("utf-8"), re.MULTILINE)
    titles = {page.name: page.read_text("utf-8").partition("\n")[0] for page in folder.glob("0*.md")}
    assert {file: f"# {number}. {title}" for number, title, file in listed} == titles


def headings(page: str) -> Iterator[str]:
    return (line.removeprefix("## ") for line in pages()[page].splitlines() if line.startswith("## "))


def test_the_reference_has_every_command_every_call_and_every_stage() -> None:
    assert list(headings("commands")) == [f"tillstream {name}" for name in tillstream.COMMANDS]
    calls = [f"{method.upper()} {path}" for path, its in paths().items() for method in its if method in METHODS]
    assert list(headings("api")) == [*calls, "Schemas"]
    assert f"| value | {' | '.join(STAGES)} |" in pages()["settings"]


def test_the_reference_says_of_an_option_what_its_help_says() -> None:
    commands = pages()["commands"]
    assert "### tillstream quarantine redrive\n" in commands
    assert "| `--set FIELD=VALUE` | a field's value in all chosen records |\n" in commands
    assert "| `--kind {stream,bulk,destination}` | messages of the stream, rows of dropped files," in commands
