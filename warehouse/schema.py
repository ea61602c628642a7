"""The tables and views of this code, and the statements that bring a database to them.

Migrations are frozen: numbered from 1, each run once, in a transaction of its own. Views hold no data: all of them are
made anew, in one transaction, whenever the text of one has changed. A view whose file goes is dropped by a migration.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from commerce.errors import TillstreamError

VERSIONS: Final = "schema_versions"
VIEWS: Final = "views"
"""The name of the versions' entry for all views together, which has the number 0."""

CREATE_VERSIONS: Final = (
    f"CREATE TABLE IF NOT EXISTS {VERSIONS} (number INTEGER NOT NULL, name VARCHAR(256) NOT NULL, "
    "sha256 VARCHAR(64) NOT NULL, applied_at TIMESTAMP NOT NULL) DISTSTYLE ALL"
)
APPLIED: Final = f"SELECT number, name, sha256 FROM {VERSIONS} ORDER BY number"

_FILE: Final = re.compile(r"(?P<number>\d{4})_(?P<name>\w+)\.sql")


class SchemaMismatch(TillstreamError):
    """The database has migrations that differ from this code's; an operator must look."""


class Version(msgspec.Struct, frozen=True, order=True):
    """An entry of the versions: a migration by its number, or all views, with the number 0."""

    number: int
    name: str
    sha256: str


class Migration(msgspec.Struct, frozen=True):
    """A frozen change of the schema."""

    version: Version
    statements: tuple[str, ...]


def migrations(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """All migrations, by number. Raises `SchemaMismatch` if a number is missing or occurs twice."""
    found = []
    for name, text in _texts(folder or files("warehouse") / "migrations"):
        matched = _FILE.fullmatch(name)
        if not matched:
            raise SchemaMismatch(f"warehouse/migrations/{name}: must be called NNNN_name.sql")
        statements = statements_of(text)  # without the comments, which may be worded better later
        found.append(Migration(Version(int(matched["number"]), matched["name"], _sha256(statements)), statements))
    numbers = [migration.version.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise SchemaMismatch(f"warehouse/migrations: numbers must go from 0001 without a gap, found {numbers}")
    return tuple(found)


def views(folder: Traversable | None = None) -> Mapping[str, str]:
    """The statement that creates each view, by the view's name, those first that others are built on."""
    texts = {name.removesuffix(".sql"): text for name, text in _texts(folder or files("warehouse") / "views")}
    made = {name: " ".join(statements_of(text)) for name, text in texts.items()}
    built_on = {name: {it for it in _read(sql) & made.keys() if it != name} for name, sql in made.items()}
    return {name: made[name] for name in TopologicalSorter(built_on).static_order()}


def views_version(made: Mapping[str, str]) -> Version:
    """The versions' entry for these views."""
    return Version(0, VIEWS, _sha256(made.values()))


def pending(known: tuple[Migration, ...], applied: frozenset[Version]) -> tuple[Migration, ...]:
    """The migrations that the database lacks, in order; raises `SchemaMismatch` if one has been changed."""
    numbers = {version.number: version for version in applied if version.number}
    for migration in known:
        there = numbers.get(migration.version.number, migration.version)
        if there != migration.version:
            raise SchemaMismatch(
                f"migration {there.number:04} of the database is {there.name} ({there.sha256[:12]}), here it is "
                f"{migration.version.name} ({migration.version.sha256[:12]}): a migration never changes, add another"
            )
    return tuple(migration for migration in known if migration.version.number not in numbers)


def migrate(migration: Migration) -> tuple[str, ...]:
    """The transaction that applies a migration; it fails if another run has applied it meanwhile."""
    version = migration.version
    message = f"migration {version.number:04} must not have been applied, entries counted "
    first = (
        f"SELECT CASE WHEN counted = 0 THEN counted ELSE CAST('{message}' || CAST(counted AS VARCHAR(20)) AS INTEGER) "
        f"END AS counted FROM (SELECT COUNT(*) AS counted FROM {VERSIONS} WHERE number = {version.number}) AS counts"
    )
    return (_lock(), first, *migration.statements, _entry(version))


def make_views(made: Mapping[str, str]) -> tuple[str, ...]:
    """The transaction that creates all views again.

    They are dropped first, dependents before what they are built on: Redshift replaces a view only by one with the same
    columns. Until the transaction ends, whoever reads one waits.
    """
    dropped = tuple(f"DROP VIEW IF EXISTS {name}" for name in reversed(list(made)))
    forget = f"DELETE FROM {VERSIONS} WHERE number = 0"
    return (_lock(), *dropped, *made.values(), forget, _entry(views_version(made)))


def statements_of(text: str) -> tuple[str, ...]:
    """The statements of a file: each ends a line with a semicolon, and a comment has its line to itself.

    >>> statements_of("-- two\\nCREATE TABLE a (\\n    b INTEGER\\n);\\nDROP TABLE c;\\n")
    ('CREATE TABLE a (\\n    b INTEGER\\n)', 'DROP TABLE c')
    """
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return tuple(statement.strip() for statement in re.split(r";\s*(?:\n|$)", code) if statement.strip())


def _lock() -> str:
    return f"LOCK {VERSIONS}"


def _entry(version: Version) -> str:
    return (
        f"INSERT INTO {VERSIONS} (number, name, sha256, applied_at) "
        f"VALUES ({version.number}, '{version.name}', '{version.sha256}', GETDATE())"
    )


def _texts(folder: Traversable) -> Iterator[tuple[str, str]]:
    """Name and text of every SQL file of the folder, by name; reads from a zip too, as in Glue."""
    there = (file for file in folder.iterdir() if file.name.endswith(".sql")) if folder.is_dir() else ()
    for file in sorted(there, key=lambda file: file.name):
        yield file.name, file.read_text("utf-8")


def _read(sql: str) -> set[str]:
    """The names after FROM and JOIN."""
    return {name.lower() for name in re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", sql, re.IGNORECASE)}


def _sha256(statements: Iterable[str]) -> str:
    return hashlib.sha256(";\n".join(statements).encode()).hexdigest()
