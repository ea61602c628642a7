"""The supported parts of a statement: anything else is refused by its name, and never passed to DuckDB."""

from typing import Final

from sqlglot import exp

from local.redshift_data.sql import functions, moments
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

_STRUCTURE: Final = (
    exp.Select, exp.Subquery, exp.Union, exp.Except, exp.Intersect, exp.With, exp.CTE, exp.From, exp.Join, exp.Where,
    exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Qualify, exp.Distinct, exp.Table,
    exp.TableAlias, exp.Alias, exp.Identifier, exp.Column, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.Paren,
    exp.Tuple, exp.Values, exp.Var, exp.DataType, exp.DataTypeParam, exp.Window, exp.WindowSpec, exp.Interval,
    exp.Schema, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.When, exp.Whens, exp.Fetch,
    exp.IgnoreNulls, exp.RespectNulls, exp.ApproxDistinct,
)  # fmt: skip
_OPERATORS: Final = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between, exp.Like,
    exp.ILike, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Case, exp.If, exp.Cast,
    exp.RegexpLike, exp.SimilarTo, exp.Escape,
)  # fmt: skip
FUNCTIONS: Final = {
    exp.Abs: "ABS", exp.Avg: "AVG", exp.Ceil: "CEIL", exp.Coalesce: "COALESCE, NVL", exp.Concat: "CONCAT",
    exp.Count: "COUNT", exp.CurrentDate: "CURRENT_DATE", exp.CurrentTimestamp: "GETDATE", exp.Date: "DATE",
    exp.DateDiff: "DATEDIFF", exp.DecodeCase: "DECODE", exp.DenseRank: "DENSE_RANK",
    exp.Extract: "EXTRACT, DATE_PART", exp.FirstValue: "FIRST_VALUE", exp.Floor: "FLOOR", exp.Greatest: "GREATEST",
    exp.GroupConcat: "LISTAGG", exp.Lag: "LAG", exp.LastDay: "LAST_DAY", exp.LastValue: "LAST_VALUE",
    exp.Lead: "LEAD", exp.Least: "LEAST", exp.Left: "LEFT", exp.Length: "LEN", exp.Lower: "LOWER", exp.Max: "MAX",
    exp.Median: "MEDIAN", exp.Min: "MIN", exp.Nullif: "NULLIF", exp.Ntile: "NTILE", exp.Nvl2: "NVL2",
    exp.Pad: "LPAD, RPAD", exp.Rank: "RANK", exp.Replace: "REPLACE", exp.Right: "RIGHT",
    exp.Round: "ROUND", exp.RowNumber: "ROW_NUMBER",
    exp.StrPosition: "STRPOS, CHARINDEX", exp.Substring: "SUBSTRING", exp.Sum: "SUM",
    exp.TimestampTrunc: "DATE_TRUNC", exp.Trim: "TRIM", exp.TsOrDsDiff: "DATEDIFF",
    exp.Trunc: "TRUNC", exp.TsOrDsAdd: "DATEADD", exp.Upper: "UPPER", exp.WithinGroup: "WITHIN GROUP",
    exp.AnyValue: "ANY_VALUE", exp.LogicalAnd: "BOOL_AND", exp.LogicalOr: "BOOL_OR", exp.NthValue: "NTH_VALUE",
    exp.PercentileCont: "PERCENTILE_CONT", exp.PercentileDisc: "PERCENTILE_DISC", exp.Stddev: "STDDEV",
    exp.StddevPop: "STDDEV_POP", exp.StddevSamp: "STDDEV_SAMP", exp.Variance: "VARIANCE, VAR_SAMP",
    exp.VariancePop: "VAR_POP", exp.CumeDist: "CUME_DIST", exp.PercentRank: "PERCENT_RANK",
    exp.CurrentSchema: "CURRENT_SCHEMA", exp.CurrentUser: "CURRENT_USER", exp.SessionUser: "SESSION_USER",
}  # fmt: skip
"""Functions with the same meaning in DuckDB, or given it by `rewriting`, with their names."""

BY_NAME: Final = {"octet_length": "strlen", "isnull": "coalesce"}
"""DuckDB's names of functions that the parser knows by name only."""

_ALLOWED: Final[frozenset[type]] = frozenset((*_STRUCTURE, *_OPERATORS, *FUNCTIONS))
_SCHEMAS: Final = ("", "public", "pg_temp")
_REFUSED_ARGUMENTS: Final[dict[type, tuple[str, ...]]] = {
    exp.Select: ("distinct_on", "laterals", "pivots", "connect", "match", "sample", "into", "cluster", "windows",
                 "kind", "sort", "distribute", "locks"),
    exp.Table: ("pivots", "sample", "hints", "version", "ordinality", "when", "changes", "partition"),
    exp.Group: ("grouping_sets", "cube", "rollup", "totals"),
    exp.Insert: ("returning", "conflict", "overwrite", "by_name", "where", "with_"),
    exp.Update: ("returning", "order", "limit", "with_"),
    exp.Delete: ("returning", "order", "limit", "with_"),
    exp.Merge: ("returning", "with_"),
    exp.Union: ("by_name", "side"),
    exp.Window: ("alias", "first"),
}  # fmt: skip
_UNITS: Final = ("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond")
_UNITS_TO_CUT: Final = (*_UNITS, "century", "millennium")


def check(tree: exp.Expr) -> None:
    """Return if every part of `tree` is supported; raises `NotOnTheLaptop` with the name of the first that is not."""
    for node in tree.walk():
        if type(node) not in _ALLOWED and not _is_known_by_name(node):
            raise NotOnTheLaptop(_name(node))
        for argument in _REFUSED_ARGUMENTS.get(type(node), ()):
            if node.args.get(argument):
                raise NotOnTheLaptop(argument.rstrip("_").replace("_", " ").upper())
        _check_node(node)


def _is_known_by_name(node: exp.Expr) -> bool:
    name = node.name.lower()
    return isinstance(node, exp.Anonymous) and (name in BY_NAME or name in functions.FUNCTIONS)


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, exp.Table):
        _check_table(node)
    elif isinstance(node, exp.With) and node.recursive:
        raise NotOnTheLaptop("WITH RECURSIVE")
    elif isinstance(node, exp.Distinct) and node.args.get("on"):
        raise NotOnTheLaptop("DISTINCT ON")
    elif isinstance(node, exp.Join) and node.args.get("method"):
        raise NotOnTheLaptop(f"{node.args['method']} JOIN")
    elif isinstance(node, (exp.Intersect, exp.Except)) and not node.args.get("distinct", True):
        raise NotOnTheLaptop(f"{type(node).__name__.upper()} ALL")
    elif isinstance(node, (exp.DateDiff, exp.TsOrDsDiff, exp.TsOrDsAdd)):
        _check_unit(node, _UNITS)
    elif isinstance(node, exp.TimestampTrunc):
        _check_unit(node, _UNITS_TO_CUT)
    elif isinstance(node, exp.Extract):
        if moments.part_of(node.name) is None:
            raise NotOnTheLaptop(f"the date part {node.name.upper()}")
    elif isinstance(node, exp.Window):
        _check_frame(node)


def _check_table(table: exp.Table) -> None:
    if table.args.get("catalog") or table.db.lower() not in _SCHEMAS:
        raise NotOnTheLaptop(f"the schema {table.db or table.catalog}")
    if not isinstance(table.this, exp.Identifier):
        raise NotOnTheLaptop(_name(table.this))


def _check_unit(node: exp.Expr, units: tuple[str, ...]) -> None:
    if moments.unit_of(node) not in units:
        raise NotOnTheLaptop(f"the date part {node.text('unit').upper() or '(none)'}")


def _check_frame(window: exp.Window) -> None:
    function = window.this.this if isinstance(window.this, (exp.IgnoreNulls, exp.RespectNulls)) else window.this
    aggregate = isinstance(function, exp.AggFunc) and not isinstance(function, _WITHOUT_FRAME)
    if aggregate and window.args.get("order") and not window.args.get("spec"):
        raise SqlError("Aggregate window functions with an ORDER BY clause require a frame clause")


_WITHOUT_FRAME: Final = (
    exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile,
    exp.CumeDist, exp.PercentRank,
)  # fmt: skip


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return f"the function {node.name.upper()}"
    if isinstance(node, exp.Func) and type(node) not in _WORDS:
        return f"the function {node.sql_name()}"
    return _WORDS.get(type(node)) or node.key.upper()


_WORDS: Final[dict[type, str]] = {
    exp.RegexpILike: "~*", exp.ApproxQuantile: "APPROXIMATE PERCENTILE_DISC", exp.Bracket: "[ ]", exp.Struct: "{ }",
    exp.Array: "ARRAY", exp.Collate: "COLLATE",
}  # fmt: skip
"""Users' words for parts that the parser calls otherwise."""
