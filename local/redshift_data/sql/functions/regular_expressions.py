"""REGEXP_SUBSTR, REGEXP_REPLACE, REGEXP_COUNT, REGEXP_INSTR, and the patterns of `~` and SIMILAR TO."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import INTEGER, VARCHAR, Arguments, Function, Native, Topic, sql
from local.redshift_data.sql.words import FAILS, NotOnTheLaptop

_GROUP: Final = re.compile(r"\\.|\[\^?\]?[^\]]*\]|(\((?!\?))", re.DOTALL)
_EMPTY: Final = (
    f"error('{FAILS}the laptop''s Redshift does not support REGEXP_INSTR of a pattern that matches nothing')"
)

_MACROS: Final = {
    "regexp_from(a, position)": "substr(CAST(a AS VARCHAR), greatest(position, 1))",
    "regexp_all(a, pattern, position, part, options)": (
        "regexp_extract_all(redshift_local.regexp_from(a, position), pattern, part, options)"
    ),
    # docs: empty text past the end or without a match, NULL for an occurrence that cannot be
    "regexp_part(a, pattern, position, occurrence, part, options)": (
        "CASE WHEN a IS NULL THEN NULL WHEN position > length(CAST(a AS VARCHAR)) THEN '' "
        "WHEN occurrence < 1 OR occurrence > length(CAST(a AS VARCHAR)) THEN NULL "
        "ELSE coalesce(redshift_local.regexp_all(a, pattern, position, part, options)[occurrence], '') END"
    ),
    "regexp_replaced(a, pattern, replacement, position, options)": (
        "CASE WHEN position > length(CAST(a AS VARCHAR)) THEN CAST(a AS VARCHAR) "
        "ELSE left(CAST(a AS VARCHAR), greatest(position, 1) - 1) || regexp_replace(redshift_local.regexp_from("
        "a, position), pattern, replace(replacement, '\\', '\\\\'), options) END"
    ),
    "regexp_place(a, pattern, position, occurrence, past, options)": (
        "CASE WHEN a IS NULL THEN NULL WHEN occurrence < 1 "
        "OR len(redshift_local.regexp_all(a, pattern, position, 0, options)) < occurrence THEN 0 "
        "WHEN list_contains(redshift_local.regexp_all(a, pattern, position, 0, options)[1:occurrence], '') "
        f"THEN {_EMPTY} "
        "ELSE greatest(position, 1) + CAST("
        "list_sum(list_transform(string_split_regex(redshift_local.regexp_from(a, position), pattern, options)"
        "[1:occurrence], lambda it: length(it))) + coalesce(list_sum(list_transform(redshift_local.regexp_all("
        "a, pattern, position, 0, options)[1:occurrence - 1 + past], lambda it: length(it))), 0) AS INTEGER) END"
    ),
    # POSIX: the point is any character, an end of line too
    "regexp_found(a, pattern)": "regexp_matches(CAST(a AS VARCHAR), pattern, 's')",
    "similar_to(a, pattern)": "regexp_full_match(CAST(a AS VARCHAR), pattern, 's')",
}


@lru_cache(maxsize=256)
def _compiled(pattern: str, letters: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.DOTALL | (re.IGNORECASE if "i" in letters else 0))
    except re.error as error:
        raise ValueError(f"{FAILS}Invalid regular expression: {error}") from None


def _matches(value: str, pattern: str, position: int, letters: str) -> Iterator[re.Match[str]]:
    return _compiled(pattern, letters).finditer(value[max(position, 1) - 1 :])


def perl_part(value: str, pattern: str, position: int, occurrence: int, letters: str) -> str | None:
    """REGEXP_SUBSTR of a Perl pattern.

    >>> perl_part("passwd7 plain A1234 a1234", "(?=[^ ]*[a-z])(?=[^ ]*[0-9])[^ ]+", 1, 2, "p")
    'a1234'
    """
    if position > len(value):
        return ""
    if not 1 <= occurrence <= len(value):
        return None
    match = next(islice(_matches(value, pattern, position, letters), occurrence - 1, None), None)
    if match is None:
        return ""
    return match[1] or "" if "e" in letters and match.re.groups else match[0]


def perl_replaced(value: str, pattern: str, replacement: str, position: int, letters: str) -> str:
    """REGEXP_REPLACE of a Perl pattern."""
    start = max(position, 1) - 1
    return value[:start] + _compiled(pattern, letters).sub(lambda _: replacement, value[start:])


def perl_count(value: str, pattern: str, position: int, letters: str) -> int:
    """REGEXP_COUNT of a Perl pattern."""
    return sum(1 for _ in _matches(value, pattern, position, letters))


def perl_place(value: str, pattern: str, position: int, occurrence: int, past: int, letters: str) -> int:
    """REGEXP_INSTR of a Perl pattern."""
    if occurrence < 1:
        return 0
    match = next(islice(_matches(value, pattern, position, letters), occurrence - 1, None), None)
    return 0 if match is None else max(position, 1) + (match.end() if past else match.start())


def _literal(pattern: exp.Expr, name: str) -> exp.Literal:
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise NotOnTheLaptop(f"{name} with a pattern that is not a literal ({pattern.sql('redshift')})")
    return pattern


def _pattern(arguments: Arguments, name: str) -> str:
    return _literal(arguments[1].node, name).name


def _given(arguments: Arguments, place: int, default: str) -> exp.Expr:
    return arguments[place].node.copy() if len(arguments) > place else sql(default)


def _letters(arguments: Arguments, place: int, name: str, known: str) -> str:
    if len(arguments) <= place:
        return ""
    letters = arguments[place].literal
    if letters is None or not set(letters) <= set(known):
        raise NotOnTheLaptop(f"{name} with the parameters {arguments[place].node.sql('redshift')}")
    if "p" in letters and "[:" in _pattern(arguments, name):
        raise NotOnTheLaptop(f"{name} of a Perl pattern with a POSIX class")
    return letters


def _options(letters: str, more: str = "") -> exp.Expr:
    return exp.Literal.string("s" + ("i" if "i" in letters else "c") + more)


def _call(name: str, arguments: Arguments, *others: exp.Expr) -> exp.Expr:
    return macros.call(name, arguments[0].node.copy(), arguments[1].node.copy(), *others)


def _native(name: str, arguments: Arguments, *others: exp.Expr) -> exp.Expr:
    value = macros.cast(arguments[0].node, "VARCHAR")
    return exp.Anonymous(this=name, expressions=[value, arguments[1].node.copy(), *others])


def _substr(arguments: Arguments) -> exp.Expr:
    pattern = _pattern(arguments, "REGEXP_SUBSTR")
    letters = _letters(arguments, 4, "REGEXP_SUBSTR", "ciep")
    position, occurrence = _given(arguments, 2, "1"), _given(arguments, 3, "1")
    if "p" in letters:
        return _native("redshift_perl_part", arguments, position, occurrence, exp.Literal.string(letters))
    part = int("e" in letters and any(it[1] for it in _GROUP.finditer(pattern)))
    return _call("regexp_part", arguments, position, occurrence, exp.Literal.number(part), _options(letters))


def _replace(arguments: Arguments) -> exp.Expr:
    _pattern(arguments, "REGEXP_REPLACE")
    letters = _letters(arguments, 4, "REGEXP_REPLACE", "cip")
    replacement, position = _given(arguments, 2, "''"), _given(arguments, 3, "1")
    if isinstance(replacement, exp.Literal) and re.search(r"[\\$]\d", replacement.name):
        raise NotOnTheLaptop(f"REGEXP_REPLACE with {replacement.name} as the replacement")
    if "p" in letters:
        return _native("redshift_perl_replaced", arguments, replacement, position, exp.Literal.string(letters))
    return _call("regexp_replaced", arguments, replacement, position, _options(letters, "g"))


def _count(arguments: Arguments) -> exp.Expr:
    _pattern(arguments, "REGEXP_COUNT")
    letters = _letters(arguments, 3, "REGEXP_COUNT", "cip")
    position = _given(arguments, 2, "1")
    if "p" in letters:
        return _native("redshift_perl_count", arguments, position, exp.Literal.string(letters))
    found = _call("regexp_all", arguments, position, exp.Literal.number(0), _options(letters))
    return macros.cast(exp.func("len", found, dialect="duckdb"), "INTEGER")


def _instr(arguments: Arguments) -> exp.Expr:
    _pattern(arguments, "REGEXP_INSTR")
    letters = _letters(arguments, 5, "REGEXP_INSTR", "cip")
    position, occurrence = _given(arguments, 2, "1"), _given(arguments, 3, "1")
    past = sql("CASE WHEN past = 0 THEN 0 ELSE 1 END", past=_given(arguments, 4, "0"))
    if "p" in letters:
        return _native("redshift_perl_place", arguments, position, occurrence, past, exp.Literal.string(letters))
    return _call("regexp_place", arguments, position, occurrence, past, _options(letters))


def similar_pattern(pattern: str, escape: str) -> str:
    r"""The regular expression of a pattern of SIMILAR TO, whose `escape` makes the next sign a plain one.

    >>> similar_pattern("%(Ring|Die)_", "\\"), similar_pattern("%start^_%.", "^")
    ('.*(Ring|Die).', '.*start_.*\\.')
    """
    out, place = [], 0
    while place < len(pattern):
        sign = pattern[place]
        brackets = re.match(r"\[\^?\]?(?:\[:\w+:\]|[^\]])*\]", pattern[place:])
        if sign == escape and place + 1 < len(pattern):
            place += 1
            out.append(re.escape(pattern[place]))
        elif brackets:
            out.append(brackets[0])
            place += brackets.end() - 1
        else:
            out.append({"%": ".*", "_": "."}.get(sign) or (sign if sign in "|*+?{}()" else re.escape(sign)))
        place += 1
    return "".join(out)


def found(node: exp.RegexpLike) -> exp.Expr:
    """`value ~ pattern`."""
    return macros.call("regexp_found", node.this.copy(), _literal(node.expression, "~").copy())


def similar(node: exp.SimilarTo, escape: exp.Expr | None = None) -> exp.Expr:
    """`value SIMILAR TO pattern`, with the escape character that the user names, or the backslash."""
    pattern = _literal(node.expression, "SIMILAR TO").name
    character = "\\" if escape is None else _literal(escape, "ESCAPE").name
    return macros.call("similar_to", node.this.copy(), exp.Literal.string(similar_pattern(pattern, character)))


TOPIC = Topic(
    {
        "regexp_substr": Function("a, pattern, b = 1, c = 1, d = ''", VARCHAR, build=_substr),
        "regexp_replace": Function("a, pattern, b = '', c = 1, d = ''", VARCHAR, build=_replace),
        "regexp_count": Function("a, pattern, b = 1, c = ''", INTEGER, build=_count),
        "regexp_instr": Function("a, pattern, b = 1, c = 1, d = 0, e = ''", INTEGER, build=_instr),
    },
    {
        "redshift_perl_part": Native(
            perl_part, ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER", "VARCHAR"), gives_null=True
        ),
        "redshift_perl_replaced": Native(perl_replaced, ("VARCHAR", "VARCHAR", "VARCHAR", "INTEGER", "VARCHAR")),
        "redshift_perl_count": Native(perl_count, ("VARCHAR", "VARCHAR", "INTEGER", "VARCHAR"), "INTEGER"),
        "redshift_perl_place": Native(
            perl_place, ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER", "INTEGER", "VARCHAR"), "INTEGER"
        ),
    },
    _MACROS,
)
