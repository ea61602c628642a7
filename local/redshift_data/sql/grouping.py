"""GROUP BY, DISTINCT and set operations over text: values that differ in trailing blanks alone are one.

Which of them stands for all is not documented (of LISTAGG, AWS says: the first that is met). Here it is the least, so
that a query answers the same every time. All of this is done before `rewriting`, on nodes that have types.
"""

from collections.abc import Sequence

from sqlglot import exp

from local.redshift_data.sql.comparing import is_text, trimmed
from local.redshift_data.sql.inference import type_of
from local.redshift_data.sql.moments import spelled
from local.redshift_data.sql.words import SqlError

_FROM = "grouped"


def grouped(tree: exp.Expr) -> exp.Expr:
    """`tree` with Redshift's groups; the tree itself is changed."""
    root = tree
    for node in reversed(list(tree.walk())):
        if isinstance(node, exp.Select):
            _group(node)
            new = _distinct(node)
        elif isinstance(node, exp.SetOperation):
            new = _set_operation(node)
        else:
            continue
        if new is node:
            continue
        if node is root:
            root = new
        else:
            node.replace(new)
    return root


def _group(select: exp.Select) -> None:
    group = select.args.get("group")
    keys = [] if group is None else [it for it in group.expressions if is_text(it) and not isinstance(it, exp.Literal)]
    if group is None or not keys:
        return
    for it in [*select.expressions, *(select.args.get(clause) for clause in ("having", "qualify", "order"))]:
        if it is not None:
            _represent(it, keys)
    group.set("expressions", [trimmed(it) if it in keys else it for it in group.expressions])


def _represent(node: exp.Expr, keys: Sequence[exp.Expr]) -> None:
    """Select a group's representative value for its key; aggregated values stay as they are."""
    if node in keys and node.parent is not None:
        node.replace(_least(node))
    elif isinstance(node, exp.Window):
        for part in (*node.this.iter_expressions(), *(it for it in node.iter_expressions() if it is not node.this)):
            _represent(part, keys)
    elif not isinstance(node, (exp.AggFunc, exp.WithinGroup, exp.Query)):
        for part in list(node.iter_expressions()):
            _represent(part, keys)


def _least(node: exp.Expr) -> exp.Expr:
    least = exp.Min(this=node.copy())
    least.type = node.type
    return least


def _distinct(select: exp.Select) -> exp.Expr:
    if not select.args.get("distinct"):
        return select
    order = _places(select, select.selects)
    if not any(is_text(it.unalias()) for it in select.selects):
        return select
    inner = select.copy()
    for clause in ("distinct", "order", "limit", "offset"):
        inner.set(clause, None)
    return _over(select, inner, order)


def _places(query: exp.Query, outputs: Sequence[exp.Expr]) -> list[int]:
    """The output column of each ORDER BY of `query`; raises `SqlError` if one names none."""
    order = query.args.get("order")
    return [] if order is None else [_place(it.this, outputs) for it in order.expressions]


def _place(node: exp.Expr, outputs: Sequence[exp.Expr]) -> int:
    if isinstance(node, exp.Literal) and not node.is_string and int(node.name) <= len(outputs):
        return int(node.name) - 1
    bare = isinstance(node, exp.Column) and not node.table
    for place, it in enumerate(outputs):
        if node == it.unalias() or (bare and node.name == it.alias_or_name):
            return place
    raise SqlError("for SELECT DISTINCT, ORDER BY expressions must appear in select list")


def _over(query: exp.Query, source: exp.Query, order: Sequence[int]) -> exp.Select:
    """The distinct rows of `source`, with the order and limit of `query`."""
    names = [f"c{place}" for place in range(len(query.selects))]
    columns = [_typed(_column(_FROM, name), it) for name, it in zip(names, query.selects, strict=True)]
    alias = exp.TableAlias(
        this=exp.to_identifier(_FROM, quoted=True), columns=[exp.to_identifier(it, quoted=True) for it in names]
    )
    values = [_least(it) if is_text(it) else it for it in columns]
    outer = exp.Select(
        expressions=[
            exp.alias_(value.copy(), it.alias_or_name, quoted=True)
            for value, it in zip(values, query.selects, strict=True)
        ]
    )
    outer = outer.from_(exp.Subquery(this=source, alias=alias), copy=False)
    outer.set("group", exp.Group(expressions=[trimmed(it) if is_text(it) else it.copy() for it in columns]))
    if order:
        ordered = query.args["order"].copy()
        for it, place in zip(ordered.expressions, order, strict=True):
            it.set("this", values[place].copy())
        outer.set("order", ordered)
    for clause in ("limit", "offset"):
        outer.set(clause, query.args.get(clause))
    return outer


def _column(table: str, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _typed(column: exp.Column, like: exp.Expr) -> exp.Column:
    column.type = like.unalias().type
    return column


def _check_types(node: exp.SetOperation) -> None:
    """Raise `SqlError` if one side is text, not a literal, and the other is not text."""
    for one, other in zip(node.left.selects, node.right.selects, strict=False):
        pair = (one.unalias(), other.unalias())
        kinds = [type_of(it) for it in pair]
        if any(isinstance(it, (exp.Literal, exp.Null)) for it in pair) or None in kinds:
            continue
        if len({kind.is_text for kind in kinds if kind is not None}) > 1:
            left, right = (spelled(kind) for kind in kinds if kind is not None)
            raise SqlError(f"{node.key.upper()} types {left} and {right} cannot be matched")


def _set_operation(node: exp.SetOperation) -> exp.Expr:
    _check_types(node)
    if not node.args.get("distinct", True) or not any(is_text(it.unalias()) for it in node.selects):
        return node
    order = _places(node, node.selects)
    if isinstance(node, exp.Union):
        source: exp.Query = node.copy()
        source.set("distinct", False)
        for clause in ("order", "limit", "offset"):
            source.set(clause, None)
    else:
        source = _matched(node)
    return _over(node, source, order)


def _matched(node: exp.SetOperation) -> exp.Select:
    """The rows of the left side that have an equal one on the right, or have none."""
    count = len(node.selects)
    sides = []
    for name, side in (("l", node.left), ("r", node.right)):
        columns = [exp.to_identifier(f"c{place}", quoted=True) for place in range(count)]
        alias = exp.TableAlias(this=exp.to_identifier(name, quoted=True), columns=columns)
        sides.append(exp.Subquery(this=side.unnest().copy(), alias=alias))
    equal = [
        exp.NullSafeEQ(this=a, expression=b)
        for a, b in ((_compared("l", node, place), _compared("r", node, place)) for place in range(count))
    ]
    rows = [_column("l", f"c{place}") for place in range(count)]
    kind = "SEMI" if isinstance(node, exp.Intersect) else "ANTI"
    matched = exp.Select(expressions=rows).from_(sides[0], copy=False)
    return matched.join(sides[1], on=exp.and_(*equal), join_type=kind, copy=False)


def _compared(table: str, node: exp.SetOperation, place: int) -> exp.Expr:
    column = _column(table, f"c{place}")
    return trimmed(column) if is_text(node.selects[place].unalias()) else column
