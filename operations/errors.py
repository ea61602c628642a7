"""The errors that operators' commands raise on purpose.

TillstreamError
├── StoreUnreachable   a store does not answer or refuses: nothing was judged
│   └── NoLakeTable    the lake has no table: curate has not made it, or it was deleted
├── NotHere            the platform has no such job or log (exit 2)
└── Refused            the command would do harm as things stand: exit 1, and what to do first
"""

from collections.abc import Iterator
from contextlib import contextmanager

from commerce.errors import StatementFailed, TillstreamError


class StoreUnreachable(TillstreamError):
    """A store does not answer, or refuses to, so that its content is unknown."""


class NoLakeTable(StoreUnreachable):
    """The lake has no table yet."""


class NotHere(TillstreamError):
    """The platform has nothing of this name; the message lists what it has."""

    exit_code = 2


class Refused(TillstreamError):
    """The command would do harm now; the message says what to do first."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Within the block an error of AWS's clients or of the warehouse is raised as `StoreUnreachable`, naming `what`."""
    from botocore.exceptions import BotoCoreError, ClientError  # takes a while to import

    try:
        yield
    except (BotoCoreError, ClientError, StatementFailed) as error:
        raise StoreUnreachable(f"{what} cannot be read: {error}") from error
