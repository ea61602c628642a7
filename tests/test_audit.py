"""`make audit`: a check that could not be made never counts as passed."""

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parent.parent
_SPEC = importlib.util.spec_from_file_location("audit", CHECKOUT / ".ci" / "audit" / "audit.py")
assert _SPEC is not None
assert _SPEC.loader is not None
audit: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

CLEAN, FOUND, SILENT = audit.Result("a", []), audit.Result("b", ["x"]), audit.Result("c", [], "no network")


@pytest.mark.parametrize(
    ("results", "code"), [([CLEAN], 0), ([CLEAN, FOUND], 1), ([CLEAN, SILENT], 3), ([SILENT, FOUND], 1)]
)
def test_the_exit_code_tells_clean_from_found_from_not_run(results: list[Any], code: int) -> None:
    assert audit.exit_code(results) == code


def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *of_each_call: object) -> None:
    left = iter(of_each_call)
    monkeypatch.setattr(audit, "OUT", tmp_path)
    monkeypatch.setattr(audit, "tool", lambda *_: json.dumps(next(left)))


VULNERABLE = {"name": "requests", "version": "2.19.0", "vulns": [{"id": "PYSEC-2018-28"}]}
GOOD = {"name": "boto3", "version": "1", "vulns": []}
UNKNOWN = {"name": "boto3", "skip_reason": "Dependency not found on PyPI"}


def test_a_database_that_knows_no_vulnerability_of_a_package_that_has_some_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(tmp_path, monkeypatch, {"dependencies": [{**VULNERABLE, "vulns": []}]})
    assert audit.done("packages", audit.packages, {}).not_run.startswith("the database knows no vulnerability")


def test_a_package_that_the_database_does_not_know_is_not_a_clean_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(tmp_path, monkeypatch, {"dependencies": [VULNERABLE]}, {"dependencies": [GOOD, UNKNOWN]})
    said = audit.done("packages", audit.packages, {}).not_run
    assert said == "the database does not know 1 packages of requirements.lock, such as boto3"


def test_a_vulnerability_is_found_unless_it_is_accepted_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = {"dependencies": [VULNERABLE]}, {"dependencies": [GOOD]}, {"dependencies": [VULNERABLE]}
    answers(tmp_path, monkeypatch, *calls)
    assert audit.packages({}) == ["requests 2.19.0: PYSEC-2018-28"]
    answers(tmp_path, monkeypatch, *calls)
    assert audit.packages({"vulnerability": [{"begins": "requests 2.19.0: PYSEC-2018-28", "why": "…"}]}) == []


def test_a_registry_that_gives_no_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch, {"message": "405 Method Not Allowed"})
    assert audit.done("npm", audit.node, {}) == audit.Result("npm", [], "405 Method Not Allowed")


def test_the_sbom_and_the_licences_cover_the_npm_packages_of_both_locks() -> None:
    locked = {folder: json.loads((CHECKOUT / folder / "package-lock.json").read_text("utf-8")) for folder in audit.NODE}
    wanted = {
        (path.rpartition("node_modules/")[2], entry["version"])
        for lock in locked.values()
        for path, entry in lock["packages"].items()
        if path
    }
    assert {"preact", "echarts", "aws-cdk"} <= {name for name, _ in wanted}
    assert {(name, entry["version"]) for name, entry in audit.npm()} == wanted
    component = audit.npm_component("preact", {"version": "11.2.0", "license": "MIT"})
    assert component == {
        "type": "library",
        "name": "preact",
        "version": "11.2.0",
        "purl": "pkg:npm/preact@11.2.0",
        "bom-ref": "pkg:npm/preact@11.2.0",
        "licenses": [{"expression": "MIT"}],
    }


def test_an_npm_package_with_another_licence_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(tmp_path, monkeypatch, [{"Name": "boto3", "Version": "1", "License": "Apache-2.0"}])
    monkeypatch.setattr(audit, "npm", lambda: [("a", {"version": "1", "license": "GPL-3.0"}), ("b", {"version": "2"})])
    assert audit.licences({"licences": {"accepted": ["Apache-2.0"]}}) == ["a 1: GPL-3.0", "b 2: none"]


@pytest.mark.scale
def test_the_audit_of_this_checkout_finds_nothing_that_is_not_accepted() -> None:
    subprocess.run(["make", "audit"], cwd=CHECKOUT, capture_output=True, check=False)
    results = json.loads((audit.OUT / "audit.json").read_text("utf-8"))
    assert {it["check"]: it["findings"] for it in results} == {name: [] for name in audit.CHECKS}
    assert {it["check"] for it in results if it["not_run"]} <= {"packages", "npm"}
