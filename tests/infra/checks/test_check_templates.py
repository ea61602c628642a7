"""`make check-templates`: what checkov and parliament find is accepted with a reason, and nothing without need."""

import importlib.util
import tomllib
from typing import Any

import pytest

from infra.packaging.builds import CHECKOUT
from tests.test_deploy_page import make

FOLDER = CHECKOUT / ".ci" / "templates"
_SPEC = importlib.util.spec_from_file_location("check_templates", FOLDER / "check.py")
assert _SPEC is not None
assert _SPEC.loader is not None
check: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(check)


@pytest.mark.scale
def test_checkov_and_parliament_find_nothing_but_what_is_accepted() -> None:
    ran = make("check-templates")
    assert ran.returncode == 0, ran.stdout + ran.stderr[-2000:]
    assert ran.stdout.endswith(" 0 left\n")


def test_every_accepted_finding_has_a_reason_and_names_its_places() -> None:
    for it in tomllib.loads((FOLDER / "accepted.toml").read_text("utf-8"))["accepted"]:
        assert set(it) <= {"rule", "at", "says", "why"}
        assert len(it["why"]) > 30, it
        assert it["at"] != ["*"] or "says" in it or it["rule"] == "CKV_AWS_158", it


@pytest.mark.parametrize(
    ("rule", "place", "text", "accepted"),
    [
        ("R", "Lake/Resource", "no logs", True),
        ("R", "Files/Resource", "no logs", False),
        ("S", "Lake/Resource", "no logs", False),
        ("R", "Lake/Resource", "no locks", False),
    ],
)
def test_an_entry_accepts_its_rule_at_its_places_with_its_words(
    rule: str, place: str, text: str, accepted: bool
) -> None:
    entry = {"rule": "R", "at": ["Lake/*"], "says": ["* logs"]}
    assert check.covers(entry, check.Finding(rule, place, text)) is accepted
