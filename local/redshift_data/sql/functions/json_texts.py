"""Functions that look into JSON which is kept as text."""

import json
from typing import Any, Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import (
    BOOLEAN,
    INTEGER,
    VARCHAR,
    Arguments,
    Function,
    Native,
    Topic,
    sql,
    text,
)
from local.redshift_data.sql.words import FAILS, NotOnTheLaptop, SqlError

_MAX_DEPTH: Final = 5


class _Number(str):
    """A number with its original digits."""


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _parsed(value: str) -> Any:
    return json.loads(value, parse_int=_Number, parse_float=_Number, parse_constant=_constant)


def _document(value: str, null_if_invalid: bool) -> Any:
    try:
        return _parsed(value)
    except ValueError:
        if null_if_invalid:
            return None
        raise ValueError(f"{FAILS}JSON parsing error") from None


def _text(value: Any) -> str | None:
    """A value of JSON in Redshift's form: text bare, everything else as JSON without blanks."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(it)}" for name, it in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return "true" if value else "false"


def _json(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, str) and not isinstance(value, _Number):
        return json.dumps(value, ensure_ascii=False)
    return str(_text(value))


def path_text(value: str, path: str, null_if_invalid: bool) -> str | None:
    """The value at `path`, a list of names in JSON; empty text if there is none.

    >>> path_text('{"f4":{"f5":99,"f6":"star"}}', '["f4", "f6"]', False)
    'star'
    >>> path_text('{"f4":{"f5":1.50}}', '["f4"]', False)
    '{"f5":1.50}'
    """
    found = _document(value, null_if_invalid)
    if found is None:
        return None
    for name in json.loads(path):
        if not isinstance(found, dict) or name not in found:
            return ""
        found = found[name]
    return _text(found)


def element_text(value: str, place: int, null_if_invalid: bool) -> str | None:
    """The element of an array at `place`, counted from 0; empty text if there is none.

    >>> element_text("[111,112,113]", 2, False), element_text("[111]", -1, False)
    ('113', '')
    """
    found = _document(value, null_if_invalid)
    if found is None:
        return None
    if not isinstance(found, list):
        raise ValueError(f"{FAILS}JSON parsing error: the JSON is not an array")
    return _text(found[place]) if 0 <= place < len(found) else ""


def array_length(value: str, null_if_invalid: bool) -> int | None:
    """The number of elements of an array.

    >>> array_length('[11,12,13,{"f1":21,"f2":[25,26]},14]', False)
    5
    """
    found = _document(value, null_if_invalid)
    if found is None:
        return None
    if not isinstance(found, list):
        raise ValueError(f"{FAILS}JSON parsing error: the JSON is not an array")
    return len(found)


def is_valid(value: str, kind: str) -> bool:
    """Whether the text is JSON, and an `object` or an `array`."""
    try:
        return isinstance(_parsed(value), dict if kind == "object" else list)
    except ValueError:
        return False


def _extract_path(arguments: Arguments) -> exp.Expr:
    names = list(arguments[1:])
    null_if_invalid: exp.Expr = exp.false()
    if names and isinstance(names[-1].node, exp.Boolean):
        null_if_invalid = names.pop().node
    if not names:
        raise SqlError("function json_extract_path_text needs the JSON and at least one path element")
    if len(names) > _MAX_DEPTH:
        raise NotOnTheLaptop(f"JSON_EXTRACT_PATH_TEXT with more than {_MAX_DEPTH} path elements")
    path = exp.func("list_value", *(macros.cast(name.node, "VARCHAR") for name in names), dialect="duckdb")
    return sql(
        f"redshift_json_path({text('a')}, CAST(to_json(path) AS VARCHAR), n)",
        a=arguments[0].node, path=path, n=null_if_invalid,
    )  # fmt: skip


TOPIC = Topic(
    {
        "json_extract_path_text": Function(
            "a, b, c = NULL, d = NULL, e = NULL, f = NULL, g = NULL, h = NULL", VARCHAR, build=_extract_path
        ),
        "json_extract_array_element_text": Function(
            "a, n, null_if_invalid = FALSE", VARCHAR, f"redshift_json_element({text('a')}, n, null_if_invalid)"
        ),
        "json_array_length": Function(
            "a, null_if_invalid = FALSE", INTEGER, f"redshift_json_length({text('a')}, null_if_invalid)"
        ),
        "is_valid_json": Function("a", BOOLEAN, f"redshift_is_json({text('a')}, 'object')"),
        "is_valid_json_array": Function("a", BOOLEAN, f"redshift_is_json({text('a')}, 'array')"),
    },
    {
        "redshift_json_path": Native(path_text, ("VARCHAR", "VARCHAR", "BOOLEAN"), gives_null=True),
        "redshift_json_element": Native(element_text, ("VARCHAR", "INTEGER", "BOOLEAN"), gives_null=True),
        "redshift_json_length": Native(array_length, ("VARCHAR", "BOOLEAN"), "INTEGER", gives_null=True),
        "redshift_is_json": Native(is_valid, ("VARCHAR", "VARCHAR"), "BOOLEAN"),
    },
)
