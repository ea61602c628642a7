"""`python -m web`: build the pages, unless they are built; `--with-tests` installs what their tests need too."""

import argparse
import sys

from web.building import PagesNotBuilt, build, install


def main() -> int:
    """Exit code 0 when the pages are built, 1 with the builder's own words otherwise."""
    parser = argparse.ArgumentParser(prog="python -m web", description="Build the web pages, unless they are built.")
    parser.add_argument("--with-tests", action="store_true", help="install what the tests of the pages need too")
    try:
        if parser.parse_args().with_tests:
            install()  # before the build: npm removes and installs everything when the list of packages grows
        build()
    except PagesNotBuilt as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
