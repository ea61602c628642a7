"""The operator's policy: of one stage alone, for each command with `--stack`, and as docs/operating.md shows it.

TILLSTREAM_WRITE_DOCS=1 python -m pytest tests/operations/operator_policy     # writes the page's table anew

tests/operations/stage/test_end_to_end.py runs the commands and holds each to its policy.
"""

import json
import os
import re
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

import tillstream
from operations.operator_policy import __main__ as command_line
from operations.operator_policy.needs import COMMANDS
from operations.operator_policy.policy import MOST_CHARACTERS, Place, characters, policy, table
from tests.stores.test_target import DEPLOYED

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "operating.md"
MARKED: Final = re.compile(r"(<!-- operator -->).*?(<!-- end -->)", re.DOTALL)
CLUSTER: Final = "arn:aws:kafka:eu-central-1:123456789012:cluster/dev/1"
OTHERS: Final = {
    "replay": "infra.client_policy",
    "invoice": "infra.client_policy",
    "customer": "infra.client_policy",
    "ledger": "asks the brokers, from inside the VPC",
}
"""Commands with `--stack` that have no policy here, and why."""
UNBOUND: Final = {"*", "alarm:*", "catalog", "event-source-mapping:*", "workgroup/*"}
"""Resources that IAM cannot bind to one stage by its names."""


def dev() -> Place:
    return Place.of("tillstream-dev", replace(DEPLOYED, cluster=CLUSTER))


def test_every_command_that_takes_a_stack_has_a_policy() -> None:
    found = set()
    for name in tillstream.COMMANDS:
        for words in ([name], [name, "show"]):  # some have commands of their own
            with redirect_stdout(StringIO()) as said, redirect_stderr(said), suppress(SystemExit):
                tillstream.main([*words, "--help"])
            if "--stack" in said.getvalue():
                found.add(name)
    assert found == COMMANDS.keys() | OTHERS.keys()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_policy_names_the_stages_own_resources_and_fits_into_a_managed_policy_of_iam(command: str) -> None:
    document = policy(dev(), [command])
    text = json.dumps(document)
    assert re.search(r"{\w+}", text) is None
    assert characters(document) <= MOST_CHARACTERS
    resources = {arn for it in document["Statement"] for arn in it["Resource"]}
    named = ("tillstream-dev", *(getattr(dev(), name) for name in Place.__struct_fields__[3:]))
    of_any_stage = {arn.rpartition(":123456789012:")[2] for arn in resources if not any(it in arn for it in named)}
    assert of_any_stage <= UNBOUND
    assert not any("*" in action for it in document["Statement"] for action in it["Action"])


def test_of_several_commands_each_need_stands_once() -> None:
    both = policy(dev(), ["status", "logs"])["Statement"]
    assert [it for it in both if both.count(it) > 1] == []
    for command in ("status", "logs"):
        assert all(it in both for it in policy(dev(), [command])["Statement"])


def test_the_apis_id_is_that_of_its_address() -> None:
    [invoke] = [it for it in policy(dev(), ["status"])["Statement"] if it["Action"] == ["execute-api:Invoke"]]
    assert invoke["Resource"] == ["arn:aws:execute-api:eu-central-1:123456789012:abc/P/GET/pipeline"]


def test_the_command_prints_the_policy_of_the_named_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "from_stack", lambda stack: replace(DEPLOYED, cluster=CLUSTER))
    assert command_line.main(["--stack", "tillstream-dev", "erase", "fill"]) == 0
    assert json.loads(capsys.readouterr().out) == policy(dev(), ["erase", "fill"])
    with pytest.raises(SystemExit):
        command_line.main(["--stack", "tillstream-dev", "era"])


def test_an_address_without_an_apis_id_is_refused() -> None:
    of_a_domain = replace(DEPLOYED, cluster=CLUSTER, api_url="https://orders.example.com")
    assert Place.of("tillstream-dev", of_a_domain, "abc").api == "abc"
    with pytest.raises(ValueError, match=r"https://orders\.example\.com is not the address of an API"):
        Place.of("tillstream-dev", of_a_domain)


def test_a_policy_that_iam_would_not_take_is_printed_with_its_size(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "from_stack", lambda stack: replace(DEPLOYED, cluster=CLUSTER))
    assert command_line.main(["--stack", "tillstream-dev", *COMMANDS]) == 0
    said = capsys.readouterr()
    size = characters(policy(dev(), COMMANDS))
    assert json.loads(said.out) == policy(dev(), COMMANDS)
    assert f"it has {size:,} characters without blanks, and IAM takes 6,144 in a managed policy" in said.err
    assert command_line.main(["--stack", "tillstream-dev", "status"]) == 0
    assert capsys.readouterr().err == ""


def test_the_page_has_the_table() -> None:
    text = PAGE.read_text("utf-8")
    fresh = MARKED.sub(lambda found: "\n".join([found[1], *table(), found[2]]), text)
    if os.environ.get("TILLSTREAM_WRITE_DOCS"):
        PAGE.write_text(fresh, "utf-8")
    assert len(MARKED.findall(text)) == 1
    assert PAGE.read_text("utf-8") == fresh
