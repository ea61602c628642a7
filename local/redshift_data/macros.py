"""What Redshift's expressions mean where DuckDB's differ, as macros in the database, so that views can use them too."""

from typing import Final

from sqlglot import exp

from local.redshift_data.types import Type
from local.redshift_data.words import FAILS

SCHEMA: Final = "redshift_local"
CLOCK: Final = "redshift_now"
"""The session's variable that holds the time of the statement."""

_DIVIDE_BY_ZERO: Final = f"error('{FAILS}Divide by zero')"

_MACROS: Final = {
    "getdate()": f"CAST(getvariable('{CLOCK}') AS TIMESTAMP)",
    "divide_integers(a, b)": f"CASE WHEN b = 0 THEN {_DIVIDE_BY_ZERO} ELSE a // b END",
    "divide_floats(a, b)": f"CASE WHEN b = 0 THEN {_DIVIDE_BY_ZERO} ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END",
    "modulo(a, b)": f"CASE WHEN b = 0 THEN {_DIVIDE_BY_ZERO} ELSE a % b END",
    # exact: both are whole numbers of their last digits, and what is left over is cut off
    "divide_numerics(a, b, unit_a, unit_b, shift_a, shift_b, unit)": (
        f"CASE WHEN b = 0 THEN {_DIVIDE_BY_ZERO} ELSE CAST((CAST(a * unit_a AS HUGEINT) * shift_a) // "
        "(CAST(b * unit_b AS HUGEINT) * shift_b) AS DECIMAL(38,0)) * unit END"
    ),
    # DuckDB would round '12.7' to 13
    "text_to_integer(a)": (
        "CASE WHEN a IS NULL OR regexp_full_match(a, ' *[+-]?[0-9]+ *') THEN CAST(a AS HUGEINT) "
        f"ELSE error('{FAILS}invalid digit:' || a) END"
    ),
    # asked first, since most texts end in no blank and RTRIM is slow; the blank is named, since DuckDB would take away
    # every sign that Unicode calls a space otherwise
    "trimmed(a)": "CASE WHEN ends_with(a, ' ') THEN rtrim(a, ' ') ELSE a END",
    # of the texts that differ in trailing blanks alone, the least
    "listagg_distinct(l, separator, descending)": (
        "array_to_string(list_transform(list_sort(list_distinct(list_transform("
        "list_filter(l, lambda v: v IS NOT NULL), lambda v: rtrim(v, ' '))), "
        "CASE WHEN descending THEN 'DESC' ELSE 'ASC' END), "
        "lambda k: list_min(list_filter(l, lambda v: rtrim(v, ' ') = k))), separator)"
    ),
    # an explicit cast cuts a text that is too long, between characters
    "cut_text(a, n)": (
        "CASE WHEN strlen(a) <= n THEN a ELSE left(a, list_max(list_filter(range(0, n + 1), "
        "lambda k: strlen(left(a, k)) <= n))) END"
    ),
    "fit_text(a, n)": (
        "CASE WHEN a IS NULL OR strlen(a) <= n THEN a "
        f"ELSE error('{FAILS}Value too long for type character varying(' || n || ')') END"
    ),
}


def definitions() -> list[str]:
    """The statements that make the macros."""
    return [definition(head, body) for head, body in _MACROS.items()]


def definition(head: str, body: str) -> str:
    """The statement that makes a macro."""
    return f"CREATE OR REPLACE MACRO {SCHEMA}.{head} AS {body}"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a macro."""
    return exp.Dot(this=exp.to_identifier(SCHEMA), expression=exp.Anonymous(this=name, expressions=list(arguments)))


def numeric_quotient(left: exp.Expr, left_type: Type, right: exp.Expr, right_type: Type, result: Type) -> exp.Expr:
    """`left / right` of two numerics with the digits of `result`."""
    shift = result.scale + right_type.scale - left_type.scale
    return call(
        "divide_numerics",
        cast(left, Type("numeric", 38, left_type.scale).duckdb),
        cast(right, Type("numeric", 38, right_type.scale).duckdb),
        _power(left_type.scale),
        _power(right_type.scale),
        _huge(max(shift, 0)),
        _huge(max(-shift, 0)),
        _unit(result.scale),
    )


def cast(value: exp.Expr, kind: str) -> exp.Expr:
    """`value` as DuckDB's type `kind`. sqlglot's own function leaves out a cast to other digits of the same type."""
    return exp.Cast(this=value.copy(), to=exp.DataType.build(kind, dialect="duckdb"))


def _power(scale: int) -> exp.Expr:
    return cast(exp.Literal.number(10**scale), f"DECIMAL({scale + 1}, 0)")


def _unit(scale: int) -> exp.Expr:
    text = f"0.{'1'.rjust(scale, '0')}" if scale else "1"
    return cast(exp.Literal.number(text), f"DECIMAL({min(scale + 1, 38)}, {scale})")


def _huge(exponent: int) -> exp.Expr:
    return cast(exp.Literal.number(10**exponent), "HUGEINT")
