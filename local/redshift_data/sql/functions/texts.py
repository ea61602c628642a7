"""Redshift's functions of text, such as INITCAP and SPLIT_PART, as DuckDB can run them."""

from local.redshift_data.sql.functions.function import BIGINT, INTEGER, VARCHAR, Function, Native, Topic, text
from local.redshift_data.sql.words import FAILS

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def initial_capitals(value: str) -> str:
    """`value` with the first letter of each word in upper case; a word ends at anything but a letter or digit.

    >>> initial_capitals("All NON-musical theatre"), initial_capitals("in@Donecat.ca")
    ('All Non-Musical Theatre', 'In@Donecat.Ca')
    """
    signs, inside = [], False
    for sign in value:
        signs.append(sign.lower() if inside else sign.upper())
        inside = sign.isalnum()
    return "".join(signs)


def integer_of(value: str, base: int) -> int:
    """The integer that `value` writes with digits of `base`.

    >>> integer_of("0xf", 16), integer_of("  -110101", 2), integer_of("", 10)
    (15, -53, 0)
    """
    if not 2 <= base <= 36:
        raise ValueError(f"{FAILS}The base must be between 2 and 36")
    digits = value.lstrip()
    sign = -1 if digits.startswith("-") else 1
    digits = digits[1:] if digits[:1] in ("+", "-") else digits
    if base == 16 and digits[:2].lower() == "0x":
        digits = digits[2:]
    if not digits or digits[0] == "\0":
        return 0
    if any(digit not in _DIGITS[:base] for digit in digits.lower()):
        raise ValueError(f"{FAILS}The input {value} is not valid to be converted to base {base}")
    number = sign * int(digits, base)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{FAILS}The input {value} is out of the range of BIGINT")
    return number


_PART = (
    f"CASE WHEN part < 1 THEN error('{FAILS}field position must be greater than zero') "
    f"ELSE split_part({text('a')}, delimiter, part) END"
)
_REPEAT = Function("a, n", VARCHAR, f"repeat({text('a')}, n)", column="repeat")

TOPIC = Topic(
    {
        "initcap": Function("a", VARCHAR, f"redshift_initcap({text('a')})"),
        "translate": Function("a, old, new", VARCHAR, f"translate({text('a')}, old, new)"),
        "reverse": Function("a", VARCHAR, f"reverse({text('a')})"),
        "split_part": Function("a, delimiter, part", VARCHAR, _PART),
        "btrim": Function("a, signs = ' '", VARCHAR, f"trim({text('a')}, signs)"),
        "repeat": _REPEAT,
        "replicate": _REPEAT,
        "strtol": Function("a, base", BIGINT, f"redshift_integer_of({text('a')}, base)"),
        "to_hex": Function("a", VARCHAR, "lower(to_hex(CAST(a AS BIGINT)))"),
        "ascii": Function("a", INTEGER, f"ascii({text('a')})"),
        "chr": Function("n", VARCHAR, "chr(n)"),
    },
    {
        "redshift_initcap": Native(initial_capitals, ("VARCHAR",)),
        "redshift_integer_of": Native(integer_of, ("VARCHAR", "INTEGER"), "BIGINT"),
    },
)
