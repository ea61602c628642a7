"""TO_CHAR, TO_DATE, TO_TIMESTAMP and TO_NUMBER."""

from collections.abc import Callable
from typing import Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions import datetime_formats, datetime_parsing, numeric_formats
from local.redshift_data.sql.functions.function import (
    DATE,
    TIMESTAMPTZ,
    VARCHAR,
    Arguments,
    Function,
    Native,
    Topic,
    sql,
)
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop

_MAX_DIGITS: Final = 19
"""Digits of the longest DECIMAL that TO_CHAR takes: none of 128 bits (docs: TO_CHAR)."""


def _form(arguments: Arguments, function: str) -> str:
    form = arguments[1]
    if not isinstance(form.node, exp.Literal) or not form.node.is_string:
        raise NotOnTheLaptop(f"{function} with the format {form.node.sql('redshift')}")
    return form.node.name


def _to_char(arguments: Arguments) -> exp.Expr:
    value, form = arguments[0], _form(arguments, "TO_CHAR")
    kind = value.type
    if kind is not None and kind.name in ("date", "timestamp", "timestamptz"):
        text = datetime_formats.formatted(form, has_zone=kind.name == "timestamptz")
        return exp.paren(sql(text, x=macros.cast(value.node, "TIMESTAMP")), copy=False)
    if kind is None or not _is_number(kind):
        raise NotOnTheLaptop(f"TO_CHAR of {'an unknown type' if kind is None else kind.sql}")
    numeric_formats.numeric_format(form, "TO_CHAR")
    return sql("redshift_format_number(CAST(x AS VARCHAR), form)", x=value.node, form=arguments[1].node)


def _is_number(kind: Type) -> bool:
    return kind.is_integer or kind.name in ("float4", "float8") or (kind.name == "numeric" and kind.size <= _MAX_DIGITS)


def _reading(function: str, native: str) -> Callable[[Arguments], exp.Expr]:
    def build(arguments: Arguments) -> exp.Expr:
        datetime_parsing.checked(_form(arguments, function), function)
        strict = arguments[2].node if len(arguments) > 2 else exp.false()
        text = f"{native}(CAST(x AS VARCHAR), form, strict)"
        return sql(text, x=arguments[0].node, form=arguments[1].node, strict=strict)

    return build


def _to_number_type(arguments: Arguments) -> Type:
    return numeric_formats.numeric_format(_form(arguments, "TO_NUMBER"), "TO_NUMBER").type


def _to_number(arguments: Arguments) -> exp.Expr:
    text = sql("redshift_read_number(CAST(x AS VARCHAR), form)", x=arguments[0].node, form=arguments[1].node)
    return macros.cast(text, _to_number_type(arguments).duckdb)


TOPIC = Topic(
    {
        "to_char": Function("a, form", VARCHAR, build=_to_char),
        "to_date": Function("a, form, strict = FALSE", DATE, build=_reading("TO_DATE", "redshift_read_date")),
        "to_timestamp": Function(
            "a, form, strict = FALSE", TIMESTAMPTZ, build=_reading("TO_TIMESTAMP", "redshift_read_timestamp")
        ),
        "to_number": Function("a, form", _to_number_type, build=_to_number),
    },
    {
        "redshift_format_number": Native(numeric_formats.formatted, ("VARCHAR", "VARCHAR")),
        "redshift_read_number": Native(numeric_formats.read, ("VARCHAR", "VARCHAR")),
        "redshift_read_date": Native(datetime_parsing.read_date, ("VARCHAR", "VARCHAR", "BOOLEAN"), "DATE"),
        "redshift_read_timestamp": Native(
            datetime_parsing.read_timestamp, ("VARCHAR", "VARCHAR", "BOOLEAN"), "TIMESTAMPTZ"
        ),
    },
)
