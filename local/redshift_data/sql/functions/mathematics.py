"""Functions of numbers. Those of floating point give DOUBLE PRECISION, whatever they are called with."""

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions.function import DOUBLE, Arguments, Function, Topic
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import FAILS


def _refusing(condition: str, words: str, value: str) -> str:
    return f"CASE WHEN {condition} THEN error('{FAILS}{words}') ELSE {value} END"


def _logarithm(value: str) -> str:
    positive = _refusing("CAST(a AS DOUBLE) < 0", "cannot take logarithm of a negative number", value)
    return _refusing("CAST(a AS DOUBLE) = 0", "cannot take logarithm of zero", positive)


def _sign_type(arguments: Arguments) -> Type:
    kind = arguments[0].type
    return DOUBLE if kind is not None and kind.name in ("float4", "float8") else Type("numeric", 1, 0)


def _sign(arguments: Arguments) -> exp.Expr:
    return macros.cast(exp.Sign(this=arguments[0].node.copy()), _sign_type(arguments).duckdb)


_ROOT = _refusing("CAST(a AS DOUBLE) < 0", "cannot take square root of a negative number", "sqrt(CAST(a AS DOUBLE))")
_POWER = Function("a, b", DOUBLE, "power(CAST(a AS DOUBLE), CAST(b AS DOUBLE))")
_EXP = Function("a", DOUBLE, "exp(CAST(a AS DOUBLE))")
_LOG10 = Function("a", DOUBLE, _logarithm("log10(CAST(a AS DOUBLE))"), column="dlog10")

TOPIC = Topic(
    {
        "sqrt": Function("a", DOUBLE, _ROOT),
        "power": _POWER,
        "pow": _POWER,
        "dpow": _POWER,
        "exp": _EXP,
        "dexp": _EXP,
        "ln": Function("a", DOUBLE, _logarithm("ln(CAST(a AS DOUBLE))")),
        "dlog1": Function("a", DOUBLE, _logarithm("ln(CAST(a AS DOUBLE))")),
        "log": _LOG10,
        "dlog10": _LOG10,
        "cbrt": Function("a", DOUBLE, "cbrt(CAST(a AS DOUBLE))"),
        "degrees": Function("a", DOUBLE, "degrees(CAST(a AS DOUBLE))"),
        "radians": Function("a", DOUBLE, "radians(CAST(a AS DOUBLE))"),
        "pi": Function("", DOUBLE, "pi()"),
        "random": Function("", DOUBLE, "random()"),
        "sign": Function("a", _sign_type, build=_sign),
    }
)
