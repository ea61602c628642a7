"""Redshift's SQL to DuckDB's."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from collections.abc import Mapping

from local.redshift_data.tokens import syntax_error
from local.redshift_data.words import SqlError


def parsed(sql: str, parameters: Mapping[str, str]) -> exp.Expression:
    """The statement's tree, with its named parameters filled in; raises `SqlError`."""
    try:
        tree = sqlglot.parse_one(sql, read="redshift")
    except (ParseError, TokenError) as error:
        near = error.errors[0].get("highlight") if isinstance(error, ParseError) and error.errors else None
        raise syntax_error(near) from None
    return tree.transform(lambda node: _filled(node, parameters))


def _filled(node: exp.Expression, parameters: Mapping[str, str]) -> exp.Expression:
    if not isinstance(node, exp.Placeholder) or not isinstance(node.this, str):
        return node
    if node.this not in parameters:
        raise SqlError(f'syntax error at or near ":{node.this}"')
    return exp.Literal.string(parameters[node.this])


def to_duckdb(tree: exp.Expression) -> str:
    """The statement for DuckDB."""
    return tree.sql("duckdb")
