"""Comparisons of text, in which Redshift disregards trailing blanks (docs: Significance of trailing blanks)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.inference import type_of
from local.redshift_data.sql.moments import coerced


def is_text(node: exp.Expr) -> bool:
    """Whether `node` is known to be VARCHAR or CHAR."""
    kind = type_of(node)
    return kind is not None and kind.is_text


def trimmed(node: exp.Expr) -> exp.Expr:
    """`node`, which is text, in its compared form: without trailing blanks."""
    if isinstance(node, exp.Literal):
        return exp.Literal.string(node.name.rstrip(" "))
    return macros.call("trimmed", node.copy())


def _pair(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    """Both sides of a comparison in their compared form."""
    if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
        pairs = [_pair(*it) for it in zip(left.expressions, right.expressions, strict=False)]
        return exp.Tuple(expressions=[it for it, _ in pairs]), exp.Tuple(expressions=[it for _, it in pairs])
    left, right = comparable((left, right))
    return left, right


def comparable(nodes: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Nodes that are compared with each other, in their compared form."""
    return [trimmed(it) for it in nodes] if all(map(is_text, nodes)) else coerced(nodes)


def _binary(node: exp.Binary) -> exp.Expr:
    left, right = _pair(node.this, node.expression)
    return type(node)(this=left, expression=right)


def _between(node: exp.Between) -> exp.Expr:
    this, low, high = comparable((node.this, node.args["low"], node.args["high"]))
    return exp.Between(this=this, low=low, high=high)


def _in(node: exp.In) -> exp.Expr:
    query = node.args.get("query")
    if query is not None:
        return _in_query(node, query)
    if isinstance(node.this, exp.Tuple):
        sides = [_pair(node.this, it) for it in node.expressions]
        return exp.In(this=sides[0][0], expressions=[right for _, right in sides])
    this, *items = comparable((node.this, *node.expressions))
    return exp.In(this=this, expressions=items)


def _in_query(node: exp.In, query: exp.Expr) -> exp.Expr:
    inner = query.unnest()
    left = node.this.expressions if isinstance(node.this, exp.Tuple) else [node.this]
    if not isinstance(inner, exp.Query) or len(left) != len(inner.selects):
        return node
    texts = [is_text(a) and is_text(b.unalias()) for a, b in zip(left, inner.selects, strict=True)]
    if not any(texts):
        return node
    names = [f"c{place}" for place in range(len(left))]
    columns: list[exp.Expr] = [exp.column(name, table="compared", quoted=True) for name in names]
    chosen = [trimmed(it) if text else it for it, text in zip(columns, texts, strict=True)]
    alias = exp.TableAlias(this=exp.to_identifier("compared", quoted=True), columns=_identifiers(names))
    source = exp.Subquery(this=inner.copy(), alias=alias)
    sides = [trimmed(it) if text else it.copy() for it, text in zip(left, texts, strict=True)]
    this = exp.Tuple(expressions=sides) if isinstance(node.this, exp.Tuple) else sides[0]
    return exp.In(this=this, query=exp.Subquery(this=exp.Select(expressions=chosen).from_(source, copy=False)))


def _identifiers(names: list[str]) -> list[exp.Expr]:
    return [exp.to_identifier(name, quoted=True) for name in names]


def _nullif(node: exp.Nullif) -> exp.Expr:
    left, right = comparable((node.this, node.expression))
    same = exp.EQ(this=left, expression=right)
    return exp.Case(ifs=[exp.If(this=same, true=exp.Null())], default=node.this.copy())


def _case(node: exp.Case) -> exp.Expr:
    if node.this is None:
        return node
    compared, *searched = comparable((node.this, *(it.this for it in node.args["ifs"])))
    branches = [
        exp.If(this=value, true=it.args["true"].copy()) for value, it in zip(searched, node.args["ifs"], strict=True)
    ]
    default = node.args.get("default")
    return exp.Case(this=compared, ifs=branches, default=None if default is None else default.copy())


def _decode(node: exp.DecodeCase) -> exp.Expr:
    compared, *rest = node.expressions
    places = range(0, len(rest) - 1, 2)
    compared, *searched = comparable((compared, *(rest[place] for place in places)))
    parts = [it.copy() for it in rest]
    for place, value in zip(places, searched, strict=True):
        parts[place] = value
    return exp.DecodeCase(expressions=[compared, *parts])


def _ordered(node: exp.Ordered) -> exp.Expr:
    """ORDER BY of a query or a window: texts that differ in trailing blanks alone are peers."""
    if not is_text(node.this) and not _names_text(node):
        return node
    return exp.Ordered(**{**node.args, "this": trimmed(node.this)})


def _names_text(node: exp.Ordered) -> bool:
    """Whether the node names an output column that is text."""
    column, select = node.this, node.parent_select
    if not isinstance(column, exp.Column) or column.table or select is None:
        return False
    return any(is_text(it.unalias()) for it in select.selects if it.alias_or_name == column.name)


def _count(node: exp.Count) -> exp.Expr:
    if not isinstance(node.this, exp.Distinct) or not any(map(is_text, node.this.expressions)):
        return node
    parts = [trimmed(it) if is_text(it) else it.copy() for it in node.this.expressions]
    return exp.Count(this=exp.Distinct(expressions=parts), big_int=node.args.get("big_int"))


def partitioned(node: exp.Window) -> exp.Window:
    """`node` with texts in PARTITION BY in their compared form; the node itself is changed."""
    parts = node.args.get("partition_by") or []
    node.set("partition_by", [trimmed(it) if is_text(it) else it for it in parts])
    return node


RULES: Final[dict[type, Callable[[Any], exp.Expr]]] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _binary),
    exp.Between: _between,
    exp.In: _in,
    exp.Nullif: _nullif,
    exp.Case: _case,
    exp.DecodeCase: _decode,
    exp.Ordered: _ordered,
    exp.Count: _count,
}
"""The rewriting of each comparing node, by its type; see `rewriting`."""
