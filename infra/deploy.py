"""`make deploy`: run the CDK's command line such that a first deployment that fails can simply be repeated.

    python -m infra.deploy --stage dev

The CDK protects a stack before it creates it, and cannot delete a protected stack whose creation failed; nor can
CloudFormation roll back the creation of a protected table. So the data stack is created unprotected, and the next step
protects it in place, as soon as it stands.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.stages import STAGES, Stage
from infra.upload import main as upload

INFRA: Final = Path(__file__).parent
NEVER_CREATED: Final = {
    "CREATE_FAILED",
    "CREATE_IN_PROGRESS",
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "DELETE_IN_PROGRESS",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "ROLLBACK_IN_PROGRESS",
}
"""The states of a stack that the CDK deletes, or waits for, before it creates the stack."""


def steps(stage: Stage, *, created: bool, options: Sequence[str] = ()) -> list[list[str]]:
    """The commands, in order, that deploy a stage whose data stack has been `created` before, or has not."""
    deploy = ["npx", "cdk", "deploy", "-c", f"stage={stage.name}", *options]
    both = [*deploy, "--all"]
    if created or not stage.operation.protected:
        return [both]
    return [[*deploy, data_stack(stage), "-c", "unprotected=true"], both]


def data_stack(stage: Stage) -> str:
    """The name of the stack that holds the stage's data."""
    return f"{stage.platform}-data"


def was_created(cloudformation: Any, name: str) -> bool:
    """Whether the stack has been created; the remains of a creation that failed are freed for their deletion.

    Raises `ClientError` and `BotoCoreError` where CloudFormation cannot be asked.
    """
    try:
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    if stack["StackStatus"] not in NEVER_CREATED:
        return True
    if stack.get("EnableTerminationProtection"):
        print(f"{name} is {stack['StackStatus']}: lifting its protection, so that the CDK can delete it", flush=True)
        cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    return False


def main(argv: list[str] | None = None) -> int:
    """Deploy a stage, and return the exit code of the first step that fails."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.deploy",
        description="Deploy a stage to AWS, which costs money.",
    )
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    parser.add_argument("options", nargs="*", help="for every `cdk deploy`, after a --: -- --require-approval never")
    options = parser.parse_args(argv)
    if any(option.split("=")[0] == "--profile" for option in options.options):
        parser.error(
            "choose the account by AWS_PROFILE: CloudFormation is asked with it too, before anything is deployed"
        )
    stage = STAGES[options.stage]
    try:
        client = boto3.client("cloudformation", region_name=stage.network.region)
        created = was_created(client, data_stack(stage))
    except (BotoCoreError, ClientError) as error:
        print(
            f"cannot ask CloudFormation in {stage.network.region} about {data_stack(stage)}: {error}", file=sys.stderr
        )
        return 1
    for step in steps(stage, created=created, options=options.options):
        print(" ".join(step), flush=True)
        if code := subprocess.run(step, cwd=INFRA).returncode:
            return code
    return upload(["--stage", stage.name]) if stage.api.pages else 0


if __name__ == "__main__":
    sys.exit(main())
