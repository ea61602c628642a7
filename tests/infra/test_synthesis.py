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
from tests.infra.conftest import Templates, read

pytestmark = pytest.mark.parts


def without_network() -> list[str]:
    """The words before a command that run it in an empty network of its own; none where nobody may make one."""
    command = [shutil.which("unshare") or "false", "-rn"]
    return [] if subprocess.run([*command, "true"], capture_output=True).returncode else command


@pytest.mark.parametrize(
    ("context", "stage", "course"),
    [
        pytest.param({"stage": "dev"}, "dev", False, marks=pytest.mark.scale),
        pytest.param({"stage": "prod"}, "prod", False, marks=pytest.mark.scale),
        ({"stage": "laptop", "course": "true"}, "laptop", True),
    ],
)
def test_the_cdks_command_line_gets_what_up_runs_without_account_and_network(
    tmp_path: Path, context: dict[str, str], stage: str, course: bool
) -> None:
    """It names stage and course by context and the folder by a variable, where `up` names them by arguments."""
    for deployable in DEPLOYABLES:
        functions.asset(deployable)
    alone = without_network()
    # jsii unpacks the CDK there, which takes 15 s of CPU in a home without it
    unpacked = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
    home = {"HOME": str(tmp_path), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(unpacked)}
    named = {"CDK_OUTDIR": str(tmp_path / "out"), "CDK_CONTEXT_JSON": json.dumps(context)}
    ran = subprocess.run(
        [*alone, sys.executable, "-m", "infra.app"],
        cwd=CHECKOUT,
        env={"PATH": os.defpath, **home, **named},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    for file in read(stage, course).folder.glob("*.template.json"):
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
    if not alone:
        pytest.skip("all is right, but with a network: this machine lets nobody make another one")


def test_no_template_names_a_folder_of_this_machine(templates: Templates) -> None:
    for file in templates.folder.glob("*.template.json"):
        assert str(CHECKOUT).encode() not in file.read_bytes()


def test_an_unknown_stage_is_refused_by_name() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "infra.app", "--stage", "nope"], cwd=CHECKOUT, capture_output=True, text=True
    )
    assert ran.returncode == 2
    assert "argument --stage: invalid choice: 'nope'" in ran.stderr
