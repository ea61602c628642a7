"""The trace of AWS X-Ray to which a request belongs, and the header by which its messages carry it on. Pure.

Lambda names the trace in `_X_AMZN_TRACE_ID`: `Root=1-5e9a1f00-…;Parent=53…;Sampled=1`. Of a sampled one the root is a
header of each message; it is read back by its form alone, since whoever may write to the topic may write anything.
"""

import re
from typing import Final

VARIABLE: Final = "_X_AMZN_TRACE_ID"
HEADER: Final = "trace"

ROOT: Final = r"1-[0-9a-f]{8}-[0-9a-f]{24}"
ROOT_BYTES: Final = 35

_SAMPLED: Final = re.compile(rf"(?:^|;)Root=({ROOT});(?:.*;)?Sampled=1(?:;|$)")
_ROOT: Final = re.compile(ROOT)


def sampled_root(trace: str) -> str | None:
    """The root of the trace if it is sampled.

    >>> sampled_root("Root=1-5e9a1f00-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1")
    '1-5e9a1f00-0123456789abcdef01234567'
    >>> sampled_root("Root=1-5e9a1f00-0123456789abcdef01234567;Sampled=0")
    """
    found = _SAMPLED.search(trace)
    return found[1] if found else None


def root_of(value: bytes) -> str | None:
    """The root in a header's value; None if the value is anything else.

    >>> root_of(b"1-5e9a1f00-0123456789abcdef01234567"), root_of(b"12/1/2010")
    ('1-5e9a1f00-0123456789abcdef01234567', None)
    """
    if len(value) != ROOT_BYTES:
        return None
    found = _ROOT.fullmatch(value.decode("latin-1"))
    return found[0] if found else None
