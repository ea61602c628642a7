"""cdk-nag's rules: every finding is acknowledged with a reason, and nothing is without need."""

import subprocess
import sys

import pytest

from infra.checks.acknowledged import ACKNOWLEDGED, Acknowledgement
from infra.packaging.builds import CHECKOUT


@pytest.mark.parts
def test_cdk_nag_passes_but_for_what_is_acknowledged() -> None:
    ran = subprocess.run([sys.executable, "-m", "infra.checks.rules"], cwd=CHECKOUT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    assert ran.stdout.endswith(" 0 left\n")


def test_every_acknowledgement_has_a_reason_and_names_a_place() -> None:
    for it in ACKNOWLEDGED:
        assert len(it.reason) > 30, it
        assert it.path != "*" or it.rule == "AwsSolutions-L1", it


def test_an_acknowledgement_of_one_prefix_is_none_of_another() -> None:
    raw = Acknowledgement("AwsSolutions-IAM5[Resource::*Lake*/raw/*]", "*/Role/*", "")
    assert raw.covers("AwsSolutions-IAM5[Resource::stack:OutputLake5F1Arn/raw/*]", "RawArchive/Role/DefaultPolicy")
    assert not raw.covers("AwsSolutions-IAM5[Resource::stack:OutputLake5F1Arn/lake/*]", "RawArchive/Role/DefaultPolicy")
    assert not raw.covers("AwsSolutions-IAM5[Resource::*]", "RawArchive/Role/DefaultPolicy")
    assert not raw.covers("AwsSolutions-IAM5[Action::s3:*]", "RawArchive/Role/DefaultPolicy")
