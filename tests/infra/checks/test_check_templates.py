"""`make check-templates`: what checkov and parliament find is accepted with a reason, and nothing without need."""

import importlib.util
import json
import tomllib
from pathlib import Path
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


@pytest.mark.scale
def test_a_public_bucket_and_an_action_that_is_none_are_found_and_fail_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make("build/templates/venv/.ready").returncode == 0
    there = {"aws:cdk:path": "stack/Public"}
    public = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}, "Metadata": there}
    (tmp_path / "bad.template.json").write_text(json.dumps({"Resources": {"Public": public}}))
    statement = {"Effect": "Allow", "Action": ["s3:GetObjekt"], "Resource": ["arn:aws:s3:::lake/*"]}
    policies = {"a role": {"Version": "2012-10-17", "Statement": [statement]}}
    found = [*check.of_checkov(tmp_path), *check.of_parliament(tmp_path, policies)]
    assert {("CKV_AWS_20", "Public"), ("UNKNOWN_ACTION", "a role")} <= {(it.rule, it.place) for it in found}
    monkeypatch.setattr(check, "findings", lambda folder: found)
    assert check.main() == 1
    said = capsys.readouterr().out
    assert "CKV_AWS_20: Public: " in said
    assert "UNKNOWN_ACTION: a role: Unknown action s3:GetObjekt" in said


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
