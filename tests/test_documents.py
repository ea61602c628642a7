"""Every command in README and docs is one: it parses by the real parsers, and runs on a platform where one is enough.

Blocks without a language are commands, as are spans such as `tillstream up`, and the lines after `$` of a recording.
"""

import argparse
import ast
import contextlib
import json
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from confluent_kafka import Producer

import tillstream
from benchmarks.__main__ import BY_NAME
from benchmarks.measure.part import PARTS
from local.demo.recordings import SESSION
from local.processes import wait_until
from tests.console.examples import examples_of
from tests.end_to_end.laptop import CHECKOUT, Laptop, platform
from tests.orders import cells, csv_document

README: Final = CHECKOUT / "README.md"
YOUR_FILES: Final = CHECKOUT / "docs" / "your-files.md"
PAGES: Final = [README, CHECKOUT / "CONTRIBUTING.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
BLOCK: Final = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
FILE_AND_NAMES: Final = re.compile(r"`([a-z\d_/]+/[a-z\d_]+\.py)`((?:,? `[\w.]+`)*)")
"""A file between backquotes, and the functions and classes of it that follow; `NAME` in a path stands for any."""
SPAN: Final = re.compile(r"`((?:tillstream|make|python -m)\s[^`]+)`")
EXAMPLES: Final = {"HOST:PORT": "127.0.0.1:9092"}  # what stands for a value that a parser judges
SIMPLE: Final = ("base64", "cat", "curl", "done", "echo", "export", "for", "gzip", "head", "kcat", "zcat")
ENDLESS: Final = {"top", "--loop", "--watch", "--follow", "-f"}
NOT_HERE: Final = {"--stack", "--compose", "--bootstrap", "--course", "fill"} | ENDLESS
"""Words of a command that is not run on the test's platform: AWS, another platform, empty tables, or no end."""


class Command(NamedTuple):
    """A line of a page, whole or a span, which may name a command without all that it needs."""

    page: str
    text: str
    whole: bool = True

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def blocks(page: Path, language: str) -> list[str]:
    found = BLOCK.findall(page.read_text("utf-8"))
    return [textwrap.dedent(text) for _, its, text in found if its == language]


def lines(block: str) -> Iterator[str]:
    """The commands of a block: continued lines and loops are one."""
    loop: list[str] = []
    for line in block.replace("\\\n", " ").splitlines():
        loop.append(line.strip())
        if line.strip() and not (loop[0].startswith("for ") and loop[-1] != "done"):
            yield "\n".join(loop)
            loop = []


def commands() -> list[Command]:
    found = []
    for page in PAGES:
        name = str(page.relative_to(CHECKOUT))
        found += [Command(name, line) for block in blocks(page, "") for line in lines(block)]
        found += [Command(name, line) for text in blocks(page, "text") for line in recorded(text)]
        prose = BLOCK.sub("", page.read_text("utf-8"))
        found += [Command(name, " ".join(span.split()), whole=False) for span in SPAN.findall(prose)]
    return list(dict.fromkeys(found))


def recorded(text: str) -> Iterator[str]:
    """The command lines of a recording, which may be more than one line each, without the `$`."""
    remaining = iter(text.splitlines())
    for line in remaining:
        if line.startswith("$ "):
            while not closed(line):
                line += "\n" + next(remaining)
            yield line[2:]


def closed(line: str) -> bool:
    """Whether each quote has its end."""
    try:
        shlex.split(line)
    except ValueError:
        return False
    return True


def simple_commands(text: str) -> Iterator[list[str]]:
    """The words of each command in a line of shell, those in `$(…)` too, without what is set before it."""
    words: list[str] = []
    for line in [text] if text.count("\n") and not text.startswith("for ") else text.splitlines():
        last = ""
        for word in [*tokens(line), ";"]:
            before, last = last, word
            for inside in re.findall(r"\$\((.*?)\)", word):
                yield from simple_commands(inside)
            if set(word) <= set("&|;<>"):
                if words and word[0] in "&|;":
                    yield words
                    words = []
            elif before in ("<", ">"):
                pass  # a file
            elif words or not (word == "do" or re.match(r"\w+=", word)):
                words.append(word)


def tokens(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    return list(lexer)


class ParsedError(Exception):
    """A parser has taken all words."""


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every option, also of the parser's own subcommands, and the subcommands' names."""
    found = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= set(action.choices).union(*(options_of(it) for it in action.choices.values()))
    return found


def has_subcommands(parser: argparse.ArgumentParser) -> bool:
    return any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[argparse.ArgumentParser]:
    """Real parsers that stop when they have parsed, so that nothing is done; the list of those that were asked."""
    asked: list[argparse.ArgumentParser] = []
    whole = argparse.ArgumentParser.parse_args

    def parse_and_stop(self: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        asked.append(self)
        whole(self, args, namespace)
        raise ParsedError

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)
    return asked


def check(words: list[str], whole: bool, asked: list[argparse.ArgumentParser], patch: pytest.MonkeyPatch) -> None:
    """Raise `AssertionError` unless this is a command that there is, with options that it has."""
    match words:
        case ["tillstream", "help", "COMMAND"]:
            pass
        case ["tillstream", name, *rest]:
            assert name in tillstream.COMMANDS, f"no command {name}"
            parse(lambda: tillstream.main([name, *rest]), rest, whole, asked)
        case ["tillstream"]:
            pass
        case ["python", "-m", "pytest", *rest]:
            assert all((CHECKOUT / word).exists() for word in rest if not word.startswith("-"))
        case ["python", "-m", module, *rest]:
            assert find_spec(module), f"no module {module}"
            assert module != "benchmarks" or {*rest} <= {*PARTS, *BY_NAME}
            patch.setattr(sys, "argv", [module, *rest])
            if any(word.startswith("-") for word in rest):
                parse(lambda: runpy.run_module(module, run_name="__main__"), rest, whole, asked)
        case ["make", *rest]:
            rules = re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE)
            assert {word for word in rest if "=" not in word} <= set(rules)  # make itself takes a .PHONY without a rule
            done = subprocess.run(["make", "-n", *rest], cwd=CHECKOUT, capture_output=True, text=True)
            named = "STAGE" in done.stderr and not whole  # a span may leave the stage out
            assert done.returncode == 0 or named, done.stderr
        case ["aws", *_]:
            assert whole, "tests/test_deploy_page.py and tests/end_to_end/test_own_tools.py look into blocks only"
        case ["npx", "cdk", verb, *_]:
            assert verb in ("bootstrap", "deploy", "destroy")
        case ["cd", folder]:
            assert (CHECKOUT / folder).is_dir()
        case ["npm", "ci"] | ["source", ".venv/bin/activate"] | ["eval", _]:
            pass
        case _:
            assert words[0] in SIMPLE, f"unknown command {words[0]}"


def parse(call: Any, words: list[str], whole: bool, asked: list[argparse.ArgumentParser]) -> None:
    """Let the command's own parser judge; of a span, only what it names."""
    with contextlib.suppress(ParsedError, *([] if whole else [SystemExit])):
        call()
    assert asked, "no parser was asked"
    known = options_of(asked[0])
    # argparse takes a beginning of an option for it: a renamed one could go on unseen
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known
    if has_subcommands(asked[0]) and words and not words[0].startswith("-"):
        assert words[0] in known


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(str(command).split())[:80])
def test_a_command_of_the_documents_exists_with_its_options(
    command: Command, parsed: list[argparse.ArgumentParser], monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in simple_commands(command.text):
        parsed.clear()
        check([EXAMPLES.get(word, word) for word in words], command.whole, parsed, monkeypatch)


@pytest.mark.parametrize("name", tillstream.COMMANDS)
def test_the_examples_of_a_commands_help_are_right(
    name: str, parsed: list[argparse.ArgumentParser], monkeypatch: pytest.MonkeyPatch
) -> None:
    for example in examples_of(name):
        for words in simple_commands(example):
            parsed.clear()
            check(words, True, parsed, monkeypatch)


@pytest.mark.parametrize(
    "text",
    [
        "tillstream replya day.csv",
        "tillstream replay day.csv --mapp map.toml",
        "tillstream replay day.csv --stat replay.json",
        "tillstream replay",
        "tillstream ledger forget",
        'eval "$(tillstream env --stacks NAME)"',
        "cat day.csv | tillstream reply -",
        "python -m infra.client_polices --region x",
        "python -m infra.client_policy --zone x",
        "make demos",
        "npx cdk deplyo",
        "rm -rf /",
    ],
)
def test_a_command_that_does_not_exist_is_found(
    text: str, parsed: list[argparse.ArgumentParser], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises((AssertionError, SystemExit)):
        test_a_command_of_the_documents_exists_with_its_options(Command("a page", text), parsed, monkeypatch)


def is_run_here(command: Command) -> bool:
    """Whether the test's platform, and a folder with a few files, are enough to run the line."""
    words = {word for words in simple_commands(command.text) for word in words}
    asks_aws = bool(words & NOT_HERE) or {"doctor", "--stage"} <= words
    return bool({"tillstream", "infra.client_policy"} & words) and not asks_aws


def test_the_recordings_are_of_the_sessions_that_make_them() -> None:
    shown = [it.text for it in commands() if it.page == "docs/recordings.md"]
    assert shown[0] == "make demo"
    assert {line for line, _ in SESSION} <= set(shown)


def test_files_named_in_the_documents_are_there() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_functions_named_in_the_documents_are_in_the_file_named_before_them() -> None:
    found = [(page.name, *named) for page in PAGES for named in FILE_AND_NAMES.findall(page.read_text("utf-8"))]
    assert sum(name == "architecture.md" for name, *_ in found) > 30
    missing = [
        f"{page}: {file} {name}"
        for page, file, names in found
        for name in re.findall(r"[\w.]+", names) or ["the file"]
        if name not in defined(CHECKOUT / file)
    ]
    assert missing == []


def defined(path: Path) -> set[str]:
    """The functions and classes of a file, and its methods as `Class.method`; nothing where there is no such file."""
    if not path.is_file():
        return set()
    found = {"the file"}
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inside.name}" for inside in node.body if isinstance(inside, ast.FunctionDef)}
    return found


@pytest.mark.parts
@pytest.mark.scale
def test_the_commands_of_the_documents_run_in_their_order(tmp_path: Path) -> None:
    folder = tmp_path / "somewhere"
    (folder / "FOLDER").mkdir(parents=True)
    (folder / "my.csv").write_text("".join(blocks(YOUR_FILES, "csv")), "utf-8")
    (folder / "map.toml").write_text("".join(blocks(YOUR_FILES, "toml")), "utf-8")
    Laptop(tmp_path).do("generate", "2010-12-03", "--invoices", "5", "-o", str(folder / "FOLDER" / "2010-12-03.csv"))
    apart = ("docs/recordings.md", "docs/runbook/")  # tests/runbook follows the pages, each after its accident
    found = [it for it in commands() if it.whole and is_run_here(it) and not it.page.startswith(apart)]
    ends = [it for it in found if it.text.startswith(("tillstream up", "tillstream down", "tillstream reset"))]
    assert len(ends) >= 3
    assert any("--map" in it.text for it in found)
    before = [it for it in found if it.text.startswith("tillstream doctor")]
    for command in before:
        in_shell(Laptop(tmp_path), folder, command)
    with platform(tmp_path, "--in-memory") as laptop:
        for command in [it for it in found if it not in (*before, *ends)]:
            if command.text == "tillstream quarantine list":
                quarantine_two(laptop, folder)  # the page mends the first, and gives up the second
            in_shell(laptop, folder, command)
        status = json.loads(laptop.do("status", "--json"))
        assert status["warehouses"][0]["order_lines"] > 1000
    for command in ends[1:]:
        in_shell(laptop, folder, command)


def quarantine_two(laptop: Laptop, folder: Path) -> None:
    """Let the batch path quarantine a row without a country, and the stream a message that is not JSON."""
    file = folder / "without-country.csv"
    file.write_bytes(csv_document(cells(), cells(Country="")))
    laptop.do("put", str(file))
    laptop.do("job", "curate")
    producer = Producer({"bootstrap.servers": laptop.target.bootstrap_servers})
    producer.produce(laptop.target.topic, b"not JSON")
    assert producer.flush(300) == 0
    assert wait_until(lambda: len(json.loads(laptop.do("quarantine", "list", "--json"))) == 2, 600)


def in_shell(laptop: Laptop, folder: Path, command: Command) -> None:
    """Run a line as a person would; it must succeed."""
    path = f"{Path(sys.executable).parent}:{laptop.environment['PATH']}"
    inside = {**laptop.environment, "PATH": path, "PYTHONPATH": str(CHECKOUT)}
    call = ["bash", "-e", "-o", "pipefail", "-c", command.text]
    began = time.monotonic()
    done = subprocess.run(call, cwd=folder, env=inside, capture_output=True, text=True, timeout=2400, check=False)
    print(f"{time.monotonic() - began:6.1f} s  {command}")
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
