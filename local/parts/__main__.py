"""`python -m local.parts`: download the Java servers to `.tillstream/parts`, unless they are there."""

import sys

from local.errors import LocalError
from local.parts.installation import install


def main() -> int:
    """Exit code 0 when the servers are in place, 1 with a sentence otherwise."""
    try:
        install()
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
