"""The errors that operators' commands raise on purpose.

TillstreamError
├── StoreUnreachable   a store does not answer or refuses: nothing was judged
│   └── NoLakeTable    the lake has no table: curate has not made it, or it was deleted
└── Refused            the command would do harm as things stand: exit 1, and what to do first
"""

from commerce.errors import TillstreamError


class StoreUnreachable(TillstreamError):
    """A store does not answer, or refuses to, so that its content is unknown."""


class NoLakeTable(StoreUnreachable):
    """The lake has no table yet."""


class Refused(TillstreamError):
    """The command would do harm now; the message says what to do first."""
