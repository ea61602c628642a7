"""`tillstream status`, `top`, `logs` and `job`: of the laptop, and with `--stack` of a stage that is deployed on AWS.

What runs a command is imported when it runs: `--help` needs none of it, and `logs` must answer where little works.
"""

import argparse
from typing import TYPE_CHECKING, Final

from console.arguments import Parser, above_zero, suggest, whole

if TYPE_CHECKING:
    from operations.stage.deployed import Deployed

JOBS: Final = ("curate", "load_tables", "load_warehouse", "maintain_lake")
"""The jobs that help and completion name. A job runs by what the template says, whether it is named here or not."""

WRITES_BATCHES: Final = ("curate", "load_tables", "load_warehouse")
TAKEN_BY: Final = {
    "--again": WRITES_BATCHES,
    "--all": ("load_tables",),
    "--items-per-second": ("load_tables",),
    "--keep-days": ("maintain_lake",),
}
"""The jobs that take each argument which `tillstream job` passes on."""

LOG_LINES: Final = 40
MOST_KEPT_DAYS: Final = 36_500
"""Days that snapshots of the lake may be kept: a century, which a date still holds."""


def status(argv: list[str]) -> int:
    """Show a platform's state and the progress of each store: 0 while it serves, else 1."""
    parser = Parser(
        "tillstream status",
        description="Show lag, counts and alarms of a platform; of the laptop's also services and ports. "
        "Example: tillstream status",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object")
    form.add_argument("--watch", action="store_true", help="the same as `tillstream top`")
    _add_stack(parser)
    given = parser.parse_args(argv)
    if given.watch:
        return top(["--stack", given.stack] if given.stack else [])
    if given.stack:
        from operations.stage.looking import show_status

        return show_status(_deployed(given.stack), as_json=given.json)
    from local.cli import show_status as show_laptop
    from local.state import State

    return show_laptop(State.here(), as_json=given.json)


def top(argv: list[str]) -> int:
    """Show the way of a row, live: 0 when Ctrl-C ends it, 1 when no platform runs any more."""
    parser = Parser(
        "tillstream top",
        description="Show rows, rates, lag, age and alarms of a platform, anew every second (of a deployed stage every "
        "ten), until Ctrl-C. Example: tillstream top",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a look, on a line of its own")
    _add_stack(parser)
    given = parser.parse_args(argv)
    if given.stack:
        from operations.stage.looking import watch

        return watch(_deployed(given.stack), as_json=given.json)
    from local.state import State
    from local.status.watch import watch as watch_laptop

    return watch_laptop(State.here(), as_json=given.json)


def logs(argv: list[str]) -> int:
    """Show the end of a log: 0, also when Ctrl-C ends `--follow`; 2 if there is no such log."""
    parser = Parser(
        "tillstream logs",
        description="Show the end of a service's, job's or function's log. Example: tillstream logs ingest",
    )
    parser.add_argument("part", nargs="?", metavar="PART", help="kafka, runtime, ingest, curate, …; none: list them")
    parser.add_argument("--follow", action="store_true", help="print further lines as they are written, until Ctrl-C")
    parser.add_argument(
        "--lines", type=whole(0), default=LOG_LINES, metavar="N", help=f"how many lines (default: {LOG_LINES})"
    )
    parser.add_argument(
        "--about",
        metavar="ID",
        help="the records that name this trace, request, invoice or line, and others of the same requests, by time",
    )
    _add_stack(parser)
    given = parser.parse_args(argv)
    if given.about and (given.stack or given.follow):
        parser.error(
            "--about searches what the laptop's logs hold now; docs/alarms.md has the query of a deployed stage"
        )
    if given.stack:
        from operations.stage import logs as of_stage

        return of_stage.show(_deployed(given.stack), given.part, given.lines, follow=given.follow)
    from local.diagnosis.logs import find, print_logs
    from local.state import State

    if given.about:
        from local.diagnosis.about import about

        print("\n".join(about(find(State.here(), given.part), given.about)))
        return 0
    return print_logs(State.here(), given.part, given.lines, follows=given.follow)


def job(argv: list[str]) -> int:
    """Run a job of a platform to its end: 0 when it succeeded, else 1; 2 while it runs already."""
    parser = Parser(
        "tillstream job",
        description="Run a job of the running platform, as its template says. Example: tillstream job all",
    )
    name = parser.add_argument("name", metavar="NAME", help=f"{', '.join(JOBS)}; or `all`: the workflow")
    suggest(name, "all", *JOBS)
    parser.add_argument(
        "--json", action="store_true", help="the job's own records on standard output, a JSON object each"
    )
    own = parser.add_argument_group("arguments of one job, which refuses those of another")
    own.add_argument("--again", action="store_true", help="of all but maintain_lake: write every batch again")
    own.add_argument("--all", action="store_true", help="of load_tables: write the lines that came by the stream too")
    own.add_argument(
        "--items-per-second", type=above_zero, metavar="N", help="of load_tables: at this rate, not the template's"
    )
    days = whole(0, MOST_KEPT_DAYS)
    own.add_argument("--keep-days", type=days, metavar="N", help="of maintain_lake: forget the lake's older snapshots")
    _add_stack(parser)
    given = parser.parse_args(argv)
    for argument in sorted(TAKEN_BY.keys() & jobs_own(given)):
        if given.name in JOBS and given.name not in TAKEN_BY[argument]:
            parser.error(f"{given.name} does not take {argument}: it is an argument of {', '.join(TAKEN_BY[argument])}")
    if given.stack:
        from operations.stage import jobs

        return jobs.run_named(_deployed(given.stack), given.name, jobs_own(given), as_json=given.json)
    from local.glue.command import run_named
    from local.state import State

    return run_named(given.name, jobs_own(given), State.here(), as_json=given.json)


def jobs_own(given: argparse.Namespace) -> list[str]:
    """The arguments of the job itself, in its own form."""
    switches = [f"--{name}" for name in ("again", "all") if getattr(given, name)]
    values = {"--items-per-second": given.items_per_second, "--keep-days": given.keep_days}
    return [*switches, *(word for name, value in values.items() if value is not None for word in (name, str(value)))]


def _add_stack(parser: Parser) -> None:
    parser.add_argument("--stack", metavar="NAME", help="a stack deployed on AWS (default: the laptop)")


def _deployed(stack: str) -> "Deployed":
    from operations.stage.deployed import Deployed
    from stores.target import from_stack

    return Deployed(stack, from_stack(stack))
