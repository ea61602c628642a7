"""`python -m tests.operations.stage.command FILE …`: `tillstream …`, whose `--stack` is the stage that FILE describes.

The one thing that is not a deployed stage's is where the stack's addresses come from.
"""

import json
import sys
from pathlib import Path

import tillstream
from stores import target
from tests.operations.stage.aws import Stage


def main(file: str, *arguments: str) -> int:
    """The exit code of the command."""
    stage = Stage(**json.loads(Path(file).read_text()))
    target.from_stack = lambda stack, session=None: stage
    return tillstream.main([*arguments])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
