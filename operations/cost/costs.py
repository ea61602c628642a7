"""The costs of the requested stages, read from their templates and printed in the requested form."""

import argparse
import sys
from pathlib import Path
from typing import Final

from operations.cost.hour import bill, by_use, resources
from operations.cost.months import months_json, months_markdown, months_screen
from operations.cost.prices import Prices, read
from operations.cost.screen import Bill, as_json, markdown, screen
from operations.cost.traffic import Month, month

_ON_THIS_MACHINE: Final = "laptop"
"""The stage that is never deployed."""


def print_costs(options: argparse.Namespace) -> None:
    """Print the bills of an hour, or of months where rows a day are named; raises `Refused` for what has no price."""
    prices = read(options.prices)
    stages = {name: resources(folder) for name, folder in folders(options.folder, options.stage).items()}
    if options.rows_per_day:
        months = {name: [month(found, prices, rows) for rows in options.rows_per_day] for name, found in stages.items()}
        show_months(months, prices, options)
    else:
        show(
            {name: Bill(bill(found, prices), by_use(found, prices), prices) for name, found in stages.items()}, options
        )


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
