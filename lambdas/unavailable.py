"""A store that does not answer now, as the API says it."""

from collections.abc import Iterator
from contextlib import contextmanager

from commerce.errors import TillstreamError
from lambdas.http import Unavailable
from stores.retries import FAILURES, OutOfTime, invites


@contextmanager
def answering(what: str, *also: type[TillstreamError]) -> Iterator[None]:
    """Within the block raise `Unavailable`, naming `what`, for an error of AWS that passes, and for these others."""
    try:
        yield
    except (*FAILURES, OutOfTime) as error:
        if not invites(error):
            raise
        raise Unavailable(f"{what} do not answer now: try again") from error
    except also as error:
        raise Unavailable(f"{what} do not answer now: try again") from error
