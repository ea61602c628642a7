"""docs/unproven.md gives a command for each claim, and each command is one."""

import re
from pathlib import Path
from typing import Final, NamedTuple

import pytest

import tillstream
from tests.aws_commands import wrong

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "unproven.md"
SPAN: Final = re.compile(r"`((?:aws|curl|cd|make|python|tillstream) [^`]+)`")
OTHERS: Final = re.compile(
    r"make deploy STAGE=\w+|python -m infra\.\w+ --stage \w+|"
    r"python -m operations\.operator_policy --stack [\w-]+(?: \w+)+|"
    r"cd infra && npx cdk (?:diff|destroy) [^&;]+|curl .*(?:https://|_URL).*"
)
"""Commands that are not AWS's and not this project's: each in one of the forms that the pages give."""

PARTS: Final = (
    *("API Gateway", "CloudFormation", "CloudFront", "CloudWatch", "Cognito", "DynamoDB", "Glue", "Lambda", "MSK"),
    *("Redshift", "S3", "X-Ray"),
)
"""Services of AWS on which a claim of the page depends."""


class Row(NamedTuple):
    """A line of one of the page's tables."""

    claim: str
    command: str
    to_expect: str

    @property
    def commands(self) -> list[str]:
        return SPAN.findall(self.command)


def rows() -> list[Row]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [Row(*it) for it in cells if it[0] != "claim"]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.claim[:60])
def test_every_claim_has_a_command_and_what_to_expect(row: Row) -> None:
    assert row.commands, row.command
    assert row.to_expect


@pytest.mark.parametrize("command", sorted({it for row in rows() for it in row.commands}))
def test_every_command_of_the_page_is_one(command: str) -> None:
    name, _, rest = command.partition(" ")
    if name == "aws":
        assert wrong(command) == ""
    elif name == "tillstream":
        assert rest.split()[0] in tillstream.COMMANDS
    else:
        assert OTHERS.fullmatch(command)


def test_every_service_that_a_stage_uses_has_a_claim() -> None:
    text = "".join("".join(row) for row in rows())
    assert [it for it in PARTS if it not in text] == []
