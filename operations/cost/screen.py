"""A stage's bill as text for a terminal, as Markdown for a page, and as JSON. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from operations.cost.hour import Charge
from operations.cost.prices import Price, Prices

if TYPE_CHECKING:
    from rich.console import RenderableType

_CENT: Final = Decimal("0.0001")
_SUM: Final = "an hour in all"


@dataclass(frozen=True, slots=True)
class Bill:
    """The charges of a stage in an hour, the dearest first, and the prices of everything paid by use."""

    lines: Sequence[Charge]
    by_use: Mapping[str, Price]
    prices: Prices

    @property
    def hour(self) -> Decimal:
        """The cost of all lines together, in dollars an hour."""
        return self._exact.quantize(_CENT)

    @property
    def month(self) -> Decimal:
        """Whole dollars for a month of such hours: of the exact hour, as `Month.fixed` is."""
        return (self._exact * self.prices.assumed["hours_a_month"]).quantize(Decimal(1))

    @property
    def _exact(self) -> Decimal:
        return sum((line.dollars for line in self.lines), Decimal(0))


def screen(bills: Mapping[str, Bill]) -> "RenderableType":
    """The bills on a terminal: one stage with its units, several side by side."""
    from rich.console import Group
    from rich.text import Text

    from console.tables import Sheet

    used = {name: price for bill in bills.values() for name, price in bill.by_use.items()}
    hours = _of_one(*bills.values()) if len(bills) == 1 else _side_by_side(bills)
    prices = [[name, f"{price.amount.normalize():,f}", price.unit] for name, price in sorted(used.items())]
    return Group(hours, Text(), Sheet(["by use", "$", "for a"], prices, ["$"]))


def _of_one(bill: Bill) -> "RenderableType":
    from console.tables import Sheet

    rows = [[line.path, line.price, _units(line), f"{line.dollars.quantize(_CENT):,}"] for line in bill.lines]
    sums = [[_SUM, "", "", f"{bill.hour:,}"], [f"a month of it: ${bill.month:,}", "", "", ""]]
    return Sheet(["resource", "price", "units an hour", "$ an hour"], [*rows, *sums], ["units an hour", "$ an hour"])


def _side_by_side(bills: Mapping[str, Bill]) -> "RenderableType":
    """One row for each resource and price, one column a stage, in dollars an hour."""
    from console.tables import Sheet

    dollars = {(line.path, line.price): Decimal(0) for bill in bills.values() for line in bill.lines}
    of_stage = {stage: {(line.path, line.price): line.dollars for line in bill.lines} for stage, bill in bills.items()}
    keys = sorted(dollars, key=lambda key: (-max(of.get(key, Decimal(0)) for of in of_stage.values()), key))
    rows = [[*key, *(f"{of[key].quantize(_CENT):,}" if key in of else "–" for of in of_stage.values())] for key in keys]
    sums = [
        [_SUM, "", *(f"{bill.hour:,}" for bill in bills.values())],
        ["a month of it", "", *(f"{bill.month:,}" for bill in bills.values())],
    ]
    titles = [f"{stage}, $" for stage in bills]
    return Sheet(["resource", "price", *titles], [*rows, *sums], titles)


def markdown(bill: Bill) -> str:
    """Two tables in Markdown, as docs/deploy.md has them."""
    rows = [f"| {line.path} | {line.price} | {_units(line)} | {line.dollars.quantize(_CENT)} |" for line in bill.lines]
    return "\n".join(
        (
            "| resource | price | units an hour | $ an hour |",
            "|---|---|---|---|",
            *rows,
            f"| **{_SUM}** (a month of it: ${bill.month}) | | | **{bill.hour}** |",
            "",
            "| by use | $ | for a |",
            "|---|---|---|",
            *(f"| {name} | {price.amount.normalize():f} | {price.unit} |" for name, price in bill.by_use.items()),
        )
    )


def as_json(bills: Mapping[str, Bill]) -> str:
    """The bills as JSON, by stage if there are several; dollars are exact, as text."""
    stages = {name: _fields(bill) for name, bill in bills.items()}
    return json.dumps(stages if len(stages) > 1 else next(iter(stages.values())), indent=1)


def _fields(bill: Bill) -> dict[str, Any]:
    return {
        "lines": [
            {"resource": it.path, "price": it.price, "units": str(it.units), "dollars": str(it.dollars)}
            for it in bill.lines
        ],
        "hour": str(bill.hour),
        "by_use": {name: {"amount": str(price.amount), "unit": price.unit} for name, price in bill.by_use.items()},
    }


def _units(line: Charge) -> str:
    exact = line.units == line.units.quantize(_CENT)
    return f"{line.units.normalize():f}" if exact else f"{line.units.quantize(_CENT)}"
