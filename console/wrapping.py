"""Wraps long plain lines on a narrow terminal."""

import shutil
import sys
import textwrap

INDENT = "    "


def wrapped(text: str, width: int | None = None) -> str:
    """The text with long lines wrapped between words and indented; unchanged if the output is not a terminal.

    >>> print(wrapped("bucket lake: 6 raw objects, 2 incoming files", 30))
    bucket lake: 6 raw objects, 2
        incoming files
    """
    if width is None:
        if not sys.stdout.isatty():
            return text
        width = shutil.get_terminal_size().columns
    return "\n".join(line if len(line) <= width else _folded(line, width) for line in text.splitlines())


def _folded(line: str, width: int) -> str:
    blanks = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(),
        width,
        initial_indent=blanks,
        subsequent_indent=blanks + INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
