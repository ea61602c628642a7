"""Synthesis by itself: no account, no network, nothing of this machine in the templates."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.packaging import functions
from infra.packaging.builds import CHECKOUT
from infra.packaging.functions import DEPLOYABLES
from tests.infra.conftest import read

pytestmark = pytest.mark.parts


def without_network() -> list[str]:
    """What runs a command in a network of its own, in which there is nothing."""
    command = [shutil.which("unshare") or "false", "-rn"]
    if subprocess.run([*command, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a network namespace")
    return command


def test_a_stage_is_synthesized_without_account_and_network_and_is_what_up_runs(tmp_path: Path) -> None:
    for deployable in DEPLOYABLES:
        functions.asset(deployable)
    ran = subprocess.run(
        [*without_network(), sys.executable, "-m", "infra.app", "--stage", "dev", "--output", str(tmp_path / "out")],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    for file in read("dev").folder.glob("*.template.json"):
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
        assert str(CHECKOUT).encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("context", "stage", "course"),
    [({"stage": "dev"}, "dev", False), ({"stage": "laptop", "course": "true"}, "laptop", True)],
)
def test_the_cdks_command_line_names_the_stage_and_the_course_by_context(
    tmp_path: Path, context: dict[str, str], stage: str, course: bool
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, "CDK_OUTDIR": str(tmp_path), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    for file in read(stage, course).folder.glob("*.template.json"):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_an_unknown_stage_is_refused_by_name() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "infra.app", "--stage", "nope"], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert "name a stage, one of dev, laptop, prod; found 'nope'" in ran.stderr
