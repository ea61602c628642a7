"""`tillstream cost`: the cost of an hour of a stage."""

import argparse
import sys
from pathlib import Path
from typing import Final

from console.arguments import Parser, suggest
from operations.cost.hour import bill, by_use, resources
from operations.cost.prices import NOTED, read
from operations.cost.screen import Bill, as_json, markdown, screen

_DESCRIPTION: Final = """\
    tillstream cost --stage dev
    tillstream cost

What an hour costs in which nothing happens but the schedules, by resource, and the prices of what is paid by use: for
one stage, or for all that deploy, side by side. From the templates, which are synthesized where they are not at hand,
and a list of prices; it asks nothing of AWS.
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
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="tables for a page")
    form.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    prices = read(options.prices)
    bills = {}
    for name, folder in folders(options.folder, options.stage).items():
        found = resources(folder)
        bills[name] = Bill(bill(found, prices), by_use(found, prices), prices)
    show(bills, options)
    return 0


def folders(folder: Path | None, stage: str | None) -> dict[str, Path]:
    """The folder of each requested stage's templates, by stage; synthesizes them if needed."""
    if folder is not None:
        return {folder.name: folder}
    from local.cloudformation.synthesis import assembly, stages

    names = [stage] if stage else [name for name in stages() if name != _ON_THIS_MACHINE]
    return {name: assembly(name, say=lambda said, of=name: print(f"{of}: {said}", file=sys.stderr)) for name in names}  # type: ignore[misc]


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
