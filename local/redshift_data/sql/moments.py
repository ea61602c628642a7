"""Dates and timestamps: how text becomes one, and Redshift's arithmetic with them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.inference import MOMENTS, is_date_part, type_of
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

_STEPS: Final = {
    "year": "years", "quarter": "quarters", "month": "months", "week": "weeks", "day": "days", "hour": "hours",
    "minute": "minutes", "second": "seconds", "millisecond": "milliseconds", "microsecond": "microseconds",
}  # fmt: skip


def is_moment(node: exp.Expr) -> bool:
    """Whether `node` is known to be a date or a timestamp."""
    kind = type_of(node)
    return kind is not None and kind.name in MOMENTS


def coerced(nodes: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Nodes of one comparison or list: if one of them is a date or a timestamp, texts are read as one."""
    kinds = [kind for it in nodes if (kind := type_of(it)) is not None and kind.name in MOMENTS]
    return [it.copy() for it in nodes] if not kinds else [read(it, kinds[0]) for it in nodes]


def read(node: exp.Expr, kind: Type) -> exp.Expr:
    """`node` as a value of `kind`, which is a date or timestamp, if it is text; else as it is."""
    found = type_of(node)
    if found is None or not found.is_text or kind.name == "timestamptz":
        return node.copy()
    text = macros.call("text_to_timestamp", node.copy(), exp.Literal.string(kind.name))
    return macros.cast(text, kind.duckdb)


def _moment(node: exp.Expr) -> exp.Expr:
    return macros.moment(node, type_of(node))


def _dateadd(node: exp.TsOrDsAdd) -> exp.Expr:
    unit = unit_of(node)
    start, number = _moment(node.this), macros.cast(node.expression.copy(), "BIGINT")
    if unit == "year":
        return macros.call("add_years", start, number)
    if unit not in _STEPS:
        raise NotOnTheLaptop(f"DATEADD by {unit.upper()}")
    step = exp.Anonymous(this=f"to_{_STEPS[unit]}", expressions=[_counted(number, unit)])
    return exp.paren(exp.Add(this=start, expression=step), copy=False)


def _counted(number: exp.Expr, unit: str) -> exp.Expr:
    return (
        number if unit in ("hour", "minute", "second", "millisecond", "microsecond") else macros.cast(number, "INTEGER")
    )


def _datediff(node: exp.TsOrDsDiff) -> exp.Expr:
    parts = [exp.Literal.string(unit_of(node)), _moment(node.expression), _moment(node.this)]
    return exp.Anonymous(this="date_diff", expressions=parts)


def _date_trunc(node: exp.TimestampTrunc) -> exp.Expr:
    name, moment = unit_of(node), _moment(node.this)
    unit = exp.Literal.string(name)
    if name not in ("century", "millennium"):
        return exp.Anonymous(this="date_trunc", expressions=[unit, moment])
    # the first century is that of the years 1 to 100; DuckDB cuts at the years that end in 00
    year = exp.Anonymous(this="to_years", expressions=[exp.Literal.number(1)])
    before = exp.Sub(this=exp.paren(moment, copy=False), expression=year)
    cut = exp.Anonymous(this="date_trunc", expressions=[unit, before])
    return exp.paren(exp.Add(this=cut, expression=year.copy()), copy=False)


def _extract(node: exp.Extract) -> exp.Expr:
    kind, part, source = type_of(node), part_of(node.name), _moment(node.expression)
    if kind is None or part is None:
        return node
    if part in ("millisecond", "microsecond") and is_date_part(node):
        raise NotOnTheLaptop(f"DATE_PART of {part}s")
    found: exp.Expr = exp.Anonymous(this="date_part", expressions=[exp.Literal.string(part), source])
    if part == "second" and is_date_part(node):
        seconds = exp.Anonymous(this="date_part", expressions=[exp.Literal.string("microseconds"), source.copy()])
        found = exp.Div(this=seconds, expression=exp.Literal.number("1e6"))
    elif part == "millisecond":
        found = exp.Mod(this=found, expression=exp.Literal.number(1000))
    elif part == "microsecond":
        found = exp.Mod(this=found, expression=exp.Literal.number(1_000_000))
    elif part == "decade":
        found = exp.Add(this=found, expression=exp.Literal.number(1))  # the first is that of the years 1 to 9
    return macros.cast(found, kind.duckdb)


_PARTS: Final = {
    "millennium": "mil mils millennia millenniums", "century": "c cent cents centuries", "decade": "dec decs decades",
    "epoch": "", "year": "y yr yrs years", "quarter": "qtr qtrs quarters", "month": "mon mons months",
    "week": "w weeks", "dow": "dayofweek dw weekday", "doy": "dayofyear dy yearday", "day": "d days",
    "hour": "h hr hrs hours", "minute": "m min mins minutes", "second": "s sec secs seconds",
    "millisecond": "ms msec msecs msecond mseconds millisec millisecs millisecon milliseconds",
    "microsecond": "us usec usecs usecond useconds microsec microsecs microseconds",
}  # fmt: skip


def part_of(name: str) -> str | None:
    """The part that EXTRACT calls `name`, or an abbreviation; None for an unsupported one.

    >>> part_of("Qtr"), part_of("timezone_hour")
    ('quarter', None)
    """
    lowered = name.lower()
    return next((part for part, others in _PARTS.items() if lowered in (part, *others.split())), None)


def unit_of(node: exp.Expr) -> str:
    """The unit of DATEADD, DATEDIFF or DATE_TRUNC, by its full name."""
    name = node.text("unit")
    return part_of(name) or name.lower()


def _date(node: exp.Date) -> exp.Expr:
    if node.this is None or node.expressions:
        raise NotOnTheLaptop("DATE with other than one argument")
    return macros.cast(_moment(node.this), "DATE")


def _last_day(node: exp.LastDay) -> exp.Expr:
    return exp.LastDay(this=_moment(node.this))


def _trunc(node: exp.Trunc) -> exp.Expr:
    return macros.cast(_moment(node.this), "DATE") if is_moment(node.this) else node


def subtracted(node: exp.Sub) -> exp.Expr:
    """A difference whose text operand is read as a date; else the node itself."""
    left, right = type_of(node.this), type_of(node.expression)
    if left is not None and left.name == "date" and right is not None and right.is_text:
        return exp.Sub(this=node.this.copy(), expression=read(node.expression, left))
    return node


def check_cast(source: Type | None, to: Type) -> None:
    """Raise `SqlError` for a conversion that Redshift does not know (docs: Type compatibility and conversion)."""
    if source is None or source.is_text:
        return
    if _family(to) not in _CONVERSIONS[_family(source)] and source.name != to.name:
        raise SqlError(f"cannot cast type {spelled(source)} to {spelled(to)}")


def _family(kind: Type) -> str:
    if kind.name in MOMENTS or kind.name == "bool":
        return "moment" if kind.name in MOMENTS else "bool"
    return "text" if kind.is_text else "integer" if kind.is_integer else "number"


_CONVERSIONS: Final = {
    "moment": ("moment", "text"),
    "bool": ("bool", "integer"),
    "integer": ("integer", "number", "bool", "text"),
    "number": ("integer", "number", "text"),
}


def spelled(kind: Type) -> str:
    """The type in the words of an error, without its size."""
    return _WORDS.get(kind.name, kind.sql.partition("(")[0])


_WORDS: Final = {
    "bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
    "float8": "double precision", "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
}  # fmt: skip

RULES: Final[dict[type, Callable[[Any], exp.Expr]]] = {
    exp.TsOrDsAdd: _dateadd,
    exp.TsOrDsDiff: _datediff,
    exp.TimestampTrunc: _date_trunc,
    exp.Extract: _extract,
    exp.Date: _date,
    exp.LastDay: _last_day,
    exp.Trunc: _trunc,
}
"""The rewriting of each node with dates, by its type; see `rewriting`."""
