"""Which platform a command speaks to: the laptop of this checkout, or a deployed stack that was named.

Nothing reaches AWS unless a stack is named. A target brings its own credentials: the laptop's keys are used for the
laptop whatever AWS profile is set in the shell.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

import boto3

from commerce.errors import NoTarget

TARGET_FILE: Final = "target.json"
"""Where `tillstream up` leaves the running laptop's addresses, inside the state directory."""

CHECKOUT: Final = Path(__file__).resolve().parent.parent


def state_directory() -> Path:
    """The folder that holds all the laptop's state: `.tillstream` of this checkout, or of `TILLSTREAM_HOME`."""
    return Path(os.environ.get("TILLSTREAM_HOME", CHECKOUT)) / ".tillstream"


@dataclass(frozen=True)
class Target:
    """The names and addresses of one running platform; field names are the stack's outputs in snake case.

    `endpoints` maps an AWS service id (`s3`, `dynamodb`, `lambda`) to a local address, and is empty for AWS itself.
    `access_key_id` and `secret_access_key` are the laptop's own, and empty for AWS, where boto3's usual chain decides.
    """

    api_url: str
    region: str
    bootstrap_servers: str
    kafka_security: str
    topic: str
    cluster: str
    lake_bucket: str
    invoices_table: str
    customers_table: str
    offsets_table: str
    raw_archive_group: str
    order_tables_group: str
    endpoints: dict[str, str]
    access_key_id: str = ""
    secret_access_key: str = ""

    @property
    def is_laptop(self) -> bool:
        """Whether this is the laptop's platform, not one on AWS."""
        return bool(self.endpoints)

    @cached_property
    def session(self) -> boto3.Session:
        """A boto3 session that carries this target's credentials and region."""
        if not self.is_laptop:
            return boto3.Session(region_name=self.region)
        return boto3.Session(self.access_key_id, self.secret_access_key, region_name=self.region)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of this target's `service`; `options` go to boto3."""
        return self.session.client(service, endpoint_url=self.endpoints.get(service), **options)

    def save(self, directory: Path) -> None:
        """Write this target for the commands of this checkout, whole or not at all; readable by its owner only."""
        path = directory / TARGET_FILE
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        part.replace(path)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """The running laptop's target; raises `NoTarget` where none runs."""
        try:
            stored = json.loads((directory / TARGET_FILE).read_text("utf-8"))
        except FileNotFoundError:
            raise NoTarget(
                "no platform runs in this checkout: start it with `tillstream up`, or name a stack with `--stack NAME`"
            ) from None
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def find(stack: str | None = None) -> Target:
    """The target that a command speaks to: the named stack, else the laptop of this checkout; raises `NoTarget`."""
    return from_stack(stack) if stack else Target.load(state_directory())


def from_stack(stack: str, session: boto3.Session | None = None) -> Target:
    """The target that a deployed stack's outputs describe; raises `NoTarget` naming what is missing."""
    session = session or boto3.Session()
    described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    values: dict[str, Any] = {"region": session.region_name, "endpoints": {}}
    for field in fields(Target):
        if field.name not in values and not field.name.endswith(("key_id", "access_key")):
            key = "".join(word.capitalize() for word in field.name.split("_"))
            if key not in outputs:
                raise NoTarget(f"stack {stack} has no output {key}: is it Tillstream's platform stack?")
            values[field.name] = outputs[key]
    return Target(**values)
