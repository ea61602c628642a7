"""Docstrings, messages and pages are understood alone: each says its subject, in plain words, without riddles.

A first line names its thing: `What a batch comes to` names none, `The totals of a batch` does.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

CHECKOUT: Final = Path(__file__).parents[1]
ROOMS: Final = (
    *("commerce", "stores", "console", "producer", "lambdas", "consumers", "glue_jobs", "warehouse"),
    *("infra", "local", "operations", "benchmarks", "tillstream.py"),
)

HEADLESS: Final = re.compile(r"(What|Where|That|Those|Which|Who|When|As|One more|The same for)\b")
"""Beginnings of a docstring that leave its subject out; `Whether` is the usual one of a predicate."""

RIDDLES: Final = re.compile(
    r"\b(comes? to\b(?! (an end|the (front|top))\b)|(is|are|was|were|be|been) told\b|of ours\b|lies\b"
    r"|lie (in|under|at|beside|there)\b|what (became|becomes|came) of\b|deployment answers?\b|surroundings\b"
    r"|misfits?\b|sets? aside\b|(?<!there )(is|are) no (?!(more|fewer|less|later|longer|greater)\b)[a-z])",
    re.IGNORECASE,
)
"""Turns that a newcomer must guess at, such as `comes to`, `is told`, `of ours`, `lies`, `is no X`; and our own words.

The field has words for these: quarantine, existing, config drift, custom resource, execution environment.
"""


class Text(NamedTuple):
    """A docstring, or a paragraph of a page, with its place."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text.splitlines()[0]}"


def unclear(text: str, *, is_docstring: bool = True) -> str | None:
    """The part of a text that cannot be understood alone; None if there is none. Code in it is not read."""
    prose = re.sub(r"`[^`]*`|^ *>>>.*$", "``", text, flags=re.MULTILINE)
    found = (HEADLESS.match(prose) if is_docstring else None) or RIDDLES.search(" ".join(prose.split()))
    return found.group() if found else None


def docstrings(source: str, place: str) -> Iterator[Text]:
    """Every docstring of a module, its classes, functions and constants."""
    for node in ast.walk(ast.parse(source)):
        for child in node.body if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else ():
            match child:
                case ast.Expr(value=ast.Constant(value=str(text))):
                    yield Text(f"{place}:{child.lineno}", text.strip())


def messages(source: str, place: str) -> Iterator[Text]:
    """Every text of a module of three words or more that is not a docstring, with `{}` for the values in it."""
    tree = ast.parse(source)
    others = {id(it.value) for it in ast.walk(tree) if isinstance(it, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr | ast.Constant):
            continue
        text = ""
        if isinstance(node, ast.JoinedStr):
            others |= {id(value) for value in node.values}
            text = "".join(str(it.value) if isinstance(it, ast.Constant) else "{}" for it in node.values)
        elif isinstance(node.value, str) and id(node) not in others:
            text = node.value
        if text.count(" ") >= 2:
            yield Text(f"{place}:{node.lineno}", text)


def undocumented(source: str, place: str) -> list[str]:
    """The module, public classes, functions and methods that have no docstring, by place."""
    found: list[str] = []
    pending: list[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef] = [ast.parse(source)]
    for node in pending:
        if not ast.get_docstring(node):
            found.append(f"{place}:{getattr(node, 'lineno', 1)}")
        if isinstance(node, ast.Module | ast.ClassDef):
            kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
            pending += [it for it in node.body if isinstance(it, kinds) and not it.name.startswith("_")]
    return found


def paragraphs(page: str, place: str) -> Iterator[Text]:
    """The prose of a page by paragraphs, without its blocks of code."""
    prose = re.sub(r"^( *)```.*?^\1```$", lambda block: "\n" * block.group().count("\n"), page, flags=re.S | re.M)
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", prose):
        if paragraph.strip():
            yield Text(f"{place}:{line}", paragraph)
        line += paragraph.count("\n")


def tracked(*patterns: str) -> list[Path]:
    """The files of the checkout under version control that match these patterns."""
    call = ["git", "ls-files", *patterns]
    listed = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    return [CHECKOUT / name for name in listed.split() if (CHECKOUT / name).is_file()]


SOURCES: Final = [path for path in tracked(*ROOMS) if path.suffix == ".py"]
PAGES: Final = [path for path in tracked("*.md") if path.name not in ("recordings.md",)]
"""Pages; the recordings hold what commands printed when they were recorded."""


def test_every_public_thing_has_a_docstring() -> None:
    assert len(SOURCES) > 300
    assert [it for path in SOURCES for it in undocumented(path.read_text("utf-8"), path.name)] == []


def test_docstrings_say_their_subject_in_plain_words() -> None:
    texts = [it for path in SOURCES for it in docstrings(path.read_text("utf-8"), str(path.relative_to(CHECKOUT)))]
    assert [f"{it} [{part}]" for it in texts if (part := unclear(it.text))] == []


def test_messages_say_it_in_plain_words() -> None:
    texts = [it for path in SOURCES for it in messages(path.read_text("utf-8"), str(path.relative_to(CHECKOUT)))]
    assert len(texts) > 1000
    assert [f"{it} [{part}]" for it in texts if (part := unclear(it.text, is_docstring=False))] == []


def test_documents_say_it_in_plain_words() -> None:
    texts = [it for page in PAGES for it in paragraphs(page.read_text("utf-8"), str(page.relative_to(CHECKOUT)))]
    assert len(texts) > 300
    assert [f"{it} [{part}]" for it in texts if (part := unclear(it.text, is_docstring=False))] == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("What an answer that is no success says, in one line.", "What"),
        ("Where it lies what became of a batch's inputs", "Where"),
        ("That nobody waits.", "That"),
        ("One more.", "One more"),
        ("The totals, and what the row\ncomes to.", "comes to"),
        ("The reason is told in a sentence.", "is told"),
        ("A table of ours.", "of ours"),
        ("The key under which it lies.", "lies"),
        ("The event is no Kafka event.", "is no K"),
        ("Sets aside a wrong row.", "Sets aside"),
        ("The surroundings of a worker.", "surroundings"),
    ],
)
def test_a_riddle_is_found(text: str, part: str) -> None:
    assert unclear(text) == part


@pytest.mark.parametrize(
    "text",
    [
        "Count one finding; keep its text if fewer than 1,000 are kept.",
        "Whether the line is judged.",
        "The rows, in order; None if there is no row.",
        "A number is no more than its name says. `tillstream told` is code.",
        "The batch comes to an end.",
    ],
)
def test_plain_words_are_left_alone(text: str) -> None:
    assert unclear(text) is None


def test_a_public_function_without_a_docstring_is_found() -> None:
    source = (
        '"""A module."""\n\nclass Thing:\n    """A thing."""\n\n    def method(self): ...\n\n    def _own(self): ...\n'
    )
    assert undocumented(source, "thing.py") == ["thing.py:6"]
