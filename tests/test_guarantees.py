"""docs/guarantees.md quotes the README's sentences, and the tests that it names for them exist."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
PAGE = CHECKOUT.joinpath("docs", "guarantees.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)[2:]


def plain(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_a_test_that_is_named_for_a_guarantee_exists(file: str, name: str) -> None:
    tree = ast.parse(CHECKOUT.joinpath(file).read_text("utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_each_guarantee_is_the_readmes_own_sentence() -> None:
    readme = plain(CHECKOUT.joinpath("README.md").read_text("utf-8"))
    assert [said for said, _ in ROWS if plain(said) not in readme] == []
    assert len(ROWS) > 15


def test_every_guarantee_has_a_test_but_for_what_was_never_run() -> None:
    assert [said for said, tests in ROWS if "::" not in tests] == [
        "**Nothing of this project has been run on AWS itself yet**"
    ]
