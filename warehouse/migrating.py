"""Brings a database to this code's tables and views, before anything is loaded."""

import time
from collections.abc import Callable
from random import random
from typing import Final

from commerce.backoff import full_jitter
from commerce.errors import Conflict, StatementFailed
from stores.redshift.warehouse import Warehouse
from warehouse import schema
from warehouse.schema import Version

ATTEMPTS: Final = 8
_LONGEST_PAUSE_SECONDS: Final = 30.0


def migrate(database: Warehouse, *, sleep: Callable[[float], None] = time.sleep) -> list[str]:
    """Apply the missing migrations and recreate the views if they changed; returns the names of the changes.

    Two may do so at once: the later finds what the earlier did. Raises `StatementFailed` and `SchemaMismatch`.
    """
    run(database, "schema-versions", (schema.CREATE_VERSIONS,), sleep=sleep)
    done = []
    for migration in schema.pending(schema.migrations(), applied(database)):
        version = migration.version
        if _apply(database, version, schema.migrate(migration), sleep):
            done.append(f"{version.number:04}_{version.name}")
    made = schema.views()
    version = schema.views_version(made)
    if version not in applied(database) and _apply(database, version, schema.make_views(made), sleep):
        done.append(schema.VIEWS)
    return done


def applied(database: Warehouse) -> frozenset[Version]:
    """The database's entries in its table of versions."""
    return frozenset(Version(*row) for row in database.query(schema.APPLIED).rows)


def run(
    database: Warehouse, name: str, statements: tuple[str, ...], *, sleep: Callable[[float], None] = time.sleep
) -> tuple[int, ...]:
    """Run a transaction, again if another was in its way, each time with its own token: name and attempt.

    The name says what the transaction does, and is never used for another. The attempt is one more than have ended: so
    a transaction that another run has left behind, or is waiting for, is found by its token and waited for; and one
    that has ended is not taken for the answer, which it would be for eight hours.
    Raises `StatementFailed`; `Conflict` after so many attempts, with full jitter between them.
    """
    attempt = database.ended(name) + 1
    for tried in range(ATTEMPTS):
        try:
            return database.batch(statements, f"{name}-{attempt}", name=name)
        except Conflict:
            if tried == ATTEMPTS - 1:
                raise
            sleep(full_jitter(tried, 1.0, _LONGEST_PAUSE_SECONDS, random))
            attempt = max(attempt, database.ended(name)) + 1
    raise AssertionError("the last attempt returns or raises")


def _apply(database: Warehouse, version: Version, statements: tuple[str, ...], sleep: Callable[[float], None]) -> bool:
    """Whether the version was applied here; if another run was faster, this one fails."""
    try:
        run(database, f"schema-{version.number:04}-{version.sha256[:16]}", statements, sleep=sleep)
    except StatementFailed:
        if version in applied(database):
            return False
        raise
    return True
