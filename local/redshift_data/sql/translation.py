"""Translates Redshift's SQL to DuckDB's: parse, check, resolve names, find types, rewrite, write out."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.qualify import qualify

from local.redshift_data.sql import allowed, inference
from local.redshift_data.sql.catalog import TEMPORARY, Catalog, Relation, schema_of
from local.redshift_data.sql.dialect import CALLED, Dialect
from local.redshift_data.sql.functions import FUNCTIONS
from local.redshift_data.sql.rewriting import rewritten
from local.redshift_data.sql.tokens import syntax_error
from local.redshift_data.sql.types import Type
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

# it warns of statements that it does not know, which we refuse in our own words
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a query: its type if it is known, and the table's column that it is, if it is one."""

    name: str
    type: Type | None
    table: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Translated:
    """A query for DuckDB, as a tree; `reads` are the relations in it."""

    tree: exp.Expr
    outputs: tuple[Output, ...]
    reads: tuple[Relation, ...]

    @property
    def sql(self) -> str:
        """The text for DuckDB."""
        return self.tree.sql("duckdb")


def parsed(sql: str, parameters: Mapping[str, str]) -> exp.Expr:
    """The statement's tree, all of it supported, with named parameters filled in; raises `SqlError`."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=Dialect) if tree is not None]
    except (ParseError, TokenError) as error:
        near = error.errors[0].get("highlight") if isinstance(error, ParseError) and error.errors else None
        raise syntax_error(str(near) if near else None) from None
    if len(trees) != 1:
        raise SqlError("cannot insert multiple commands into a prepared statement")
    tree = filled(trees[0], parameters)
    if isinstance(tree, exp.Command):
        raise NotOnTheLaptop(tree.name.upper())
    return tree


def filled(tree: exp.Expr, parameters: Mapping[str, str]) -> exp.Expr:
    """`tree` with the values of its `:names`: text that takes the type of its context, as in Redshift."""

    def fill(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder) or not isinstance(node.this, str):
            return node
        if node.this not in parameters:
            raise SqlError(f"Parameters list contains no value for :{node.this}")
        return exp.Literal.string(parameters[node.this])

    return tree.transform(fill)


def query(tree: exp.Expr, catalog: Catalog) -> Translated:
    """A SELECT, translated; raises `SqlError`."""
    allowed.check(tree)
    if not isinstance(tree, exp.Query):
        raise NotOnTheLaptop(tree.key.upper())
    tree = tree.copy()
    reads = _resolve_tables(tree, catalog)
    for select in tree.find_all(exp.Select):
        _name_outputs(select, unique=select.parent is not None)
    schema = schema_of(iter(reads))
    tree = _qualified(tree, schema)
    tree = inference.annotated(tree, schema)
    by_name = {relation.name: relation for relation in reads}
    assert isinstance(tree, exp.Query)
    outputs = tuple(_output(tree, place, it, by_name) for place, it in enumerate(tree.selects))
    return Translated(rewritten(tree), outputs, reads)


def expression(sql: str) -> str:
    """An expression without columns, such as a column's default, for DuckDB."""
    tree = parsed(f"SELECT {sql}", {})
    allowed.check(tree)
    select = rewritten(inference.annotated(tree, {}))
    return str(select.expressions[0].sql("duckdb"))


def _resolve_tables(tree: exp.Expr, catalog: Catalog) -> tuple[Relation, ...]:
    """Give every table its schema; returns the relations, each once."""
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    reads: dict[str, Relation] = {}
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if not table.db and name in ctes:
            continue
        relation = catalog.get(table.db.lower() or None, name)
        table.set("db", exp.to_identifier(TEMPORARY if relation.temporary else "public"))
        reads[relation.key] = relation
    return tuple(reads.values())


_UNRESOLVED: Final = re.compile(r"Column '?([^']+?)'? could not be resolved")
_AMBIGUOUS: Final = re.compile(r"[Cc]olumn '?([^']+?)'? is ambiguous|Ambiguous column '?([^']+?)'?\b")
_OUTPUT: Final = re.compile(r"Unknown output column: '?(\w+)")
_TWICE: Final = re.compile(r"Alias already used: '?(\w+)")
_UNKNOWN_TABLE: Final = re.compile(r"Unknown table: '?([^'.]+)'?")
_UNKNOWN_COLUMN: Final = re.compile(r"Unknown column: '?([^'.]+)'?")


def _qualified(tree: exp.Expr, schema: Mapping[str, object]) -> exp.Expr:
    try:
        return qualify(tree, schema=dict(schema), dialect="redshift", quote_identifiers=True, identify=True)
    except OptimizeError as error:
        raise _wrong_name(str(error)) from None


def _wrong_name(text: str) -> SqlError:
    if found := _AMBIGUOUS.search(text):
        return SqlError(f'column reference "{_bare(found[1] or found[2])}" is ambiguous')
    if found := _UNRESOLVED.search(text) or _UNKNOWN_COLUMN.search(text):
        return SqlError(f'column "{_bare(found[1])}" does not exist')
    if found := _UNKNOWN_TABLE.search(text):
        return SqlError(f'invalid reference to FROM-clause entry for table "{found[1]}"')
    if found := _OUTPUT.search(text):
        return SqlError(f"position {found[1]} is not in select list")
    if found := _TWICE.search(text):
        return SqlError(f'table name "{found[1]}" specified more than once')
    return SqlError(text.split(". Line")[0])


def _bare(name: str) -> str:
    return name.replace('"', "")


def _name_outputs(select: exp.Select, *, unique: bool) -> None:
    """Give expressions without an alias Redshift's names; inner ones only if they differ."""
    named: set[str] = {it.alias_or_name for it in select.expressions}
    for place, it in enumerate(select.expressions):
        if it.alias or isinstance(it, (exp.Column, exp.Star)) or it.is_star:
            continue
        name = _default_name(it)
        if unique and name in named:
            continue
        named.add(name)
        select.expressions[place].replace(exp.alias_(it.copy(), name, quoted=True))


def _default_name(node: exp.Expr) -> str:
    if isinstance(node, (exp.Window, exp.WithinGroup, exp.Paren, exp.IgnoreNulls, exp.RespectNulls)):
        return _default_name(node.this)
    if isinstance(node, exp.Cast):
        return node.this.name if isinstance(node.this, exp.Column) else _cast_name(node)
    if isinstance(node, exp.ApproxDistinct):
        return "count"
    if isinstance(node, exp.Variance) and node.meta.get(CALLED):
        return str(node.meta[CALLED])
    if isinstance(node, exp.Extract):
        return "pgdate_part" if inference.is_date_part(node) else "date_part"
    if type(node) in _NAMES:
        return _NAMES[type(node)]
    if isinstance(node, (exp.Case, exp.DecodeCase)):
        return "case"
    if isinstance(node, exp.Anonymous):
        function = FUNCTIONS.get(node.name.lower())
        return (function.column if function is not None else None) or node.name.lower()
    if isinstance(node, exp.Func) and not isinstance(node, (exp.Connector, exp.RegexpLike)):
        return allowed.FUNCTIONS.get(type(node), node.sql_name()).split(",")[0].lower()
    return "?column?"


_NAMES: Final[dict[type, str]] = {exp.TsOrDsAdd: "date_add", exp.TsOrDsDiff: "date_diff"}


def _cast_name(node: exp.Cast) -> str:
    kind = inference.of_sqlglot(node.to)
    return kind.name if kind is not None else "?column?"


def _output(tree: exp.Query, place: int, node: exp.Expr, relations: Mapping[str, Relation]) -> Output:
    source = node.unalias()
    name = node.alias_or_name
    if isinstance(tree, exp.Select) and isinstance(source, exp.Column):
        relation = _source_of(tree, source.table, relations)
        if relation is not None:
            column = relation.column(source.name)
            return Output(name, column.type, relation.name, not column.not_null)
    if isinstance(tree, exp.SetOperation):
        kinds = (
            inference.type_of(side.selects[place]) for side in (tree.left, tree.right) if isinstance(side, exp.Query)
        )
        return Output(name, inference.together(kinds))
    return Output(name, inference.type_of(node))


def _source_of(tree: exp.Select, alias: str, relations: Mapping[str, Relation]) -> Relation | None:
    start = tree.args.get("from_")
    tables = [] if start is None else [start.this, *(join.this for join in tree.args.get("joins") or ())]
    for table in tables:
        if isinstance(table, exp.Table) and table.alias_or_name == alias and table.db:
            return relations.get(table.name)
    return None
