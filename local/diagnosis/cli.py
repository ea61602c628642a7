"""`tillstream doctor` at the terminal.

It imports none of the platform's clients, so that it answers on a machine where little works.
"""

import json
from dataclasses import asdict

from console.arguments import Parser, port
from local.diagnosis.doctor import checkup, report
from local.state import State


def doctor(argv: list[str]) -> int:
    """Check this machine: 0 if the platform can run here, 1 if something that it needs is missing."""
    parser = Parser(
        "tillstream doctor",
        description="Check that this machine has what the platform needs. Node is not needed: it comes from PyPI.",
    )
    parser.add_argument("--api-port", type=port, metavar="PORT", help="check that this port is free as well")
    parser.add_argument("--json", action="store_true", help="a JSON array, an object for each need")
    given = parser.parse_args(argv)
    findings = checkup(State.here(), given.api_port)
    print(json.dumps([asdict(finding) for finding in findings], indent=1) if given.json else report(findings))
    return 1 if any(finding.missing for finding in findings) else 0
