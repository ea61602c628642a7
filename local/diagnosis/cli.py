"""`tillstream logs` and `tillstream doctor` at the terminal.

They import none of the platform's clients, so that they answer on a machine where little works.
"""

import json
from dataclasses import asdict
from typing import Final

from console.arguments import Parser, port, whole
from local.diagnosis import logs as kept
from local.diagnosis.doctor import checkup, report
from local.state import State

LINES: Final = 40


def logs(argv: list[str]) -> int:
    """Show the end of a log: 0, also when Ctrl-C ends `--follow`; 2 if there is no such log."""
    parser = Parser(
        "tillstream logs",
        description="Show the end of a service's, job's or function's log. Example: tillstream logs ingest",
    )
    parser.add_argument("part", nargs="?", metavar="PART", help="kafka, runtime, ingest, curate, …; none: list them")
    parser.add_argument("--follow", action="store_true", help="print further lines as they are written, until Ctrl-C")
    parser.add_argument("--lines", type=whole(0), default=LINES, metavar="N", help=f"how many lines (default: {LINES})")
    given = parser.parse_args(argv)
    chosen = kept.find(State.here(), given.part)
    if given.follow:
        try:
            kept.follow(chosen, given.lines if given.part else 0)
        except KeyboardInterrupt:
            return 0
    if given.part:
        kept.show(chosen, given.lines)
    else:
        print(kept.listing(chosen))
    return 0


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
