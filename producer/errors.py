"""What the client raises on purpose.

TillstreamError
├── WrongUse      the command cannot begin or go on as it was called: exit 2
├── ApiRefused    the API refuses the request itself, so that trying again is of no use
├── NoAnswer      the connection broke or timed out: whether the API has read the request is unknown
└── NotKnown      the API knows no such invoice or customer
"""

from commerce.errors import TillstreamError


class WrongUse(TillstreamError):
    """The command cannot begin, or not go on, as it was called."""


class ApiRefused(TillstreamError):
    """The API refuses the request itself: its signature, its address, its form. No row is to blame."""


class NoAnswer(TillstreamError):
    """The connection broke or timed out. What was sent may or may not have been read; sending again is harmless."""


class NotKnown(TillstreamError):
    """The API knows no such invoice or customer."""
