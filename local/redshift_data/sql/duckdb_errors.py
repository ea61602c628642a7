"""DuckDB's errors about a statement, in the words of Redshift, which is based on PostgreSQL 8."""

import re
from typing import Final

_TYPES: Final = {
    "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "integer", "INT": "integer", "INTEGER_LITERAL": "integer",
    "BIGINT": "bigint", "HUGEINT": "bigint", "FLOAT": "real", "DOUBLE": "double precision", "BOOLEAN": "boolean",
    "BOOL": "boolean", "VARCHAR": "character varying", "STRING_LITERAL": '"unknown"', "DATE": "date",
    "TIMESTAMP": "timestamp without time zone", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "INTERVAL": "interval", '"NULL"': '"unknown"', "SQLNULL": '"unknown"',
}  # fmt: skip
_FUNCTIONS: Final = {
    "length": "len", "string_agg": "listagg", "strlen": "octet_length", "list": "listagg", "date_diff": "date_diff",
    "instr": "strpos", "ends_with": "rtrim", "like_escape": "~~", "ilike_escape": "~~*", "not_like_escape": "!~~",
    "not_ilike_escape": "!~~*",
}  # fmt: skip


def type_words(spelling: str) -> str:
    """Redshift's words for a type that DuckDB calls `spelling`.

    >>> type_words("DECIMAL(13,3)"), type_words("INTEGER_LITERAL")
    ('numeric', 'integer')
    """
    bare = spelling.strip()
    return "numeric" if bare.startswith("DECIMAL") else _TYPES.get(bare, bare.partition("(")[0].lower())


def _listed(spellings: str) -> list[str]:
    return [type_words(it) for it in re.split(r",\s*(?![^(]*\))", spellings) if it.strip()]


def _no_function(name: str, spellings: str) -> str:
    """The error for a call or an operator that does not exist for these types."""
    kinds, called = _listed(spellings), _FUNCTIONS.get(name, name.removeprefix("redshift_"))
    if re.fullmatch(r"\w+", called):
        return f"function {called}({', '.join(kinds)}) does not exist"
    if len(kinds) == 1:
        return f"operator does not exist: {called} {kinds[0]}"
    return f"operator does not exist: {kinds[0]} {called} {kinds[1]}"


def _not_unique(name: str, spellings: str) -> str:
    return _no_function(name, spellings).replace("does not exist", "is not unique", 1)


def _no_cast(source: str, to: str) -> str:
    return f"cannot cast type {type_words(source)} to {type_words(to)}"


def _no_match(left: str, right: str, where: str) -> str:
    return f"{where.upper()} types {type_words(left)} and {type_words(right)} cannot be matched"


def _no_comparison(left: str, right: str) -> str:
    return f"operator does not exist: {type_words(left)} = {type_words(right)}"


def _invalid(value: str, kind: str) -> str:
    return f'invalid input syntax for type {type_words(kind)}: "{value}"'


_FORMS: Final = (
    (r"No function matches the given name and argument types '(\S+?)\((.*?)\)'\.", _no_function),
    (r'best candidate function for the function call "(\S+?)\((.*?)\)"\.', _not_unique),
    (r"Unimplemented type for cast \((.+?) -> (.+?)\)", _no_cast),
    (r"Cannot mix values of type (.+?) and (.+?) in (\w+)", _no_match),
    (r"Cannot compare values of type (.+?) and (?:type )?(.+?)(?: |$)", _no_comparison),
    (r"Could not convert string '(.*?)' to (BOOL|BOOLEAN|INTERVAL)", _invalid),
    (r"invalid (date) field format: \"(.*?)\"", lambda kind, value: _invalid(value, kind.upper())),
    (r"invalid (timestamp) field format: \"(.*?)\"", lambda kind, value: _invalid(value, kind.upper())),
    (r"field value out of range: \"(.*?)\"", lambda value: f'date/time field value out of range: "{value}"'),
    (r"not in timestamp range|Date out of range|interval.*out of range", lambda: "timestamp out of range"),
    (r"([A-Z]+(?: BY)?) clause cannot contain aggregates", lambda clause: f"aggregates not allowed in {clause} clause"),
    (
        r"(\w+) clause cannot contain window functions",
        lambda clause: f"window functions not allowed in {clause} clause",
    ),
    (r"aggregate function calls cannot be nested", lambda: "aggregate function calls may not be nested"),
    (r"Window functions are not supported here", lambda: "window function call requires an OVER clause"),
    (r"Subquery returns \d+ columns", lambda: "subquery has too many columns"),
    (
        r"Set operations can only apply",
        lambda: "each UNION query must have the same number of columns",
    ),
    (r"LIMIT/OFFSET cannot be negative", lambda: "LIMIT and OFFSET must not be negative"),
    (r"Argument for (\w+) must be greater", lambda name: f"argument of {name} must be greater than zero"),
    (r"SELECT clause without selection list", lambda: "syntax error at end of input"),
    (r"Referenced (?:table|column) \"(\w+)\" not found", lambda name: f'column "{name}" does not exist'),
)


def in_redshifts_words(text: str) -> str | None:
    """Redshift's error for DuckDB's error `text`; None if it is not known.

    >>> in_redshifts_words("Binder Error: No function matches the given name and argument types '+(DATE, DATE)'. You")
    'operator does not exist: date + date'
    """
    for pattern, words in _FORMS:
        found = re.search(pattern, text, re.DOTALL)
        if found:
            return words(*found.groups())
    return None
