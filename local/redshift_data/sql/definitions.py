"""CREATE TABLE in Redshift's syntax, parsed by hand: no library knows its words for keys and encodings."""

from dataclasses import dataclass, replace
from typing import Final

from local.redshift_data.sql.tokens import Tokens
from local.redshift_data.sql.types import Type, UnknownType
from local.redshift_data.sql.words import NotOnTheLaptop, SqlError

_FOR_NUMBERS: Final = {"az64", "delta", "delta32k", "mostly8", "mostly16", "mostly32"}
_FOR_TEXT: Final = {"text255", "text32k"}
ENCODINGS: Final = {"raw", "bytedict", "lzo", "runlength", "zstd"} | _FOR_NUMBERS | _FOR_TEXT
STYLES: Final = ("auto", "even", "key", "all")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `default` is SQL text, `identity` is (seed, step)."""

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    identity: tuple[int, int] | None = None
    generated_by_default: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """The table whose columns a new one copies."""

    table: tuple[str | None, str]
    including_defaults: bool


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A CREATE TABLE; distribution, sort keys and encodings were checked and have no effect in DuckDB."""

    schema: str | None
    name: str
    temporary: bool
    if_not_exists: bool
    columns: tuple[Column, ...]
    likes: tuple[Like, ...]
    query: str | None


def table_definition(sql: str) -> TableDefinition:
    """Read `sql`; raises `SqlError` with a syntax error, or `NotOnTheLaptop`."""
    tokens = Tokens(sql)
    tokens.expect("create")
    tokens.take("local")
    temporary = tokens.take("temporary", "temp") is not None
    tokens.expect("table")
    if_not_exists = tokens.take_all("if", "not", "exists")
    schema, name = tokens.name()
    temporary, name = temporary or name.startswith("#"), name
    reader = _Body(tokens)
    if tokens.peek("("):
        reader.read_columns()
    reader.read_attributes()
    query = tokens.rest() if tokens.take("as") else None
    tokens.expect_end()
    if query is not None and reader.columns:
        raise NotOnTheLaptop("CREATE TABLE … (columns) AS SELECT")
    if query is None and not reader.columns and not reader.likes:
        raise SqlError(f'syntax error at or near "{name}"')
    if query is None and not reader.likes:
        reader.check_keys()
    return TableDefinition(schema, name, temporary, if_not_exists, tuple(reader.columns), tuple(reader.likes), query)


class _Body:
    """The text after the table's name."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.columns: list[Column] = []
        self.likes: list[Like] = []
        self._keys: list[str] = []
        self._style: str | None = None
        self._has_distkey = False

    def read_columns(self) -> None:
        """Read the list in parentheses: columns, LIKE, and constraints, which Redshift does not enforce."""
        tokens = self._tokens
        tokens.expect("(")
        while True:
            if tokens.take("like"):
                self._read_like()
            elif tokens.take("primary", "unique", "foreign", "constraint"):
                self._read_constraint()
            else:
                self.columns.append(self._column())
            if not tokens.take(","):
                break
        tokens.expect(")")
        names = [column.name for column in self.columns]
        for name in names:
            if names.count(name) > 1:
                raise SqlError(f'Column "{name}" specified more than once')

    def _read_like(self) -> None:
        table = self._tokens.name()
        defaults = False
        if word := self._tokens.take("including", "excluding"):
            self._tokens.expect("defaults")
            defaults = word == "including"
        self.likes.append(Like(table, defaults))

    def _read_constraint(self) -> None:
        while not (self._tokens.peek(",") or self._tokens.peek(")")):
            if self._tokens.peek("("):
                self._tokens.names_in_parentheses()
            else:
                self._tokens.next()

    def _column(self) -> Column:
        name = self._tokens.identifier()
        column = Column(name, self._type())
        while not (self._tokens.peek(",") or self._tokens.peek(")")):
            column = self._with_attribute(column)
        return column

    def _type(self) -> Type:
        spelling, arguments = self._tokens.type_name()
        try:
            return Type.of(spelling, arguments)
        except UnknownType as unknown:
            raise NotOnTheLaptop(f"the type {unknown}") from None

    def _with_attribute(self, column: Column) -> Column:
        tokens = self._tokens
        word = tokens.next()
        if word == "not":
            tokens.expect("null")
            return replace(column, not_null=True)
        if word == "primary":
            tokens.expect("key")
            return replace(column, not_null=True)
        if word == "references":
            tokens.name()
            if tokens.peek("("):
                tokens.names_in_parentheses()
            return column
        if word == "default":
            return replace(column, default=tokens.expression(_ATTRIBUTES))
        if word == "identity":
            return replace(column, not_null=True, identity=tokens.integers())
        if word == "generated":
            for expected in ("by", "default", "as", "identity"):
                tokens.expect(expected)
            return replace(column, not_null=True, identity=tokens.integers(), generated_by_default=True)
        if word == "encode":
            _check_encoding(column, tokens.next())
        elif word == "distkey":
            self._distribute_by(column.name)
        elif word == "sortkey":
            self._keys.append(column.name)
        elif word not in ("null", "unique"):
            raise SqlError(f'syntax error at or near "{word}"')
        return column

    def _distribute_by(self, name: str) -> None:
        if self._has_distkey:
            raise SqlError("Multiple distribution keys are not allowed")
        self._has_distkey = True
        self._keys.append(name)

    def read_attributes(self) -> None:
        """Read DISTSTYLE, DISTKEY, SORTKEY, BACKUP and ENCODE AUTO, in any order."""
        tokens = self._tokens
        while word := tokens.take("diststyle", "distkey", "sortkey", "compound", "interleaved", "backup", "encode"):
            if word == "diststyle":
                self._style = tokens.one_of(*STYLES)
            elif word == "distkey":
                (name,) = tokens.names_in_parentheses()
                self._distribute_by(name)
            elif word == "backup":
                tokens.one_of("yes", "no")
            elif word == "encode":
                tokens.expect("auto")
            else:
                self._read_sort_key(word)

    def _read_sort_key(self, word: str) -> None:
        if word != "sortkey":
            self._tokens.expect("sortkey")
        elif self._tokens.take("auto"):
            return
        self._keys += self._tokens.names_in_parentheses()

    def check_keys(self) -> None:
        """Check that keys are columns, and that the distribution style agrees with them."""
        for key in self._keys:
            if all(key != column.name for column in self.columns):
                raise SqlError(f'column "{key}" named in key does not exist')
        if self._style == "key" and not self._has_distkey:
            raise SqlError("DISTSTYLE KEY requires a DISTKEY column")
        if self._style in ("even", "all") and self._has_distkey:
            raise SqlError(f"cannot specify DISTKEY column with DISTSTYLE {self._style.upper()}")


_ATTRIBUTES: Final = (
    "not", "null", "primary", "unique", "references", "default", "identity", "generated", "encode", "distkey",
    "sortkey", "collate",
)  # fmt: skip


def _check_encoding(column: Column, encoding: str) -> None:
    if encoding not in ENCODINGS:
        raise SqlError(f'invalid encoding type specified for column "{column.name}": {encoding}')
    if (encoding in _FOR_NUMBERS and (column.type.is_text or column.type.name in ("bool", "float4", "float8"))) or (
        encoding in _FOR_TEXT and column.type.name != "varchar"
    ):
        raise SqlError(f'invalid encoding type specified for column "{column.name}"')
