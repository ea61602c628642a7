"""Synthesis in a process of its own, with a small real stand-in for the CDK app."""

import json
from pathlib import Path

import pytest

from local.errors import NotPossible, SynthesisFailed
from local.synthesis import assembly

APP = """
import argparse, json, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--stage", choices=["laptop", "broken"])
parser.add_argument("--course", action="store_true")
parser.add_argument("--output", type=pathlib.Path)
given = parser.parse_args()
if given.stage == "broken":
    sys.exit("there is no module lambdas.ingest.handler")
given.output.mkdir(exist_ok=True)
(given.output / "manifest.json").write_text(json.dumps([given.stage, given.course]))
"""


@pytest.fixture
def app(tmp_path: Path) -> tuple[str, ...]:
    file = tmp_path / "app.py"
    file.write_text(APP)
    return (str(file),)


def test_each_stage_with_and_without_the_course_has_a_folder_of_its_own(tmp_path: Path, app: tuple[str, ...]) -> None:
    plain = assembly("laptop", output=tmp_path / "out", app=app)
    course = assembly("laptop", course=True, output=tmp_path / "out", app=app)
    assert json.loads((plain / "manifest.json").read_text()) == ["laptop", False]
    assert json.loads((course / "manifest.json").read_text()) == ["laptop", True]


def test_what_the_app_says_when_it_fails_is_told(tmp_path: Path, app: tuple[str, ...]) -> None:
    with pytest.raises(SynthesisFailed, match=r"there is no module lambdas\.ingest\.handler"):
        assembly("broken", output=tmp_path / "out", app=app)


def test_a_stage_that_the_app_does_not_know_is_wrong_use(tmp_path: Path, app: tuple[str, ...]) -> None:
    with pytest.raises(NotPossible, match="invalid choice: 'prdo'"):
        assembly("prdo", output=tmp_path / "out", app=app)
