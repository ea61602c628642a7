"""`tillstream doctor` at the terminal.

It imports none of the platform's clients, so that it answers on a machine where little works.
"""

import json
import sys
from dataclasses import asdict
from typing import Final

from console.arguments import Parser, port, suggest
from console.exits import FAILED, OK
from local.diagnosis.doctor import Finding, checkup, report
from local.state import State

UNKNOWN: Final = 3
"""The exit code of a checkup in which nothing is missing of what could be asked, and not all could be asked."""

_DOCTOR: Final = """\
    tillstream doctor
    tillstream doctor --stage dev

Check that this machine has what the platform needs. Node is not needed: it comes from PyPI. With --stage, check the AWS
account of this shell's credentials instead, before the stage is deployed to it: zones, quotas, CDK's bootstrap, the
state of its stacks, names that are taken. It reads, and changes nothing.
"""


def doctor(argv: list[str]) -> int:
    """Check this machine, or an account: 0 if nothing is missing, 1 if something is, 3 if not all could be asked."""
    parser = Parser("tillstream doctor", description=_DOCTOR)
    of = parser.add_mutually_exclusive_group()
    of.add_argument("--api-port", type=port, metavar="PORT", help="check that this port is free as well")
    suggest(
        of.add_argument("--stage", metavar="NAME", help="check the AWS account instead, before this stage is deployed"),
        "dev",
        "prod",
    )
    parser.add_argument("--json", action="store_true", help="a JSON array, an object for each need")
    given = parser.parse_args(argv)
    findings = account(given.stage) if given.stage else checkup(State.here(), given.api_port)
    print(
        json.dumps([asdict(finding) for finding in findings], indent=1)
        if given.json
        else report(findings, *([deployable(given.stage, findings)] if given.stage else []))
    )
    if any(finding.missing for finding in findings):
        return FAILED
    return OK if all(finding.asked for finding in findings) else UNKNOWN


def account(stage: str) -> list[Finding]:
    """The findings about the account of this shell's credentials, in the region of the stage."""
    from local.account.findings import findings
    from local.account.needs import needs
    from local.account.questions import Account, ask
    from local.cloudformation.synthesis import assembly

    wanted = needs(assembly(stage, say=lambda said: print(said, file=sys.stderr)))
    return findings(stage, wanted, ask(wanted, Account(wanted.region)))


def deployable(stage: str, findings: list[Finding]) -> str:
    """The last line of a report in which nothing is missing."""
    unknown = [finding.need for finding in findings if not finding.asked]
    if unknown:
        return f"nothing is missing of what could be asked; unknown: {', '.join(unknown)}"
    return f"ready: `make deploy STAGE={stage}` deploys it"
