"""Exit codes of the commands, and messages for people."""

import sys
from typing import Final

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
"""The exit code after Ctrl-C: 128 + SIGINT, as in shells."""


def say(sentence: str) -> None:
    """Print one sentence for people on stderr."""
    print(f"tillstream: {sentence}", file=sys.stderr)
