"""Becomes a Lambda worker: `python -I -S launch.py CODE CLIENT HANDLER`, run as a script in a process of its own.

It is never imported and imports none of our code: the worker's path holds the function's code, AWS's runtime client and
the standard library, so that a package which a function's asset lacks is missing here as it would be in Lambda.
"""

import sys


def main(code: str, client: str, handler: str) -> None:
    """Put the function's code first, as Lambda does, and start AWS's runtime client."""
    sys.path[:0] = [code, client]
    sys.argv = ["bootstrap", handler]
    from awslambdaric.__main__ import main as run  # on the path only now

    run(sys.argv)


if __name__ == "__main__":
    main(*sys.argv[1:])
