"""Upload the built web pages of a stage, and the config.json by which they sign in.

    python -m infra.upload --stage dev      # what `make deploy` does last where a stage hosts the pages

The files that pages name by a hash of their content come first, the page that names them last: whoever opens the pages
meanwhile gets the old ones whole or the new ones whole. Nothing is deleted, for the sake of pages that are open.
"""

import argparse
import json
import mimetypes
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.stages import STAGES, pages_stack
from web.building import PagesNotBuilt, build
from web.headers import LAPTOPS_OWN, caching

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFIG: Final = "config.json"
_LAST: Final = "index.html"


def outputs(cloudformation: Any, name: str) -> dict[str, str]:
    """The outputs of a stack. Raises `ClientError` where there is none."""
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    return {it["OutputKey"]: it["OutputValue"] for it in stack.get("Outputs", [])}


def config(found: Mapping[str, str], region: str) -> dict[str, object]:
    """The pages' config.json for a stack with these outputs: how to sign in, and for which API to sign.

    >>> names = ["PagesApi", "SignInUrl", "UserPool", "UserPoolClient", "IdentityPool"]
    >>> config({name: name for name in names}, "us-east-1")["signIn"]["provider"]
    'cognito-idp.us-east-1.amazonaws.com/UserPool'
    """
    return {
        "signIn": {
            "region": region,
            "api": found["PagesApi"],
            "url": found["SignInUrl"],
            "client": found["UserPoolClient"],
            "provider": f"cognito-idp.{region}.amazonaws.com/{found['UserPool']}",
            "identityPool": found["IdentityPool"],
        }
    }


def upload(client: "S3Client", bucket: str, folder: Path, config: Mapping[str, object]) -> list[str]:
    """Put the built files and this configuration into the bucket; returns their keys in the order of the puts.

    The contract's page stays on the laptop: the hosted pages' policy is too strict for it.
    """
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    hosted = (name for name in files if not name.startswith((".", *LAPTOPS_OWN)))
    names = sorted(hosted, key=lambda name: (name == _LAST, name))
    for name in names:
        body = json.dumps(config).encode() if name == CONFIG else files[name].read_bytes()
        client.put_object(
            Bucket=bucket,
            Key=name,
            Body=body,
            ContentType=mimetypes.guess_type(name)[0] or "application/octet-stream",
            CacheControl=caching(name),
        )
    return names


def main(argv: list[str] | None = None) -> int:
    """Build and upload the pages of a stage that hosts them: 0 done, 1 AWS or the build failed, 2 it hosts none."""
    parser = argparse.ArgumentParser(prog="python -m infra.upload", description="Upload the web pages of a stage.")
    parser.add_argument("--stage", required=True, choices=sorted(STAGES))
    stage = STAGES[parser.parse_args(argv).stage]
    region = stage.network.region
    if not stage.api.pages:
        print(f"stage {stage.name} hosts no pages: see `pages` of ApiValues in infra/stages.py", file=sys.stderr)
        return 2
    try:
        found = outputs(boto3.client("cloudformation", region_name=region), pages_stack(stage))
        names = upload(boto3.client("s3", region_name=region), found["PagesBucket"], build(), config(found, region))
    except (BotoCoreError, ClientError, PagesNotBuilt) as error:
        print(f"the pages of {stage.name} were not uploaded: {error}", file=sys.stderr)
        return 1
    print(f"{len(names)} files were uploaded; the pages are at {found['PagesUrl']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
