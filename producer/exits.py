"""How the client's commands end: their exit codes, and a sentence for people."""

import sys
from typing import Final

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2


def say(sentence: str) -> None:
    """One sentence for people."""
    print(f"tillstream: {sentence}", file=sys.stderr)
