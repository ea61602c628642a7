"""`tillstream cost`: the cost of an hour of a stage."""

import argparse
import sys
from pathlib import Path
from typing import Final

from console.arguments import Parser, suggest, whole
from operations.cost.hour import bill, by_use, resources
from operations.cost.months import months_json, months_markdown, months_screen
from operations.cost.prices import NOTED, Prices, read
from operations.cost.screen import Bill, as_json, markdown, screen
from operations.cost.traffic import Month, month

_DESCRIPTION: Final = """\
    tillstream cost --stage dev
    tillstream cost --stage dev --rows-per-day 10000 1000000
    tillstream cost

What an hour costs in which nothing happens but the schedules, by resource, and the prices of what is paid by use: for
one stage, or for all that deploy, side by side. With --rows-per-day, what a month costs at so many rows: fixed, by use,
in all, for a million rows, and with Kinesis and Firehose in place of Kafka. From the templates, which are synthesized
where they are not at hand, and a list of prices and assumptions; it asks nothing of AWS.
"""
_ON_THIS_MACHINE: Final = "laptop"
"""The stage that is never deployed."""


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
    prices = read(options.prices)
    stages = {name: resources(folder) for name, folder in folders(options.folder, options.stage).items()}
    if options.rows_per_day:
        months = {name: [month(found, prices, rows) for rows in options.rows_per_day] for name, found in stages.items()}
        show_months(months, prices, options)
    else:
        show(
            {name: Bill(bill(found, prices), by_use(found, prices), prices) for name, found in stages.items()}, options
        )
    return 0


def folders(folder: Path | None, stage: str | None) -> dict[str, Path]:
    """The folder of each requested stage's templates, by stage; synthesizes them if needed."""
    if folder is not None:
        return {folder.name: folder}
    from local.cloudformation.synthesis import assembly, stages

    names = [stage] if stage else [name for name in stages() if name != _ON_THIS_MACHINE]
    return {name: assembly(name, say=lambda said, of=name: print(f"{of}: {said}", file=sys.stderr)) for name in names}  # type: ignore[misc]


def show_months(stages: dict[str, list[Month]], prices: Prices, options: argparse.Namespace) -> None:
    """Print the months in the requested form."""
    if options.json:
        print(months_json(stages, prices))
    elif options.markdown:
        titles = {name: f"### {name}\n\n" if len(stages) > 1 else "" for name in stages}
        print("\n\n".join(titles[name] + months_markdown(months, prices) for name, months in stages.items()))
    else:
        from console.tables import console

        console().print(months_screen(stages, prices))


def show(bills: dict[str, Bill], options: argparse.Namespace) -> None:
    """Print the bills in the requested form."""
    if options.json:
        print(as_json(bills))
    elif options.markdown:
        titles = {name: f"### {name}\n\n" if len(bills) > 1 else "" for name in bills}
        print("\n\n".join(titles[name] + markdown(bill) for name, bill in bills.items()))
    else:
        from console.tables import console

        console().print(screen(bills))
