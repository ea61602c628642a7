"""Every example of every `--help` runs, in an empty folder, by the generated day that the first of them writes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import requests

import tillstream
from tests.console.examples import examples_of, session
from tests.end_to_end.laptop import Laptop, platform

pytestmark = pytest.mark.parts

OF_THE_PLATFORM: Final = ("tillstream up", "tillstream down", "tillstream reset")
"""What the fixture does, or what would end it."""


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    with platform(tmp_path_factory.mktemp("examples"), "--in-memory") as laptop:
        yield laptop


def examples() -> list[str]:
    """All that can run beside each other: first the session that sends a day, last what waits for the next batch."""
    rest = sorted(tillstream.COMMANDS, key=lambda name: name == "put")
    found = [*session(), *(example for name in rest for example in examples_of(name))]
    return [example for example in dict.fromkeys(found) if not example.startswith(OF_THE_PLATFORM)]


def test_every_example_of_every_help_runs_in_an_empty_folder(laptop: Laptop, tmp_path: Path) -> None:
    environment = {**laptop.environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    failed = {}
    for example in examples():
        call = ["bash", "-e", "-o", "pipefail", "-c", example]
        done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        while done.returncode and "still on their way" in done.stderr:  # the consumers may take their time
            done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            failed[example] = f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    assert not failed, "\n".join(f"$ {example}\n{said}" for example, said in failed.items())


def test_without_the_course_option_nothing_answers_an_unsigned_request(laptop: Laptop) -> None:
    for path in ("hello", "order-lines", "invoices/536373", "openapi.json"):
        assert requests.get(f"{laptop.target.api_url}/{path}", timeout=30).status_code == 403
