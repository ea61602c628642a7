"""Redshift's data types: their spellings in SQL, their types in DuckDB, their names in the API."""

from dataclasses import dataclass
from typing import Final

_SPELLINGS: Final = {
    "smallint": "int2",
    "int2": "int2",
    "integer": "int4",
    "int": "int4",
    "int4": "int4",
    "bigint": "int8",
    "int8": "int8",
    "decimal": "numeric",
    "numeric": "numeric",
    "real": "float4",
    "float4": "float4",
    "double precision": "float8",
    "float8": "float8",
    "float": "float8",
    "boolean": "bool",
    "bool": "bool",
    "char": "bpchar",
    "character": "bpchar",
    "nchar": "bpchar",
    "bpchar": "bpchar",
    "varchar": "varchar",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "text": "varchar",
    "date": "date",
    "timestamp": "timestamp",
    "timestamp without time zone": "timestamp",
    "timestamptz": "timestamptz",
    "timestamp with time zone": "timestamptz",
}
_DUCKDB: Final = {
    "int2": "SMALLINT",
    "int4": "INTEGER",
    "int8": "BIGINT",
    "float4": "REAL",
    "float8": "DOUBLE",
    "bool": "BOOLEAN",
    "bpchar": "VARCHAR",
    "varchar": "VARCHAR",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamptz": "TIMESTAMPTZ",
}
_API_PRECISION: Final = {
    "int2": (5, 0),
    "int4": (10, 0),
    "int8": (19, 0),
    "float4": (8, 8),
    "float8": (17, 17),
    "bool": (1, 0),
    "date": (13, 0),
    "timestamp": (29, 6),
    "timestamptz": (35, 6),
}
_INTEGER_TYPES: Final = ("int2", "int4", "int8")
_MAX_LENGTH: Final = {"varchar": 65_535, "bpchar": 4_096}
_DEFAULT_LENGTH: Final = {"varchar": 256, "bpchar": 1}


class UnknownType(ValueError):
    """A type that Redshift, or the laptop, does not have."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type by its name in the API. `size` is bytes of text, or digits of a numeric."""

    name: str
    size: int = 0
    scale: int = 0

    @classmethod
    def of(cls, spelling: str, arguments: tuple[int | str, ...] = ()) -> "Type":
        """The type that `spelling(arguments)` means in Redshift's SQL; raises `UnknownType`.

        >>> Type.of("DECIMAL", (13, 3))
        Type(name='numeric', size=13, scale=3)
        >>> Type.of("text").size
        256
        """
        name = _SPELLINGS.get(" ".join(spelling.lower().split()))
        if name is None:
            raise UnknownType(spelling)
        if name == "numeric":
            return cls._numeric(arguments)
        if name in _MAX_LENGTH:
            return cls._text(name, arguments)
        if arguments:
            raise UnknownType(f"{spelling}({', '.join(map(str, arguments))})")
        return cls(name)

    @classmethod
    def _numeric(cls, arguments: tuple[int | str, ...]) -> "Type":
        digits, scale = (*arguments, *(18, 0)[len(arguments) :])[:2]
        if not (isinstance(digits, int) and isinstance(scale, int) and 1 <= digits <= 38 and 0 <= scale <= digits):
            raise UnknownType(f"numeric({digits}, {scale})")
        return cls("numeric", digits, scale)

    @classmethod
    def _text(cls, name: str, arguments: tuple[int | str, ...]) -> "Type":
        length = arguments[0] if arguments else _DEFAULT_LENGTH[name]
        if isinstance(length, str) and length.lower() == "max":
            length = _MAX_LENGTH[name]
        if not isinstance(length, int) or not 1 <= length <= _MAX_LENGTH[name]:
            raise UnknownType(f"{name}({length})")
        return cls(name, length)

    @property
    def duckdb(self) -> str:
        """The DuckDB type that stores it; lengths of text are checked separately."""
        return f"DECIMAL({self.size},{self.scale})" if self.name == "numeric" else _DUCKDB[self.name]

    @property
    def is_text(self) -> bool:
        """Whether it is VARCHAR or CHAR."""
        return self.name in _MAX_LENGTH

    @property
    def is_integer(self) -> bool:
        """Whether it is SMALLINT, INTEGER or BIGINT."""
        return self.name in _INTEGER_TYPES

    @property
    def sql(self) -> str:
        """The type's spelling in Redshift's messages.

        >>> Type.of("varchar", (20,)).sql
        'character varying(20)'
        """
        spelled = {"bpchar": "character", "varchar": "character varying"}.get(self.name, self.name)
        if self.name == "numeric":
            return f"numeric({self.size},{self.scale})"
        return f"{spelled}({self.size})" if self.is_text else spelled

    @property
    def precision_and_scale(self) -> tuple[int, int]:
        """Precision and scale in ColumnMetadata."""
        return _API_PRECISION.get(self.name, (self.size, self.scale))


def of_duckdb(spelling: str) -> Type:
    """The Redshift type of a result column that DuckDB calls `spelling`; raises `UnknownType`.

    >>> of_duckdb("DECIMAL(38,3)"), of_duckdb("HUGEINT")
    (Type(name='numeric', size=38, scale=3), Type(name='int8', size=0, scale=0))
    """
    if spelling.startswith("DECIMAL("):
        digits, scale = spelling[8:-1].split(",")
        return Type("numeric", int(digits), int(scale))
    if spelling == "VARCHAR":
        return Type("varchar", _MAX_LENGTH["varchar"])
    known = {duckdb: name for name, duckdb in _DUCKDB.items()} | {
        "TIMESTAMP WITH TIME ZONE": "timestamptz",
        "HUGEINT": "int8",
        "TINYINT": "int2",
        "FLOAT": "float4",
    }
    if spelling in ('"NULL"', "NULL"):
        return Type("varchar", 1)
    if spelling not in known:
        raise UnknownType(spelling)
    return Type(known[spelling])
