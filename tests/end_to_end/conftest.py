"""The platform of the tests that look at rows of their own days alone."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.laptop import Laptop, platform


@pytest.fixture(scope="package")
def shared_laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A platform in memory with `/hello` open: other tests' rows, of other days, may be in its stores.

    It ends with the tests of this folder: those of others would run beside it.
    """
    with platform(tmp_path_factory.mktemp("laptop"), "--in-memory", "--course") as laptop:
        yield laptop
