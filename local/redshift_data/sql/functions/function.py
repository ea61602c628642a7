"""A function of Redshift: its arguments, the type of its result, and its computation in DuckDB."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Final

from sqlglot import exp

from local.redshift_data.sql import macros
from local.redshift_data.sql.types import Type

VARCHAR: Final = Type.of("varchar", ("max",))
INTEGER: Final = Type("int4")
BIGINT: Final = Type("int8")
BOOLEAN: Final = Type("bool")
DOUBLE: Final = Type("float8")
DATE: Final = Type("date")
TIMESTAMP: Final = Type("timestamp")
TIMESTAMPTZ: Final = Type("timestamptz")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, and its type if it is known."""

    node: exp.Expr
    type: Type | None

    @property
    def literal(self) -> str | None:
        """The text of a literal or of TRUE and FALSE; None for everything else."""
        if isinstance(self.node, exp.Boolean):
            return "true" if self.node.this else "false"
        return self.node.name if isinstance(self.node, exp.Literal) else None


Arguments = Sequence[Argument]


@dataclass(frozen=True)
class Function:
    """A function that is called by its name.

    `parameters` are the names of its arguments, those that may be left out with their values (`"a, n = 1"`).
    `body` is DuckDB's SQL over these names; it becomes a macro, so that views keep it. `build` is given instead where
    the SQL depends on the arguments, such as on a format. `column` names the result's column where Redshift does
    not call it as the function.
    """

    parameters: str
    result: Type | Callable[[Arguments], Type | None]
    body: str | None = None
    build: Callable[[Arguments], exp.Expr] | None = None
    column: str | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(it.partition("=")[0].strip() for it in self._split())

    @cached_property
    def defaults(self) -> tuple[str, ...]:
        """The values, as SQL, of the last parameters."""
        return tuple(it.partition("=")[2].strip() for it in self._split() if "=" in it)

    def _split(self) -> list[str]:
        return [it for it in self.parameters.split(",") if it.strip()]

    def accepts(self, count: int) -> bool:
        """Whether it can be called with this number of arguments."""
        return len(self.names) - len(self.defaults) <= count <= len(self.names)

    def type_of(self, arguments: Arguments) -> Type | None:
        """The type of its result."""
        return self.result if isinstance(self.result, Type) else self.result(arguments)

    def call(self, name: str, arguments: Arguments) -> exp.Expr:
        """The call, for DuckDB."""
        if self.build is not None:
            return self.build(arguments)
        given = [it.node.copy() for it in arguments]
        left_out = self.defaults[len(given) - len(self.names) + len(self.defaults) :]
        return macros.call(name, *given, *(sql(default) for default in left_out))


@dataclass(frozen=True, slots=True)
class Native:
    """A Python function that macros call by its name, with DuckDB's types."""

    function: Callable[..., Any]
    arguments: tuple[str, ...]
    result: str = "VARCHAR"
    gives_null: bool = field(default=False)
    """Whether it may return None. It is never called with a NULL, which always gives NULL."""

    def called(self) -> Callable[..., Any]:
        """The function for DuckDB, which reads the number of arguments from the signature."""

        @wraps(self.function)
        def call(*arguments: Any) -> Any:
            return None if any(it is None for it in arguments) else self.function(*arguments)

        return call


@dataclass(frozen=True, slots=True)
class Topic:
    """The functions of a topic by their names in lower case, and their requirements in DuckDB."""

    functions: Mapping[str, Function]
    natives: Mapping[str, Native] = field(default_factory=dict)
    macros: Mapping[str, str] = field(default_factory=dict)


def sql(text: str, **parts: exp.Expr) -> exp.Expr:
    """An expression from DuckDB's SQL, in which the columns of `parts` are replaced."""
    tree: exp.Expr = exp.maybe_parse(text, dialect="duckdb")
    if isinstance(tree, exp.Column) and tree.name in parts:
        return parts[tree.name].copy()
    for column in list(tree.find_all(exp.Column)):
        if column.name in parts:
            column.replace(exp.paren(parts[column.name].copy(), copy=False))
    return tree


def text(argument: str) -> str:
    """The SQL for an argument that is read as text."""
    return f"CAST({argument} AS VARCHAR)"
