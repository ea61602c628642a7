"""Types of expressions by Redshift's rules (docs: Computations with numeric values; Aggregate functions)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.optimizer.annotate_types import TypeAnnotator, annotate_types

from local.redshift_data.sql.functions import FUNCTIONS, windows
from local.redshift_data.sql.functions.function import Argument
from local.redshift_data.sql.types import Type, UnknownType

_DIGITS: Final = {"int2": 5, "int4": 10, "int8": 19}
_RANKS: Final = ("bool", "int2", "int4", "int8", "numeric", "float4", "float8")
_MAX_DIGITS: Final = 38
_LEAST_SCALE_OF_A_QUOTIENT: Final = 4


def type_of(node: exp.Expr) -> Type | None:
    """The type that `annotated` found; None if it is not known."""
    if node.type is None:
        return None
    kind = of_sqlglot(node.type)
    if kind is not None and kind.name == "varchar" and not node.type.expressions and not isinstance(node, exp.Cast):
        return Type.of("varchar", ("max",))  # what a function gives; a CAST to VARCHAR without a length means 256
    return kind


def of_sqlglot(data_type: exp.DataType) -> Type | None:
    """Our type for sqlglot's; None for one that Redshift lacks."""
    name = data_type.this.value if isinstance(data_type.this, exp.DType) else str(data_type.this)
    arguments = tuple(_argument(it) for it in data_type.expressions)
    try:
        return Type.of(_SPELLINGS.get(name, name), arguments)
    except UnknownType:
        return None


_SPELLINGS: Final = {"DOUBLE": "float8", "FLOAT": "float4", "TEXT": "varchar", "TIMESTAMPNTZ": "timestamp"}


def _argument(node: exp.Expr) -> int | str:
    text = node.name
    return int(text) if text.isdigit() else text


MOMENTS: Final = ("date", "timestamp", "timestamptz")

DATE_PART: Final = "date_part"
"""In a node's `meta`: it is DATE_PART, which the parser takes for EXTRACT, but which has another type."""


def is_date_part(node: exp.Expr) -> bool:
    """Whether `node`, an EXTRACT, was written as DATE_PART."""
    return bool(node.meta.get(DATE_PART))


def annotated(tree: exp.Expr, schema: Mapping[str, Any]) -> exp.Expr:
    """`tree` with the type of every node; its columns must be qualified."""
    return annotate_types(tree, schema=dict(schema), expression_metadata=_METADATA, dialect="redshift")


def as_numeric(kind: Type) -> Type:
    """An integer type as the numeric type that it has in a computation with one."""
    return Type("numeric", _DIGITS[kind.name]) if kind.is_integer else kind


def computed(operator: type[exp.Expr], left: Type, right: Type) -> Type | None:
    """The type of `left operator right`; None unless it is arithmetic of numbers."""
    if left.name not in _RANKS or right.name not in _RANKS:
        return None
    widest = _RANKS[max(_RANKS.index(left.name), _RANKS.index(right.name))]
    if widest == "numeric":
        return _numeric(operator, as_numeric(left), as_numeric(right))
    return Type("float8" if widest in ("float4", "float8") and left.name != right.name else widest)


def _numeric(operator: type[exp.Expr], left: Type, right: Type) -> Type:
    (p1, s1), (p2, s2) = (left.size, left.scale), (right.size, right.scale)
    if operator is exp.Mul:
        scale = s1 + s2
        digits = p1 + p2 + 1
    elif operator is exp.Div:
        scale = max(_LEAST_SCALE_OF_A_QUOTIENT, s1 + p2 - s2 + 1)
        digits = p1 - s1 + s2 + scale
    else:
        scale = max(s1, s2)
        digits = max(p1 - s1, p2 - s2) + 1 + scale
    if digits > _MAX_DIGITS:
        least = min(scale, _LEAST_SCALE_OF_A_QUOTIENT) if operator is exp.Div else scale
        scale = max(_MAX_DIGITS + scale - digits, least)
    return Type("numeric", min(digits, _MAX_DIGITS), min(scale, _MAX_DIGITS))


def together(kinds: Iterable[Type | None]) -> Type | None:
    """The common type of values in one column; None if it is unknown."""
    found: Type | None = None
    for kind in kinds:
        if kind is None:
            return None
        found = kind if found is None else _wider(found, kind)
        if found is None:
            return None
    return found


def _wider(left: Type, right: Type) -> Type | None:
    if left == right:
        return left
    if left.is_text and right.is_text:
        return Type("varchar", max(left.size, right.size))
    kind = computed(exp.Add, left, right)
    if kind is None or kind.name != "numeric":
        return kind
    a, b = as_numeric(left), as_numeric(right)
    scale = max(a.scale, b.scale)
    return Type("numeric", min(max(a.size - a.scale, b.size - b.scale) + scale, _MAX_DIGITS), scale)


def _set(annotator: TypeAnnotator, node: Any, kind: Type | None) -> Any:
    annotator._set_type(node, exp.DType.UNKNOWN if kind is None else exp.DataType.build(kind.sql, dialect="redshift"))
    return node


def _literal(annotator: TypeAnnotator, node: exp.Literal) -> Any:
    text = str(node.this)
    if node.is_string:
        return _set(annotator, node, Type("varchar", max(len(text.encode()), 1)))
    if "e" in text.lower():
        return _set(annotator, node, Type("float8"))
    whole, point, fraction = text.partition(".")
    if point:
        return _set(annotator, node, Type("numeric", max(len(whole.lstrip("0")) + len(fraction), 1), len(fraction)))
    return _set(annotator, node, Type("int4" if int(text) < 2**31 else "int8" if int(text) < 2**63 else "numeric", 38))


def _arithmetic(annotator: TypeAnnotator, node: exp.Binary) -> Any:
    left, right = type_of(node.left), type_of(node.right)
    if left is None or right is None or computed(type(node), left, right) is None:
        return annotator._annotate_binary(node)
    return _set(annotator, node, computed(type(node), left, right))


def _aggregate(annotator: TypeAnnotator, node: exp.AggFunc) -> Any:
    value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    kind = type_of(value)
    if kind is None:
        return _set(annotator, node, None)
    if kind.is_integer:
        return _set(annotator, node, Type("int8"))
    return _set(annotator, node, Type("numeric", _MAX_DIGITS, kind.scale) if kind.name == "numeric" else Type("float8"))


def _case(annotator: TypeAnnotator, node: exp.Case) -> Any:
    values = [it.args["true"] for it in node.args["ifs"]]
    default = node.args.get("default")
    return _set(annotator, node, _of_values([*values, default] if default is not None else values))


def _coalesce(annotator: TypeAnnotator, node: exp.Expr) -> Any:
    return _set(annotator, node, _of_values([node.this, *node.expressions]))


def _of_values(values: Iterable[exp.Expr]) -> Type | None:
    return together(type_of(value) for value in values if not isinstance(value, exp.Null))


def _within_group(annotator: TypeAnnotator, node: exp.WithinGroup) -> Any:
    if isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc)):
        kind = type_of(node.expression.expressions[0].this)
        return _set(annotator, node, windows.percentile_type(node.this, kind))
    return _set(annotator, node, type_of(node.this))


def _median(annotator: TypeAnnotator, node: exp.Median) -> Any:
    return _set(annotator, node, windows.percentile_type(windows.HALF, type_of(node.this)))


def _negative(annotator: TypeAnnotator, node: exp.Expr) -> Any:
    return _set(annotator, node, type_of(node.this))


def arguments_of(call: exp.Anonymous) -> list[Argument]:
    """The arguments of a function call, once `annotated`."""
    return [Argument(it, type_of(it)) for it in call.expressions]


def _by_name(annotator: TypeAnnotator, node: exp.Anonymous) -> Any:
    function = FUNCTIONS.get(node.name.lower())
    accepted = function is not None and function.accepts(len(node.expressions))
    return _set(annotator, node, function.type_of(arguments_of(node)) if function is not None and accepted else None)


def _extract(annotator: TypeAnnotator, node: exp.Extract) -> Any:
    source = type_of(node.expression)
    whole = not is_date_part(node) and (source is None or source.name != "timestamptz")
    return _set(annotator, node, Type("int4" if whole else "float8"))


def _trunc(annotator: TypeAnnotator, node: exp.Trunc) -> Any:
    kind = type_of(node.this)
    return _set(annotator, node, Type("date") if kind is not None and kind.name in MOMENTS else kind)


_OF_SPREAD: Final = (exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop)

_METADATA: Final[Any] = {
    **Redshift.EXPRESSION_METADATA,
    exp.Literal: {"annotator": _literal},
    **{operator: {"annotator": _arithmetic} for operator in (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)},
    exp.Sum: {"annotator": _aggregate},
    exp.Avg: {"annotator": _aggregate},
    exp.Case: {"annotator": _case},
    **{function: {"annotator": _coalesce} for function in (exp.Coalesce, exp.Greatest, exp.Least)},
    exp.Neg: {"annotator": _negative},
    exp.Abs: {"annotator": _negative},
    exp.Paren: {"annotator": _negative},
    exp.Anonymous: {"annotator": _by_name},
    exp.WithinGroup: {"annotator": _within_group},
    exp.Median: {"annotator": _median},
    **{same: {"annotator": _negative} for same in (exp.AnyValue, exp.NthValue, exp.IgnoreNulls, exp.RespectNulls)},
    **{function: {"returns": exp.DType.DOUBLE} for function in _OF_SPREAD},
    **{function: {"returns": exp.DType.VARCHAR} for function in (exp.CurrentSchema, exp.CurrentUser, exp.SessionUser)},
    exp.ApproxDistinct: {"returns": exp.DType.BIGINT},
    **{function: {"returns": exp.DType.BOOLEAN} for function in (exp.LogicalAnd, exp.LogicalOr)},
    exp.DateDiff: {"returns": exp.DType.BIGINT},
    exp.TsOrDsDiff: {"returns": exp.DType.BIGINT},
    exp.Extract: {"annotator": _extract},
    exp.Trunc: {"annotator": _trunc},
    exp.PercentRank: {"returns": exp.DType.DOUBLE},
    exp.CumeDist: {"returns": exp.DType.DOUBLE},
    exp.LastDay: {"returns": exp.DType.DATE},
    exp.Date: {"returns": exp.DType.DATE},
    exp.Length: {"returns": exp.DType.INT},
    exp.StrPosition: {"returns": exp.DType.INT},
    exp.CurrentTimestamp: {"returns": exp.DType.TIMESTAMP},
    exp.TsOrDsAdd: {"returns": exp.DType.TIMESTAMP},
    exp.TimestampTrunc: {"returns": exp.DType.TIMESTAMP},
    exp.RowNumber: {"returns": exp.DType.BIGINT},
    exp.DenseRank: {"returns": exp.DType.BIGINT},
    exp.Rank: {"returns": exp.DType.BIGINT},
}
