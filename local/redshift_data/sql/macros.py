"""Macros in the database for Redshift's expressions that mean something else in DuckDB; views can use them too."""

from typing import Final

from sqlglot import exp

from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import FAILS

SCHEMA: Final = "redshift_local"
CLOCK: Final = "redshift_now"
"""The session's variable with the time of the statement."""

_DIVIDE_BY_ZERO: Final = f"error('{FAILS}Divide by zero')"

_DATES: Final = (
    "%m/%d/%y", "%m/%d/%Y", "%m-%d-%y", "%m-%d-%Y", "%m.%d.%Y", "%Y/%m/%d", "%y%m%d", "%Y%m%d", "%B %d, %Y",
    "%b %d, %Y", "%Y-%b-%d", "%b-%d-%Y", "%d-%b-%Y", "%d %B %Y", "%Y.%j",
)  # fmt: skip
_TIMES: Final = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H%M%S")
_FORMS: Final = ", ".join(f"'{date}{time}'" for date in _DATES for time in _TIMES)
"""Forms of a date beside ISO, the month before the day (docs: Date, time, and timestamp literals)."""

_ISO: Final = r"\s*\d{4}-\d{1,2}-\d{1,2}([ T]+\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?\s*"

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
    "text_to_timestamp(a, kind)": (
        f"CASE WHEN a IS NULL THEN NULL WHEN regexp_full_match(a, '{_ISO}') THEN CAST(trim(a) AS TIMESTAMP) "
        "ELSE CASE lower(trim(a)) WHEN 'now' THEN redshift_local.getdate() WHEN 'epoch' THEN TIMESTAMP '1970-01-01' "
        "WHEN 'today' THEN date_trunc('day', redshift_local.getdate()) "
        "WHEN 'tomorrow' THEN date_trunc('day', redshift_local.getdate()) + INTERVAL 1 DAY "
        "WHEN 'yesterday' THEN date_trunc('day', redshift_local.getdate()) - INTERVAL 1 DAY "
        f"ELSE coalesce(try_strptime(regexp_replace(trim(a), '\\s+', ' ', 'g'), [{_FORMS}]), "
        f"error('{FAILS}invalid input syntax for type ' || kind || ': \"' || a || '\"')) END END"
    ),
    # the last day of a month stays the last day
    "add_months(a, n)": (
        "CASE WHEN CAST(a AS DATE) = last_day(a) THEN CAST(last_day(a + to_months(n)) AS TIMESTAMP) "
        "+ (a - date_trunc('day', a)) ELSE a + to_months(n) END"
    ),
    # 29 February and a year is 1 March
    "add_years(a, n)": (
        "a + to_years(CAST(n AS INTEGER)) + to_days(CASE WHEN day(a) <> day(a + to_years(CAST(n AS INTEGER))) "
        "THEN 1 ELSE 0 END)"
    ),
    # from a start below 1 on, the places before the text count towards the length
    "substring_of(a, start, n)": (
        f"CASE WHEN n < 0 THEN error('{FAILS}negative substring length not allowed') "
        "WHEN start >= 1 THEN substring(a, start, n) WHEN start + n <= 1 THEN left(a, 0) "
        "ELSE left(a, start + n - 1) END"
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
    "store_text(a, n)": (
        "CASE WHEN a IS NULL OR strlen(a) <= n THEN a "
        "WHEN strlen(rtrim(a, ' ')) <= n THEN redshift_local.cut_text(a, n) "
        f"ELSE error('{FAILS}Value too long for type character varying(' || n || ')') END"
    ),
    "store_char(a, n)": (
        "CASE WHEN a IS NULL OR strlen(rtrim(a, ' ')) <= n THEN rtrim(a, ' ') "
        f"ELSE error('{FAILS}Value too long for type character(' || n || ')') END"
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


def moment(node: exp.Expr, kind: Type | None) -> exp.Expr:
    """`node`, of the type `kind`, as a timestamp."""
    if kind is not None and kind.is_text:
        return call("text_to_timestamp", node.copy(), exp.Literal.string("timestamp"))
    return cast(node, "TIMESTAMP")


def _power(scale: int) -> exp.Expr:
    return cast(exp.Literal.number(10**scale), f"DECIMAL({scale + 1}, 0)")


def _unit(scale: int) -> exp.Expr:
    text = f"0.{'1'.rjust(scale, '0')}" if scale else "1"
    return cast(exp.Literal.number(text), f"DECIMAL({min(scale + 1, 38)}, {scale})")


def _huge(exponent: int) -> exp.Expr:
    return cast(exp.Literal.number(10**exponent), "HUGEINT")
