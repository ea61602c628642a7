"""The running platform as environment variables, for boto3, the AWS CLI, Kafka's tools and scripts."""

import shlex

from stores.target import Target, variables


def exports(target: Target) -> str:
    """Lines `export NAME=VALUE` for a POSIX shell."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(target).items())
