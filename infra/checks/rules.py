"""Judge the templates of every stage by cdk-nag's AWS Solutions rules.

    python -m infra.checks.rules                # prints each finding that is not acknowledged; exit 1 if there is one
    python -m infra.checks.rules prod hosted    # these stages alone: between them they have every option

Needs the packages of development (cdk-nag), no account and no network.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from infra.app import compose, empty_app
from infra.checks.acknowledged import ACKNOWLEDGED, Acknowledgement
from infra.stages import LAPTOP, STAGES, TINY, Stage

HOSTED: Final = replace(LAPTOP, name="hosted", api=replace(LAPTOP.api, pages=True))
"""A stage that hosts the web pages, which none does by itself."""

JUDGED: Final = {stage.name: stage for stage in (*STAGES.values(), HOSTED) if stage is not TINY}
"""All stages that are judged, by name: `tiny` has no resource that `dev` has not (tests/infra/test_stages.py)."""

Finding = tuple[str, str]
"""A rule's id and the construct's path, its stack's name first."""


def findings(folder: Path, stages: Iterable[Stage]) -> list[Finding]:
    """The findings of cdk-nag in these stages together; the templates are written to `folder`."""
    app = empty_app(folder)
    for stage in stages:
        compose(app, stage)
    from aws_cdk import Validations
    from cdk_nag import AwsSolutionsChecks

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as error:  # jsii raises it for every error of its JavaScript side
        if "ValidationFailed" not in str(error):
            raise
    return list(read((folder / "validation-report.json").read_text("utf-8")))


def read(report: str) -> Iterator[Finding]:
    """The findings of every plugin in a report of the CDK."""
    for plugin in json.loads(report)["pluginReports"]:
        for violation in plugin["violations"]:
            for construct in violation["violatingConstructs"]:
                yield violation["ruleName"], construct["constructPath"]


def acknowledgement(finding: Finding) -> Acknowledgement | None:
    """The entry of `infra.checks.acknowledged` for a finding; None where it has none."""
    rule, path = finding
    inside = path.partition("/")[2]
    return next((it for it in ACKNOWLEDGED if it.covers(rule, inside)), None)


def main(argv: Sequence[str] | None = None) -> int:
    """Print each finding that is not acknowledged, and each acknowledgement that no finding needs."""
    parser = argparse.ArgumentParser(prog="python -m infra.checks.rules", description="Judge stages by cdk-nag.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"{', '.join(JUDGED)} (default: all)")
    stages = parser.parse_args(argv).stages or list(JUDGED)
    for name in stages:
        if name not in JUDGED:
            parser.error(f"no stage {name!r}; there are {', '.join(JUDGED)}")
    with tempfile.TemporaryDirectory() as folder:
        found = findings(Path(folder), [JUDGED[name] for name in stages])
    left = sorted(finding for finding in found if not acknowledgement(finding))
    needed = {acknowledgement(finding) for finding in found}
    unneeded = [it for it in ACKNOWLEDGED if it not in needed]
    for rule, path in left:
        print(f"{rule}: {path}")
    for it in unneeded:
        print(f"nothing to acknowledge: {it.rule} at {it.path}")
    print(f"{len(found)} findings, {len(found) - len(left)} acknowledged, {len(left)} left")
    return 1 if left or unneeded or not found else 0


if __name__ == "__main__":
    sys.exit(main())
