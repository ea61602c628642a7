"""The IAM policy of an operator of a deployed stage: it may use the named commands with `--stack`, and no more.

python -m operations.operator_policy --stack tillstream-dev status logs job
"""

import argparse
import json
import sys
from collections.abc import Sequence

from operations.operator_policy.needs import COMMANDS
from operations.operator_policy.policy import MOST_CHARACTERS, Place, characters, policy
from stores.target import from_stack


def main(argv: Sequence[str] | None = None) -> int:
    """Print the policy as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m operations.operator_policy", description="Print an operator's policy for some commands."
    )
    parser.add_argument("--stack", required=True, metavar="NAME", help="the platform's stack, whose outputs are read")
    parser.add_argument("commands", nargs="+", choices=COMMANDS, metavar="COMMAND", help=f"{', '.join(COMMANDS)}")
    given = parser.parse_args(argv)
    document = policy(Place.of(given.stack, from_stack(given.stack)), given.commands)
    print(json.dumps(document, indent=2))
    if (size := characters(document)) > MOST_CHARACTERS:
        print(
            f"operator_policy: it has {size:,} characters without blanks, and IAM takes {MOST_CHARACTERS:,} in a "
            "managed policy: make one for fewer commands each, and attach them all",
            file=sys.stderr,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
