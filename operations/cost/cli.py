"""`tillstream cost`: the cost of an hour of a stage, and of a month at a rate of rows."""

from pathlib import Path
from typing import Final

from console.arguments import Parser, suggest, whole
from operations.cost.prices import NOTED

_DESCRIPTION: Final = """\
    tillstream cost --stage dev
    tillstream cost --stage dev --rows-per-day 10000 1000000
    tillstream cost

What an hour costs in which nothing happens but the schedules, by resource, and the prices of what is paid by use: for
one stage, or for all that deploy, side by side. With --rows-per-day, what a month costs at so many rows: fixed, by use,
in all, for a million rows, and with Kinesis and Firehose in place of Kafka. From the templates, which are synthesized
where they are not at hand, and a list of prices and assumptions; it asks nothing of AWS.
"""


def cost(argv: list[str]) -> int:
    """Print the bill and return 0; raises `Refused` for templates or prices without one."""
    parser = Parser(prog="tillstream cost", description=_DESCRIPTION)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="templates that were synthesized elsewhere"
    )
    suggest(
        which.add_argument("--stage", metavar="NAME", help="a stage of this checkout (default: all)"), "dev", "prod"
    )
    parser.add_argument("--prices", type=Path, default=NOTED, metavar="FILE", help="another list of prices (TOML)")
    parser.add_argument(
        "--rows-per-day", type=whole(1), nargs="+", default=[], metavar="N", help="a month at so many rows a day"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="tables for a page")
    form.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    from operations.cost.costs import print_costs

    print_costs(options)
    return 0
