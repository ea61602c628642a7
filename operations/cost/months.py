"""Months of a stage at several rows a day, as text for a terminal, as Markdown for a page, and as JSON. Pure."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from operations.cost.prices import Prices
from operations.cost.traffic import Month

if TYPE_CHECKING:
    from rich.console import RenderableType

_FIXED: Final = "fixed: the idle month"
_TOTAL: Final = "a month in all"
_A_MILLION: Final = "for a million rows"
_KINESIS: Final = "a month with Kinesis and Firehose in place of Kafka"


def months_screen(stages: Mapping[str, Sequence[Month]], prices: Prices) -> "RenderableType":
    """A table a stage for a terminal, in dollars a month."""
    from rich.console import Group

    from console.tables import Sheet

    sheets = []
    for stage, months in stages.items():
        titles = [f"{month.rows_a_day:,} rows a day" for month in months]
        sheets.append(Sheet([f"{stage}: $ a month", *titles], _rows(months, prices), titles))
    return Group(*sheets)


def months_markdown(months: Sequence[Month], prices: Prices) -> str:
    """The table of one stage in Markdown."""
    titles = " | ".join(f"{month.rows_a_day:,} rows a day" for month in months)
    lines = [f"| $ a month | {titles} |", f"|---|{'---:|' * len(months)}"]
    for name, *cells in _rows(months, prices):
        mark = "**" if name in (_TOTAL, _A_MILLION) else ""
        lines.append(f"| {mark}{name}{mark} | {' | '.join(f'{mark}{cell}{mark}' for cell in cells)} |")
    return "\n".join(lines)


def months_json(stages: Mapping[str, Sequence[Month]], prices: Prices) -> str:
    """All months as JSON, by stage; dollars are text with two decimals."""
    return json.dumps(
        {
            stage: [
                {
                    "rows_a_day": month.rows_a_day,
                    "fixed": _dollars(month.fixed),
                    "by_use": {name: _dollars(dollars) for name, dollars in month.by_use.items()},
                    "total": _dollars(month.total),
                    "a_million_rows": _dollars(month.a_million(prices)),
                    "with_kinesis": _dollars(month.with_kinesis),
                }
                for month in months
            ]
            for stage, months in stages.items()
        },
        indent=1,
    )


def _rows(months: Sequence[Month], prices: Prices) -> list[list[str]]:
    """The lines of a stage's table: fixed, each price by use, and the sums."""
    names = sorted({name for month in months for name in month.by_use}, key=lambda name: (-_most(months, name), name))
    return [
        [_FIXED, *(_shown(month.fixed) for month in months)],
        *([name, *(_shown(month.by_use.get(name, Decimal(0))) for month in months)] for name in names),
        [_TOTAL, *(_shown(month.total) for month in months)],
        [_A_MILLION, *(_shown(month.a_million(prices)) for month in months)],
        [_KINESIS, *(_shown(month.with_kinesis) for month in months)],
    ]


def _most(months: Sequence[Month], name: str) -> Decimal:
    return max(month.by_use.get(name, Decimal(0)) for month in months)


def _dollars(amount: Decimal) -> str:
    return str(amount.quantize(Decimal("0.01")))


def _shown(amount: Decimal) -> str:
    """Dollars, whole from ten on.

    >>> _shown(Decimal("1234.5")), _shown(Decimal("9.876")), _shown(Decimal("0.001"))
    ('1,234', '9.88', '0.00')
    """
    return f"{amount.quantize(Decimal(1)):,}" if amount >= 10 else _dollars(amount)
