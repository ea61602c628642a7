"""Synthesis in a process of its own, with a small real stand-in for the CDK app."""

import json
from pathlib import Path

import pytest

from local.cloudformation.synthesis import assembly
from local.errors import NotPossible, SynthesisFailed

APP = """
import argparse, json, pathlib, sys
parser = argparse.ArgumentParser()
parser.add_argument("--stage", choices=["laptop", "broken"])
parser.add_argument("--course", action="store_true")
parser.add_argument("--output", type=pathlib.Path)
parser.add_argument("--list", action="store_true")
given = parser.parse_args()
if given.list:
    sys.exit(print("laptop broken"))
if given.stage == "broken":
    sys.exit("there is no module lambdas.ingest.handler")
given.output.mkdir()
pathlib.Path(".tillstream/build").mkdir(exist_ok=True)
(given.output / "manifest.json").write_text(json.dumps([given.stage, given.course]))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    texts = {"infra/app.py": APP, "commerce/lines.py": "1", "requirements.lock": "boto3", "web/headers.py": "2"}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def synthesized(checkout: Path) -> bool:
    """Whether asking for the laptop's templates runs the app."""
    said: list[str] = []
    assembly("laptop", checkout=checkout, say=said.append)
    return bool(said)


def test_each_stage_with_and_without_the_course_has_a_folder_of_its_own(checkout: Path) -> None:
    plain = assembly("laptop", checkout=checkout)
    course = assembly("laptop", course=True, checkout=checkout)
    assert json.loads((plain / "manifest.json").read_text()) == ["laptop", False]
    assert json.loads((course / "manifest.json").read_text()) == ["laptop", True]


def test_templates_are_synthesized_once(checkout: Path) -> None:
    assert [synthesized(checkout) for _ in range(3)] == [True, False, False]
    (checkout / "infra" / "__pycache__").mkdir(exist_ok=True)
    (checkout / "infra" / "__pycache__" / "app.pyc").write_text("2")
    assert not synthesized(checkout)


@pytest.mark.parametrize(
    "changed", ["infra/app.py", "commerce/lines.py", "requirements.lock", "lambdas/new.txt", "web/headers.py"]
)
def test_any_change_of_what_they_are_made_of_makes_them_anew(checkout: Path, changed: str) -> None:
    assert synthesized(checkout)
    file = checkout / changed
    file.parent.mkdir(exist_ok=True)
    file.write_text((file.read_text() if file.exists() else "") + "\n# changed")
    assert [synthesized(checkout) for _ in range(2)] == [True, False]


def test_they_are_made_anew_when_the_assets_are_gone(checkout: Path) -> None:
    assert synthesized(checkout)
    (checkout / ".tillstream" / "build").rmdir()
    assert synthesized(checkout)


def test_what_the_app_says_when_it_fails_is_told(checkout: Path) -> None:
    with pytest.raises(SynthesisFailed, match=r"there is no module lambdas\.ingest\.handler"):
        assembly("broken", checkout=checkout)


def test_a_stage_that_the_app_does_not_know_is_wrong_use(checkout: Path) -> None:
    with pytest.raises(NotPossible) as told:
        assembly("lapto", checkout=checkout)
    assert str(told.value) == "there is no stage 'lapto': infra/stages.py has laptop, broken; did you mean laptop?"
