"""Somebody who operates the stage that the laptop's platform stands for, held to the policy of one command."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from local.config import RoleKeys, RunConfig
from local.permissions.book import Book, uses
from local.permissions.policies import permissions, statements
from local.platform import Role
from local.state import State
from operations.operator_policy.policy import Place, policy
from tests.end_to_end.laptop import CHECKOUT, Laptop
from tests.operations.backfill.test_stage import a_mapping
from tests.operations.bulk_load.emulated import BulkLoads
from tests.operations.stage.account import API, Account, Stack
from tests.operations.stage.aws import Stage
from tests.redshift import serving

OPERATOR: Final = "operator"


@dataclass
class Operator:
    """Somebody who runs commands on the stage in processes of their own, with the policy of one command."""

    command: str
    stack: Stack
    target: Stage
    folder: Path
    record: Path
    role: Role

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a command of `tillstream` with `--stack`, and leave it running."""
        file = self.folder / "stage.json"
        file.write_text(json.dumps(asdict(self.target)))
        call = [sys.executable, "-m", "tests.operations.stage.command", str(file), *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
        environment = kept | {"TILLSTREAM_HOME": str(self.folder), "AWS_EC2_METADATA_DISABLED": "true"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        stack = ("--stack", self.stack_name)
        return subprocess.Popen([*call, *stack], cwd=CHECKOUT, env=environment, text=True, **pipes)

    @property
    def stack_name(self) -> str:
        """The name of the platform's stack."""
        return f"tillstream-{self.stack.config.platform.stage}"

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        process = self.start(*arguments)
        out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def do(self, *arguments: str) -> str:
        """Run a command that must succeed; its standard output."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def refused(self) -> set[tuple[str, str]]:
        """The calls for which the policy has no permission: actions and resources."""
        return {(it.action, it.resource) for it in uses(self.record) if it.refusal}

    @property
    def unused(self) -> set[str]:
        """The permissions of the policy that no call has used: actions, and the ends of resources."""
        used = {(it.action, it.resource) for it in uses(self.record)}
        held = permissions(self.role.statements)
        return {f"{it.action} {self._end(it.resource)}" for it in held if (it.action, it.resource) not in used}

    def _end(self, resource: str) -> str:
        names = {f"table/{self.target.invoices_table}": "invoices", f"table/{self.target.customers_table}": "customers"}
        end = resource.removeprefix(f"arn:aws:s3:::{self.target.lake_bucket}").rpartition(":")[2]
        return names.get(end, end)


def stack_of(laptop: Laptop) -> Stack:
    """The stack of a running laptop, whose tables are fed by an event source mapping."""
    stack = Stack(config=RunConfig.load(State(laptop.state).config_file), loads=BulkLoads(laptop.target))
    of_platform = stack.config.platform
    function = f"arn:aws:lambda:{of_platform.region}:{of_platform.account}:function:tillstream-{of_platform.stage}-x"
    usual = a_mapping(laptop.target.order_tables_group, UUID="usual", FunctionArn=function)
    stack.mappings = {"usual": usual}
    return stack


@contextmanager
def operator(laptop: Laptop, stack: Stack, folder: Path, command: str) -> Iterator[Operator]:
    """An operator of the laptop's platform as a stage, with the policy of this command, until the block ends."""
    config, stage = stack.config, Stage(**vars(laptop.target))
    place = Place.of(f"tillstream-{config.platform.stage}", stage, API)
    role = Role(OPERATOR, f"arn:aws:iam::{place.account}:role/{OPERATOR}", statements(policy(place, [command])))
    keys = RoleKeys(OPERATOR, config.access_key_id, config.secret_access_key)
    record = folder / f"{command}.jsonl"
    book = Book(replace(config, platform=replace(config.platform, roles=(role,)), role_keys=(keys,)), record)
    account = Account(stack, place, book)
    with serving(account) as port:
        url = f"http://127.0.0.1:{port}"
        services = ("cloudformation", "cloudwatch", "dynamodb", "glue", "lambda", "logs", "redshift-data", "s3")
        target = Stage(**vars(replace(stage, api_url=f"{url}/P", endpoints=dict.fromkeys(services, url))))
        try:
            yield Operator(command, stack, target, folder, record, role)
        finally:
            account.close()
