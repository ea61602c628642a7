"""Texts as a terminal may show them: what it would obey is printed as an escape.

Names of files, cells, messages of the topic and answers of servers come from others. A control character in them could
move the cursor, rename the window or hide a line, and a bidirectional one show a text as another. The escapes are those
of JSON, so that JSON and TOML stay what they are.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

_OBEYED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Control characters but tab and line feed, marks of direction and of lines, lone surrogates, invisible tags."""


def harmless(text: str) -> str:
    r"""The text with an escape in place of each character that a terminal would obey.

    >>> print(harmless("red \x1b[31m, later \u202e, tag \U000e0041."))
    red \u001b[31m, later \u202e, tag \udb40\udc41.
    """
    return _OBEYED.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


class Harmless:
    """A text stream that prints what it is given as `harmless` has it; all else is as of the stream inside."""

    def __init__(self, inside: TextIO) -> None:
        self.inside = inside

    def write(self, text: str) -> int:
        """Print the text with an escape in place of each character that a terminal would obey."""
        self.inside.write(harmless(text))
        return len(text)

    def writelines(self, texts: Any) -> None:
        """Print each text as `write` does."""
        for text in texts:
            self.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inside, name)


def as_it_is(stream: TextIO) -> TextIO:
    """The stream that prints each character as it is: for data in a pipe, and for what draws on the terminal."""
    return stream.inside if isinstance(stream, Harmless) else stream


def install() -> None:
    """Let all that this process prints be harmless, to its end."""
    sys.stdout, sys.stderr = _guarded(sys.stdout), _guarded(sys.stderr)


@contextmanager
def installed() -> Iterator[None]:
    """Let all that is printed inside the block be harmless."""
    before = sys.stdout, sys.stderr
    install()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _guarded(stream: TextIO) -> TextIO:
    return stream if isinstance(stream, Harmless) else cast(TextIO, Harmless(stream))
