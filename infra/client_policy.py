"""The IAM policy of a client that replays: it may find the stack, post rows, and read invoices and customers.

python -m infra.client_policy --region us-east-1 --account 123456789012 --api a1b2c3d4e5 --stack NAME
"""

import argparse
import json
import sys
from typing import Any, Final

STAGE: Final = "P"
"""The API's one stage."""

POSTED: Final = ("POST/order-lines",)
LOOKED_AT: Final = ("GET/invoices", "GET/invoices/*", "GET/customers/*", "GET/openapi.json")
"""Method and path as an ARN of API Gateway writes them, a star for each parameter."""


def client_policy(*, region: str, account: str, api: str, stack: str) -> dict[str, Any]:
    """The policy document. PUT is not in it: `tillstream replay` only posts."""
    calls = f"arn:aws:execute-api:{region}:{account}:{api}/{STAGE}/"
    described = f"arn:aws:cloudformation:{region}:{account}:stack/{stack}/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            _allow("FindTheStack", "cloudformation:DescribeStacks", [described]),
            _allow("PostRows", "execute-api:Invoke", [calls + call for call in POSTED]),
            _allow("LookAtThem", "execute-api:Invoke", [calls + call for call in LOOKED_AT]),
        ],
    }


def _allow(sid: str, action: str, resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resources}


def main() -> int:
    """Print the policy as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.client_policy", description="Print a replaying client's policy."
    )
    for name, about in (
        ("region", "the stage's region"),
        ("account", "the account's number"),
        ("api", "the API's id: the first word of ApiUrl's host"),
        ("stack", "the platform stack's name"),
    ):
        parser.add_argument(f"--{name}", required=True, help=about)
    print(json.dumps(client_policy(**vars(parser.parse_args())), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
