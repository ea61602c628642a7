"""Rewrites the parts of a statement that mean something else in DuckDB, so that they keep Redshift's meaning."""

from collections.abc import Callable
from typing import Any, Final

from sqlglot import exp

from local.redshift_data.sql import allowed, comparing, macros, moments
from local.redshift_data.sql.functions import FUNCTIONS, regular_expressions, windows
from local.redshift_data.sql.grouping import grouped
from local.redshift_data.sql.inference import arguments_of, as_numeric, computed, type_of
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError


def rewritten(tree: exp.Expr) -> exp.Expr:
    """`tree`, whose nodes have types, for DuckDB; the tree itself is changed."""
    root = grouped(tree)
    for node in reversed(list(root.walk())):
        rewrite = _RULES.get(type(node))
        new = node if rewrite is None else rewrite(node)
        if new is node:
            continue
        new.type = node.type
        if node is root:
            root = new
        else:
            node.replace(new)
    return root


def _div(node: exp.Expr) -> exp.Expr:
    left, right = node.this, node.expression
    left_type, right_type = type_of(left), type_of(right)
    if left_type is None or right_type is None:
        raise NotOnTheLaptop(f"a division whose types are not known ({node.sql('redshift')}): CAST both sides")
    result = computed(exp.Div, left_type, right_type)
    if result is None:
        raise NotOnTheLaptop(f"a division of {left_type.sql} by {right_type.sql}")
    if result.is_integer:
        return macros.call("divide_integers", left.copy(), right.copy())
    if result.name == "numeric":
        return macros.numeric_quotient(left, as_numeric(left_type), right, as_numeric(right_type), result)
    return macros.call("divide_floats", left.copy(), right.copy())


def _arithmetic(node: exp.Expr) -> exp.Expr:
    """Arithmetic of numerics with Redshift's number of digits: DuckDB stays at 18 if neither side has more."""
    if isinstance(node, exp.Sub):
        node = moments.subtracted(node)
    left, right = type_of(node.this), type_of(node.expression)
    result = None if left is None or right is None else computed(type(node), left, right)
    if left is None or result is None or result.name != "numeric" or node.type is None:
        return node
    wide = macros.cast(node.this.copy(), Type("numeric", _MAX_DIGITS, as_numeric(left).scale).duckdb)
    widened = type(node)(this=exp.paren(wide, copy=False), expression=node.expression.copy())
    return macros.cast(exp.paren(widened, copy=False), result.duckdb)


def _mod(node: exp.Expr) -> exp.Expr:
    return macros.call("modulo", node.this.copy(), node.expression.copy())


def _sum(node: exp.Expr) -> exp.Expr:
    kind = type_of(node)
    if kind is None or not kind.is_integer or isinstance(node.parent, exp.Window):
        return node
    return macros.cast(node.copy(), "BIGINT")


def _avg(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node.parent, exp.Window) else _average(node, lambda aggregate: aggregate)


def _average(node: exp.Expr, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    """An average with the argument's own digits: the sum divided by the count."""
    kind = type_of(node)
    if kind is None:
        raise NotOnTheLaptop(f"an average whose type is not known ({node.sql('redshift')}): CAST its argument")
    if not (kind.is_integer or kind.name == "numeric"):
        return over(node.copy())
    total = over(exp.Sum(this=node.this.copy()))
    number = exp.Nullif(this=over(exp.Count(this=node.this.copy())), expression=exp.Literal.number(0))
    if kind.is_integer:
        return macros.cast(macros.call("divide_integers", total, number), "BIGINT")
    return macros.numeric_quotient(total, kind, number, Type("numeric", 19), kind)


def _window(node: exp.Window) -> exp.Expr:
    node = comparing.partitioned(node)
    if isinstance(node.this, exp.Median) or _is_percentile(node.this):
        windows.without_order(node, "MEDIAN" if isinstance(node.this, exp.Median) else "a percentile")
        return _percentile(node.this, lambda aggregate: _over(node, aggregate))
    if isinstance(node.this, exp.Anonymous) and node.this.name.lower() == windows.RATIO_TO_REPORT:
        return windows.ratio_to_report(node)
    if isinstance(node.this, exp.Avg):
        return _average(node.this, lambda aggregate: _over(node, aggregate))
    kind = type_of(node.this)
    if isinstance(node.this, exp.Sum) and kind is not None and kind.is_integer:
        return macros.cast(node.copy(), "BIGINT")
    return node


def _over(window: exp.Expr, aggregate: exp.Expr) -> exp.Expr:
    copy = window.copy()
    copy.set("this", aggregate)
    return copy


def _cast(node: exp.Expr) -> exp.Expr:
    to, source = type_of_cast(node), type_of(node.this)
    if isinstance(node.this, exp.Null):
        return macros.cast(node.this.copy(), to.duckdb)
    moments.check_cast(source, to)
    if to.name in ("date", "timestamp") and source is not None and source.is_text:
        return moments.read(node.this, to)
    if to.is_integer and (source is None or source.is_text):
        text = macros.cast(node.this.copy(), "VARCHAR")
        return macros.cast(macros.call("text_to_integer", text), to.duckdb)
    plain = macros.cast(node.this.copy(), to.duckdb)
    if to.name == "bpchar" and source is not None and source.is_text:
        # without its blanks, which it gets back where it is shown
        return comparing.trimmed(macros.call("cut_text", plain, exp.Literal.number(to.size)))
    if to.is_text and to.size < 65_535:
        return macros.call("cut_text" if source and source.is_text else "fit_text", plain, exp.Literal.number(to.size))
    return plain


def type_of_cast(node: exp.Expr) -> Type:
    """The type that a CAST names; raises `NotOnTheLaptop` for an unsupported one."""
    kind = type_of(node)
    if kind is None:
        raise NotOnTheLaptop(f"the type {node.args['to'].sql('redshift')}")
    return kind


def _trim(node: exp.Trim) -> exp.Expr:
    """Trim blanks alone, whereas DuckDB trims every character that Unicode calls a space."""
    if node.expression is None:
        node.set("expression", exp.Literal.string(" "))
    return node


def _substring(node: exp.Substring) -> exp.Expr:
    text = macros.cast(node.this, "VARCHAR")
    start, length = node.args.get("start"), node.args.get("length")
    if start is None or length is None:
        first = exp.Literal.number(1) if start is None else start.copy()
        return exp.Substring(this=text, start=exp.Greatest(this=first, expressions=[exp.Literal.number(1)]))
    return macros.call("substring_of", text, start.copy(), length.copy())


def _like(node: exp.Like | exp.ILike) -> exp.Expr:
    """LIKE with Redshift's escape character, the backslash; CHAR keeps its blanks, which LIKE compares."""
    kind = type_of(node.this)
    if kind is not None and kind.name == "bpchar":
        padded = [node.this.copy(), exp.Literal.number(kind.size), exp.Literal.string(" ")]
        node.set("this", exp.Anonymous(this="rpad", expressions=padded))
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _as_integer(node: exp.Expr) -> exp.Expr:
    return macros.cast(node, "INTEGER")


def _concat(node: exp.Expr) -> exp.Expr:
    # NULL where any part is, unlike DuckDB's CONCAT
    if len(node.expressions) != 2:
        kinds = ", ".join("unknown" if kind is None else kind.sql for kind in map(type_of, node.expressions))
        raise SqlError(f"function concat({kinds}) does not exist")
    joined, *others = (it.copy() for it in node.expressions)
    for other in others:
        joined = exp.DPipe(this=joined, expression=other)
    return exp.paren(joined, copy=False)


def _is_percentile(node: exp.Expr) -> bool:
    return isinstance(node, exp.WithinGroup) and isinstance(node.this, (exp.PercentileCont, exp.PercentileDisc))


def _percentile(node: exp.Expr, over: Callable[[exp.Expr], exp.Expr]) -> exp.Expr:
    if isinstance(node, exp.Median):
        return windows.percentile(windows.HALF, [exp.Ordered(this=node.this)], type_of(node.this), over)
    order = node.expression.expressions
    return windows.percentile(node.this, order, type_of(order[0].this), over)


def _median(node: exp.Median) -> exp.Expr:
    return node if isinstance(node.parent, exp.Window) else _percentile(node, lambda aggregate: aggregate)


def _approximate_count(node: exp.ApproxDistinct) -> exp.Expr:
    # exact: nearer than the 2 % that Redshift promises
    return exp.Count(this=exp.Distinct(expressions=[node.this.copy()]))


def _within_group(node: exp.WithinGroup) -> exp.Expr:
    if _is_percentile(node):
        if isinstance(node.parent, exp.Window):
            return node
        if isinstance(node.this, exp.PercentileDisc):
            raise NotOnTheLaptop("PERCENTILE_DISC without OVER")
        return _percentile(node, lambda aggregate: aggregate)
    listed = node.this
    if not isinstance(listed, exp.GroupConcat):
        raise NotOnTheLaptop(f"the function {listed.sql_name()} WITHIN GROUP")
    return _listagg(listed, node.expression.expressions)


def _group_concat(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node.parent, exp.WithinGroup) else _listagg(node, [])


def _listagg(node: exp.Expr, order: list[exp.Expr]) -> exp.Expr:
    distinct = isinstance(node.this, exp.Distinct)
    arguments = node.this.expressions if distinct else [node.this, node.args.get("separator")]
    value = exp.Nullif(this=macros.cast(arguments[0].copy(), "VARCHAR"), expression=exp.Literal.string(""))
    given = arguments[1] if len(arguments) > 1 else None
    separator: exp.Expr = exp.Literal.string("") if given is None else given.copy()
    if distinct and comparing.is_text(arguments[0]):
        return _listagg_distinct(node, arguments[0], value, separator, order)
    if order:
        separator = exp.Order(this=separator, expressions=[it.copy() for it in order])
    listed: exp.Expr = exp.Distinct(expressions=[value]) if distinct else value
    return exp.Anonymous(this="string_agg", expressions=[listed, separator])


def _listagg_distinct(
    node: exp.Expr, compared: exp.Expr, value: exp.Expr, separator: exp.Expr, order: list[exp.Expr]
) -> exp.Expr:
    """LISTAGG (DISTINCT …): texts that differ in trailing blanks alone are listed once."""
    by_another = [it for it in order if it.this not in (compared, comparing.trimmed(compared))]
    if by_another:
        raise NotOnTheLaptop("LISTAGG (DISTINCT …) ordered by another expression")
    if node.find_ancestor(exp.Window):
        raise NotOnTheLaptop("LISTAGG (DISTINCT …) OVER")
    descending = exp.Boolean(this=bool(order and order[0].args.get("desc")))
    return macros.call("listagg_distinct", exp.Anonymous(this="list", expressions=[value]), separator, descending)


_MAX_DIGITS: Final = 38


def _getdate(_: exp.Expr) -> exp.Expr:
    return macros.call("getdate")


def _of_session(node: exp.Func) -> exp.Expr:
    return macros.call(node.sql_name().lower())


def _today(_: exp.Expr) -> exp.Expr:
    return macros.cast(macros.call("getdate"), "DATE")


def _by_name(node: exp.Anonymous) -> exp.Expr:
    called = node.name.lower()
    function = FUNCTIONS.get(called)
    if called == windows.RATIO_TO_REPORT and isinstance(node.parent, exp.Window):
        return node
    if function is not None:
        arguments = arguments_of(node)
        if not function.accepts(len(arguments)):
            kinds = ", ".join("unknown" if it.type is None else it.type.sql for it in arguments)
            raise SqlError(f"function {called}({kinds}) does not exist")
        return function.call(called, arguments)
    name = allowed.BY_NAME.get(called)
    return node if name is None else exp.Anonymous(this=name, expressions=[it.copy() for it in node.expressions])


def _similar(node: exp.SimilarTo) -> exp.Expr:
    return node if isinstance(node.parent, exp.Escape) else regular_expressions.similar(node)


def _escape(node: exp.Escape) -> exp.Expr:
    return regular_expressions.similar(node.this, node.expression) if isinstance(node.this, exp.SimilarTo) else node


def _table(node: exp.Expr) -> exp.Expr:
    if node.args.get("db") is not None and node.text("db") == "pg_temp":
        node.set("catalog", exp.to_identifier("temp", quoted=True))
        node.set("db", exp.to_identifier("main", quoted=True))
    return node


_RULES: Final[dict[type, Callable[[Any], exp.Expr]]] = {
    **comparing.RULES,
    **moments.RULES,
    exp.Substring: _substring,
    exp.Like: _like,
    exp.ILike: _like,
    exp.Length: _as_integer,
    exp.StrPosition: _as_integer,
    exp.Div: _div,
    exp.Add: _arithmetic,
    exp.Sub: _arithmetic,
    exp.Mul: _arithmetic,
    exp.Mod: _mod,
    exp.Sum: _sum,
    exp.Avg: _avg,
    exp.Window: _window,
    exp.Median: _median,
    exp.ApproxDistinct: _approximate_count,
    exp.Cast: _cast,
    exp.Trim: _trim,
    exp.Concat: _concat,
    exp.WithinGroup: _within_group,
    exp.GroupConcat: _group_concat,
    exp.CurrentTimestamp: _getdate,
    exp.CurrentDate: _today,
    exp.CurrentSchema: _of_session,
    exp.CurrentUser: _of_session,
    exp.SessionUser: _of_session,
    exp.Anonymous: _by_name,
    exp.RegexpLike: regular_expressions.found,
    exp.SimilarTo: _similar,
    exp.Escape: _escape,
    exp.Table: _table,
}
