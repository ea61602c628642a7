"""Redshift's functions that are called by name, by topic: their arguments, result types and meaning."""

from collections.abc import Mapping
from typing import Final

import duckdb
from duckdb.func import FunctionNullHandling

from local.redshift_data.sql import macros
from local.redshift_data.sql.functions import (
    formats,
    hashes,
    json_texts,
    mathematics,
    moments,
    regular_expressions,
    sessions,
    texts,
    windows,
)
from local.redshift_data.sql.functions.function import Function, Native

_TOPICS: Final = tuple(
    it.TOPIC
    for it in (
        formats,
        mathematics,
        texts,
        regular_expressions,
        hashes,
        json_texts,
        moments,
        windows,
        sessions,
    )
)

FUNCTIONS: Final[Mapping[str, Function]] = {
    name: function for topic in _TOPICS for name, function in topic.functions.items()
}
"""All of them by name, in lower case."""


def define(connection: duckdb.DuckDBPyConnection) -> None:
    """Define their requirements: Python functions for this process, macros in the database."""
    for topic in _TOPICS:
        for name, native in topic.natives.items():
            _register(connection, name, native)
        for head, body in topic.macros.items():
            connection.execute(macros.definition(head, body))
    for name, function in FUNCTIONS.items():
        if function.body is not None:
            connection.execute(macros.definition(f"{name}({', '.join(function.names)})", function.body))


def _register(connection: duckdb.DuckDBPyConnection, name: str, native: Native) -> None:
    handling = FunctionNullHandling.SPECIAL if native.gives_null else FunctionNullHandling.DEFAULT
    connection.create_function(
        name,
        native.called(),
        list(native.arguments),
        native.result,
        null_handling=handling,
    )
