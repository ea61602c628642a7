"""Percentiles, and the other window functions that DuckDB lacks."""

from collections.abc import Callable, Sequence
from typing import Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import DOUBLE, Arguments, Function, Topic
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

RATIO_TO_REPORT: Final = "ratio_to_report"
_MAX_DIGITS: Final = 38
_INNER_DIGITS: Final = 29
"""Digits with which a value times a fraction of 8 decimals has no more than 38."""

HALF: Final = exp.PercentileCont(this=exp.Literal.number("0.5"))
"""MEDIAN is PERCENTILE_CONT(0.5) (docs: MEDIAN)."""

Percentile = exp.PercentileCont | exp.PercentileDisc

_ROW: Final = "(1 + CAST(p AS DECIMAL(9,8)) * (len(v) - 1))"
_FRACTION: Final = f"CAST({_ROW} - floor({_ROW}) AS DECIMAL(9,8))"
_BELOW, _ABOVE = f"v[CAST(floor({_ROW}) AS BIGINT)]", f"v[CAST(ceil({_ROW}) AS BIGINT)]"

_MACROS: Final = {
    "ascending(v)": "list_sort(list_filter(v, lambda it: it IS NOT NULL))",
    "descending(v)": "list_reverse_sort(list_filter(v, lambda it: it IS NOT NULL))",
    # docs: RN = 1 + (P * (N - 1)), and between the rows CEILING(RN) and FLOOR(RN) a straight line
    "percentile_cont(v, p)": f"{_BELOW} + ({_ABOVE} - {_BELOW}) * {_FRACTION}",
    "percentile_disc(v, p)": "v[greatest(CAST(ceil(CAST(p AS DECIMAL(9,8)) * len(v)) AS BIGINT), 1)]",
}


def percentile_type(node: Percentile, kind: Type | None) -> Type | None:
    """The type of a percentile of values of `kind`; a whole number's is as exact as the percentile needs."""
    if isinstance(node, exp.PercentileDisc) or kind is None or not kind.is_integer:
        return kind
    return Type("numeric", _MAX_DIGITS, max(len(node.this.name.partition(".")[2]), 1))


def percentile(
    node: Percentile, order: Sequence[exp.Expr], kind: Type | None, over: Callable[[exp.Expr], exp.Expr]
) -> exp.Expr:
    """`node` WITHIN GROUP (ORDER BY `order`) for DuckDB; `over` puts an aggregate into its window."""
    name = "PERCENTILE_DISC" if isinstance(node, exp.PercentileDisc) else "PERCENTILE_CONT"
    result = percentile_type(node, kind)
    if not isinstance(node.this, exp.Literal) or node.this.is_string or not 0 <= float(node.this.name) <= 1:
        raise SqlError(f"the percentile of {name} must be a number between 0 and 1")
    if len(order) != 1 or kind is None or result is None:
        raise NotOnTheLaptop(f"{name} of {'an unknown type' if len(order) == 1 else 'several values'}: CAST it")
    is_number = kind.is_integer or kind.name in ("numeric", "float4", "float8")
    if name == "PERCENTILE_CONT" and not is_number:
        raise NotOnTheLaptop(f"{name} of {kind.sql}")
    (ordered,) = order
    values = over(exp.Anonymous(this="list", expressions=[_value(ordered.this, kind)]))
    in_order = macros.call("descending" if ordered.args.get("desc") else "ascending", values)
    return macros.cast(macros.call(name.lower(), in_order, node.this.copy()), result.duckdb)


def _value(value: exp.Expr, kind: Type) -> exp.Expr:
    if kind.is_integer:
        return macros.cast(value, "DECIMAL(19, 0)")
    if kind.name == "numeric":
        return macros.cast(value, f"DECIMAL({max(min(kind.size + 1, _INNER_DIGITS), kind.scale)}, {kind.scale})")
    return value.copy()


def ratio_to_report(window: exp.Window) -> exp.Expr:
    """RATIO_TO_REPORT (value) OVER (PARTITION BY …)."""
    without_order(window, "RATIO_TO_REPORT")
    (value,) = window.this.expressions
    total = window.copy()
    total.set("this", exp.Sum(this=value.copy()))
    return macros.call("divide_floats", value.copy(), total)


def without_order(window: exp.Window, name: str) -> None:
    """Return if the window has neither an order nor a frame; raises `SqlError`."""
    if window.args.get("order") or window.args.get("spec"):
        raise SqlError(f"the OVER clause of {name} cannot contain a window ordering or frame specification")


def _alone(_: Arguments) -> exp.Expr:
    raise SqlError("window function call requires an OVER clause")


TOPIC = Topic({RATIO_TO_REPORT: Function("a", DOUBLE, build=_alone)}, macros=_MACROS)
