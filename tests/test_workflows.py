"""The workflows of GitHub, where every action is pinned and only what needs AWS gets a token; and the dev container."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).parent.parent
WORKFLOWS = sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> Any:
    return yaml.safe_load(request.param.read_text("utf-8"))


def steps(workflow: Any) -> list[Any]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_every_action_is_pinned_to_a_commit(workflow: Any) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [it for it in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", it)] == []


def test_a_token_for_aws_is_given_to_jobs_that_assume_a_role_and_to_no_others(workflow: Any) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assumes = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
        assert (job.get("permissions", {}).get("id-token") == "write") is assumes, name


def test_no_key_is_kept_and_no_event_is_pasted_into_a_shell(workflow: Any) -> None:
    for step in steps(workflow):
        assert "secrets." not in str(step)
        assert "${{" not in step.get("run", "")


def test_every_module_and_target_that_a_workflow_runs_is_there(workflow: Any) -> None:
    makefile = (CHECKOUT / "Makefile").read_text("utf-8")
    runs = "\n".join(step.get("run", "") for step in steps(workflow))
    for module in re.findall(r"python -m ([\w.]+)", runs):
        path = CHECKOUT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
    for target in re.findall(r"^(?:\s*)make (\w+)", runs, re.MULTILINE):
        assert f"\n{target}:" in makefile, target


def test_only_a_release_may_write_to_the_repository(workflow: Any) -> None:
    writers = [name for name, job in workflow["jobs"].items() if job.get("permissions", {}).get("contents") == "write"]
    assert writers == (["release"] if workflow["name"] == "release" else [])


def test_only_a_job_that_runs_nothing_of_a_pull_request_may_write_there_and_shows_the_diff(workflow: Any) -> None:
    permissions = {name: job.get("permissions", {}) for name, job in workflow["jobs"].items()}
    writers = [name for name, held in permissions.items() if held.get("pull-requests") == "write"]
    assert writers == (["comment"] if workflow["name"] == "deploy" else [])
    for job in (workflow["jobs"][name] for name in writers):
        assert job["needs"] == "diff"
        assert [(sorted(step), step["env"]["DIFF"]) for step in job["steps"]] == [
            (["env", "run"], "${{ needs.diff.outputs.diff }}")
        ]


def test_the_dev_container_has_what_setup_needs_and_runs_it() -> None:
    container = json.loads((CHECKOUT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    assert ":3.11-" in container["image"]
    assert container["features"]["ghcr.io/devcontainers/features/java:1"] == {"version": "17", "installMaven": "true"}
    assert container["postCreateCommand"] == "make setup"
