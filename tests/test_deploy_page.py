"""docs/deploy.md says what is true: its tables and its policy are computed, its commands exist.

TILLSTREAM_WRITE_DOCS=1 python -m pytest tests/test_deploy_page.py     # writes tables and policy anew
"""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

import tillstream
from infra import stages
from infra.checks.changes import stateful_table, update_table
from infra.checks.updates import recorded
from infra.client_policy import client_policy
from local.cloudformation import reader
from local.permissions.table import roles_table
from local.platform import KafkaAddress
from operations.cost.hour import bill, by_use, resources
from operations.cost.months import months_markdown
from operations.cost.prices import read
from operations.cost.screen import Bill, markdown
from operations.cost.traffic import month
from tests.aws_commands import wrong
from tests.infra.conftest import read as templates_of

CHECKOUT: Final = Path(__file__).resolve().parent.parent
PAGE: Final = CHECKOUT / "docs" / "deploy.md"


def cost_of(stage: str) -> str:
    prices, found = read(), resources(templates_of(stage).folder)
    return markdown(Bill(bill(found, prices), by_use(found, prices), prices))


def policy() -> str:
    example = client_policy(region="us-east-1", account="123456789012", api="a1b2c3d4e5", stack="tillstream-dev")
    return f"```json\n{json.dumps(example, indent=2)}\n```"


def roles() -> str:
    kafka = KafkaAddress("brokers:9098", "MSK_IAM")
    return "\n".join(roles_table(reader.load(templates_of("prod").folder, kafka=kafka, api_url="https://api")))


def months_of(stage: str) -> str:
    prices, found = read(), resources(templates_of(stage).folder)
    return months_markdown([month(found, prices, rows) for rows in (10_000, 1_000_000, 100_000_000)], prices)


MADE: Final[dict[str, Callable[[], str]]] = {
    "cost tiny": lambda: cost_of("tiny"),
    "months tiny": lambda: months_of("tiny"),
    "months dev": lambda: months_of("dev"),
    "months prod": lambda: months_of("prod"),
    "cost dev": lambda: cost_of("dev"),
    "cost prod": lambda: cost_of("prod"),
    "policy": policy,
    "roles": roles,
    "stateful": lambda: "\n".join(stateful_table(recorded("prod"))),
    "updates": lambda: "\n".join(update_table(recorded("prod"))),
}


@pytest.mark.parts
@pytest.mark.parametrize("part", MADE)
def test_what_is_computed_stands_in_the_page(part: str) -> None:
    text = PAGE.read_text("utf-8")
    block = re.compile(rf"(<!-- {part} -->\n)(?:(?!<!--).)*(<!-- end -->)", re.DOTALL)
    fresh = block.sub(lambda found: f"{found[1]}{MADE[part]()}\n{found[2]}", text)
    if os.environ.get("TILLSTREAM_WRITE_DOCS"):
        PAGE.write_text(fresh, "utf-8")
    assert len(block.findall(text)) == 1
    assert PAGE.read_text("utf-8") == fresh


def test_the_pages_stage_is_one_that_the_app_can_make() -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    made, hosting = (dict(vars(stages)) for _ in examples)
    for example, names in zip(examples, (made, hosting), strict=True):
        exec(example, names)
    assert hosting["DEV"].api.pages
    network, kafka = made["DEV"].network, made["DEV"].kafka
    assert {zone[:-1] for zone in network.zones} == {network.region} == {"eu-central-1"}
    assert kafka != stages.DEV.kafka


def commands() -> list[list[str]]:
    """Every command of the page's blocks, its continued lines joined."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    lines = "\n".join(text for language, text in blocks if not language).replace("\\\n", " ").splitlines()
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def aws_commands() -> list[list[str]]:
    return [words[words.index("aws") :] for words in commands() if "aws" in words]


@pytest.mark.parametrize("words", aws_commands(), ids=lambda words: " ".join(words[1:3]))
def test_every_aws_command_is_an_operation_with_these_parameters(words: list[str]) -> None:
    assert wrong(words[: words.index("|")] if "|" in words else words) == ""


def test_there_are_aws_commands_and_one_asks_for_the_topics_settings() -> None:
    assert ["kafka", "describe-topic"] in [words[1:3] for words in aws_commands()]


def test_every_tillstream_command_of_the_page_exists() -> None:
    used = set(re.findall(r"\btillstream ([a-z]+)", PAGE.read_text("utf-8")))
    assert {"env", "replay"} <= used <= tillstream.COMMANDS.keys()


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run make as from a shell: the `make test` around us would have it tell the folder."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    return subprocess.run(["make", *arguments], cwd=CHECKOUT, env=outside, capture_output=True, text=True)


def test_make_deploy_builds_first_and_names_the_stage() -> None:
    ran = make("-n", "deploy", "STAGE=dev")
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-2:] == ["cd infra && npm ci", ".venv/bin/python -m infra.deploy --stage dev"]
    assert any("infra.packaging" in line for line in lines[:-1])


def test_make_deploy_without_a_stage_says_so_and_does_nothing() -> None:
    ran = make("deploy")
    assert ran.returncode == 2
    assert "name a stage: make deploy STAGE=dev" in ran.stderr
    assert ran.stdout == ""
