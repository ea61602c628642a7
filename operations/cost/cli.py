"""`tillstream cost`: a synthesized stage in, what an hour of it costs out."""

import argparse
import json
from decimal import Decimal
from pathlib import Path
from typing import Final

from console.arguments import Parser
from operations.cost.hour import Line, bill, by_use, resources
from operations.cost.prices import NOTED, Price, Prices, read

_DESCRIPTION: Final = """\
    python -m infra.app --stage dev --output /tmp/dev && tillstream cost /tmp/dev

What an hour costs in which nothing happens but the schedules, by resource, and the prices of what is paid by use. From
the templates and a list of prices; it asks nothing of AWS.
"""
_CENT: Final = Decimal("0.0001")


def cost(argv: list[str]) -> int:
    """Print the bill: 0, or `Refused` for templates or prices that give none."""
    parser = Parser(
        prog="tillstream cost", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the stage's templates were synthesized")
    parser.add_argument("--prices", type=Path, default=NOTED, metavar="FILE", help="another list of prices (TOML)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args(argv)
    prices = read(options.prices)
    found = resources(options.folder)
    lines, used = bill(found, prices), by_use(found, prices)
    print(as_json(lines, used) if options.json else table(lines, used, prices))
    return 0


def total(lines: list[Line]) -> Decimal:
    """Dollars an hour."""
    return sum((line.dollars for line in lines), Decimal(0)).quantize(_CENT)


def table(lines: list[Line], used: dict[str, Price], prices: Prices) -> str:
    """Two tables in Markdown, for a terminal and for docs/deploy.md alike."""
    rows = [
        f"| {line.path} | {line.price} | {line.units.normalize():f} | {line.dollars.quantize(_CENT)} |"
        if line.units == line.units.quantize(_CENT)
        else f"| {line.path} | {line.price} | {line.units.quantize(_CENT)} | {line.dollars.quantize(_CENT)} |"
        for line in lines
    ]
    month = (total(lines) * prices.assumed["hours_a_month"]).quantize(Decimal(1))
    return "\n".join(
        (
            "| resource | price | units an hour | $ an hour |",
            "|---|---|---|---|",
            *rows,
            f"| **an hour in all** (a month of it: ${month}) | | | **{total(lines)}** |",
            "",
            "| by use | $ | for a |",
            "|---|---|---|",
            *(f"| {name} | {price.amount.normalize():f} | {price.unit} |" for name, price in used.items()),
        )
    )


def as_json(lines: list[Line], used: dict[str, Price]) -> str:
    """The same for machines; dollars are text, exact."""
    told = {
        "lines": [
            {"resource": it.path, "price": it.price, "units": str(it.units), "dollars": str(it.dollars)} for it in lines
        ],
        "hour": str(total(lines)),
        "by_use": {name: {"amount": str(price.amount), "unit": price.unit} for name, price in used.items()},
    }
    return json.dumps(told, indent=1)
