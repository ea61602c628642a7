"""docs/guarantees.md quotes the README's sentences, and the tests that it names for them exist."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
PAGE = CHECKOUT.joinpath("docs", "guarantees.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE.partition("\n## ")[0], re.MULTILINE)[2:]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_test_that_is_named_for_a_guarantee_exists(file: str, name: str) -> None:
    tree = ast.parse(CHECKOUT.joinpath(file).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def marks(file: str, name: str) -> str:
    """The marks of a test, by its own decorators and those of its file."""
    tree = ast.parse(CHECKOUT.joinpath(file).read_text("utf-8"))
    named = [it for it in ast.walk(tree) if isinstance(it, ast.FunctionDef) and it.name == name]
    of_file = [
        it.value for it in tree.body if isinstance(it, ast.Assign) and ast.unparse(it.targets[0]) == "pytestmark"
    ]
    return "\n".join(map(ast.unparse, [*of_file, *(mark for it in named for mark in it.decorator_list)]))


def test_a_test_that_is_named_for_a_guarantee_is_run_by_what_the_page_says() -> None:
    names = sorted(set(NAMED))
    assert [
        name for file, name in names if not (name.startswith("test_") and Path(file).name.startswith("test_"))
    ] == []
    scale = {f"`{file}::{name}`" for file, name in names if "mark.scale" in marks(file, name)}
    assert scale == set(re.findall(r"(`tests/[^`]+`) \(`make scale`\)", PAGE))
    never = [name for file, name in names if re.search(r"mark\.(skip|xfail)\b", marks(file, name))]
    assert never == []


def test_each_guarantee_is_the_readmes_own_sentence() -> None:
    readme = plain(CHECKOUT.joinpath("README.md").read_text("utf-8"))
    assert [said for said, _ in ROWS if plain(said) not in readme] == []
    assert len(ROWS) > 15


def test_every_guarantee_has_a_test_but_for_what_was_never_run() -> None:
    assert [said for said, tests in ROWS if "::" not in tests] == [
        "**Nothing of this project has been run on AWS itself yet**"
    ]
