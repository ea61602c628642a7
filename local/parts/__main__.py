"""`python -m local.parts`: fetch the Java parts into `.tillstream/parts`; nothing to do when they are there."""

import sys

from local.errors import LocalError
from local.parts.installation import install


def main() -> int:
    """Exit code 0 when the parts are in place, 1 with a sentence when not."""
    try:
        install()
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
