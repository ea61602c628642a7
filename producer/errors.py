"""The errors that the client raises on purpose.

TillstreamError
├── WrongUse      the command cannot begin or go on as it was called: exit 2
├── ApiRefused    the API refuses the request itself, so that trying again is of no use
├── NoAnswer      the connection broke or timed out: whether the API has read the request is unknown
└── NotKnown      the API knows no such invoice or customer
"""

from commerce.errors import TillstreamError


class WrongUse(TillstreamError):
    """The command cannot begin or continue with these arguments."""

    exit_code = 2


class ApiRefused(TillstreamError):
    """The API refuses the whole request for its signature, address or form; its rows are not to blame."""


class NoAnswer(TillstreamError):
    """The connection broke or timed out. The API may or may not have read the request; sending it again is harmless."""


class NotKnown(TillstreamError):
    """The API does not know the invoice or customer."""
