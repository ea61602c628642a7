"""Our tables and views as the laptop's Redshift describes them, without a line in them."""

from collections.abc import Iterator

import pytest

from tests.parts import S3
from tests.redshift import running_redshift
from tests.warehouse.loaded import schema_statements, warehouse_of
from warehouse.dictionary import Relation, relations

NO_S3 = S3("http://127.0.0.1:9", "nobody", "nothing")
"""Nothing is copied, so nothing is asked of it."""


@pytest.fixture(scope="module")
def described() -> Iterator[tuple[Relation, ...]]:
    """Every relation of an empty warehouse."""
    with running_redshift(NO_S3) as redshift:
        redshift.run(*schema_statements())
        yield relations(warehouse_of(redshift))
