"""`python -m web`: build the pages, unless they are built."""

import sys

from web.building import PagesNotBuilt, build


def main() -> int:
    """Exit code 0 when the pages are built, 1 with the builder's own words otherwise."""
    try:
        build()
    except PagesNotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
