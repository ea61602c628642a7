"""Markdown of the generated pages: text that is shown as it is, tables, code."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>|#$~])")


def plain(text: str) -> str:
    r"""Text in one line that Markdown shows as it is, but for names between backquotes, which stay code.

    >>> plain("a | b, `c*`\n and <d>")
    'a \\| b, `c*` and \\<d\\>'
    """
    words = " ".join(text.split())
    return "".join(
        part.replace("|", r"\|") if part.startswith("`") else _SIGNS.sub(r"\\\1", part)
        for part in re.split(r"(`[^`]+`)", words)
    )


def name(text: str) -> str:
    """Text as code in a cell of a table.

    >>> name("--kind {stream|bulk}")
    '`--kind {stream\\\\|bulk}`'
    """
    return f"`{text}`".replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells are Markdown; nothing where there are no rows."""
    cells = list(rows)
    if not cells:
        return ""
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *cells)) + "\n"


def code(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip(chr(10))}\n```\n\n"
