"""cdk-nag's rules: every finding is acknowledged with a reason, and nothing is without need."""

import os
import subprocess
import sys
from collections.abc import Iterable
from operator import attrgetter

import pytest

from infra.checks.acknowledged import ACKNOWLEDGED, Acknowledgement
from infra.checks.rules import JUDGED
from infra.packaging.builds import CHECKOUT
from infra.stages import Stage
from local.cloudformation.synthesis import UNJUDGED
from tests.infra.stage_options import OPTIONS


@pytest.mark.parts
@pytest.mark.parametrize("stages", [("prod", "hosted"), pytest.param((), marks=pytest.mark.scale, id="all")])
def test_cdk_nag_passes_but_for_what_is_acknowledged(stages: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "infra.checks.rules", *stages]
    environment = os.environ | (UNJUDGED if stages else {})
    ran = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    assert ran.stdout.endswith(" 0 left\n")


def test_the_two_stages_that_stand_for_all_set_every_option_that_a_stage_sets() -> None:
    def options(stages: Iterable[Stage]) -> set[str]:
        return {option for option in OPTIONS for stage in stages if attrgetter(option)(stage)}

    assert options([JUDGED["prod"], JUDGED["hosted"]]) == options(JUDGED.values())


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
