"""The platform that a command addresses: a deployed stack, the API in the environment, or the laptop's.

Nothing reaches AWS unless a stack or an API is named. A target brings its own credentials: the laptop's keys are used
for the laptop whatever AWS profile is set in the shell.
"""

import argparse
import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from commerce.errors import NoTarget

if TYPE_CHECKING:  # boto3 takes half a second of CPU to import, and many commands do without
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

TARGET_FILE: Final = "target.json"
"""The file of the running laptop's addresses, inside the state directory; `tillstream up` writes it."""

CHECKOUT: Final = Path(__file__).resolve().parent.parent

API_URL: Final = "TILLSTREAM_API_URL"
"""The variable with the API's address, including its stage."""

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
"""The hosts at which a laptop's platform serves."""

CONNECT_SECONDS: Final = 5.0

_PREFIX: Final = "TILLSTREAM_"
_ENDPOINT: Final = "AWS_ENDPOINT_URL_"
_API_REGION: Final = re.compile(r"https://[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com")


def state_directory() -> Path:
    """The folder of all the laptop's state: `.tillstream` of this checkout, or of `TILLSTREAM_HOME`."""
    return Path(os.environ.get("TILLSTREAM_HOME", CHECKOUT)) / ".tillstream"


@dataclass(frozen=True)
class Target:
    """The names and addresses of one running platform; field names are the stack's outputs in snake case.

    `endpoints` maps an AWS service id (`s3`, `redshift-data`) to a local address, and is empty for AWS itself.
    `access_key_id` and `secret_access_key` are the laptop's own, and empty where boto3's usual chain decides.
    `lake_table` is the lake's table as Spark names it, `catalog.database.table`; `lake_catalog` is the JDBC address of
    the laptop's Iceberg catalog, and empty where Glue's holds the table. `warehouse_secret` is the ARN of the secret
    with which the Data API of Redshift signs in to the workgroup.
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
    lake_table: str
    warehouse_workgroup: str
    warehouse_database: str
    warehouse_secret: str
    endpoints: dict[str, str]
    access_key_id: str = ""
    secret_access_key: str = ""
    lake_catalog: str = ""

    @property
    def is_laptop(self) -> bool:
        """Whether this is the laptop's platform, not one on AWS."""
        return bool(self.endpoints)

    @cached_property
    def session(self) -> "boto3.Session":
        """A boto3 session with this target's credentials and region."""
        import boto3

        if not self.access_key_id:
            return boto3.Session(region_name=self.region)
        return boto3.Session(self.access_key_id, self.secret_access_key, region_name=self.region)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of this target's `service`; `options` go to boto3.

        Never of another platform's: the endpoints that the shell may hold for the laptop do not divert a stack's
        calls, and a service that the laptop does not run raises `NoTarget` instead of asking AWS.
        """
        if self.is_laptop and service not in self.endpoints:
            raise NoTarget(
                f"the platform at {self.api_url} has no local {service}: it runs {', '.join(self.endpoints)}"
            )
        given = options.pop("config", None)
        config = _undiverted().merge(given) if given else _undiverted()
        return self.session.client(service, endpoint_url=self.endpoints.get(service), config=config, **options)

    def save(self, directory: Path) -> None:
        """Write this target for the commands of this checkout, whole or not at all; readable by its owner only."""
        path = directory / TARGET_FILE
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(asdict(self), indent=1) + "\n", "utf-8")
        part.replace(path)

    @classmethod
    def load(cls, directory: Path, *, or_stack: bool = False) -> Self:
        """The running laptop's target; raises `NoTarget` if none runs.

        With `or_stack` the error names the option `--stack` too: for commands that have it.
        """
        try:
            stored = json.loads((directory / TARGET_FILE).read_text("utf-8"))
        except FileNotFoundError:
            other = ", or name a stack with `--stack NAME`" if or_stack else ""
            raise NoTarget(f"no platform runs in this checkout: start it with `tillstream up`{other}") from None
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add the option `--stack NAME` to a client command's parser."""
    parser.add_argument(
        "--stack", metavar="NAME", help=f"a stack deployed on AWS (default: ${API_URL} if set, else the laptop)"
    )


def find(stack: str | None = None, *, api_only: bool = False, environ: Mapping[str, str] = os.environ) -> Target:
    """The target that a command addresses: the named stack, else that of the environment, else the laptop's.

    With `api_only` the command needs the API's address, region and credentials alone. Raises `NoTarget`, also where
    nothing listens at the address of a laptop's platform: it was stopped, or serves at another one by now.
    """
    if stack:
        return from_stack(stack)
    if environ.get(API_URL):
        found = from_environment(environ, api_only=api_only)
        since = f'the platform was stopped or started anew since `eval "$(tillstream env)"`: `unset {API_URL}`'
        _check_listens(found, api_only, f"{API_URL} and its like name a platform of this machine; {since}")
    else:
        found = Target.load(state_directory(), or_stack=True)
        _check_listens(found, api_only, "`tillstream status` says how the platform of this checkout ended")
    return found


def _check_listens(found: Target, api_only: bool, remedy: str) -> None:
    """Raise `NoTarget` where nothing listens at a target's address on this machine: a client would ask for minutes."""
    address = found.api_url if api_only else next(iter(found.endpoints.values()), "")
    parts = urlsplit(address)
    if parts.hostname not in LOOPBACK or not parts.port:
        return
    try:
        socket.create_connection((parts.hostname, parts.port), CONNECT_SECONDS).close()
    except ConnectionRefusedError:
        raise NoTarget(f"nothing listens at {parts.scheme}://{parts.netloc}: {remedy}") from None
    except OSError:
        pass  # it is busy; the command finds out


def from_environment(environ: Mapping[str, str], *, api_only: bool = False) -> Target:
    """The target in `TILLSTREAM_API_URL` and the other variables (see `variables`), with boto3's usual credentials.

    Raises `NoTarget` naming every variable that is needed and absent.
    """
    url = environ[API_URL]
    if not re.match("https?://[^/]", url):
        raise NoTarget(f"{API_URL} must be an http or https address with its stage, not {url!r}")
    on_aws = _API_REGION.match(url)
    region = on_aws[1] if on_aws else environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or _usual_region()
    endpoints = {
        name.removeprefix(_ENDPOINT).lower().replace("_", "-"): environ[name]
        for name in environ
        if name.startswith(_ENDPOINT)
    }
    known: dict[str, Any] = {"api_url": url, "region": region, "endpoints": {} if on_aws else endpoints}
    needed = {field.name: variable_name(field.name) for field in fields(Target) if field.default is MISSING}
    named = {field: environ.get(variable, "") for field, variable in needed.items() if field not in known}
    missing = [] if api_only else [needed[field] for field, value in named.items() if not value]
    if not region:
        missing.insert(0, "AWS_REGION")
    if missing:
        raise NoTarget(
            f"{API_URL} is set, but this command also needs {', '.join(missing)}: "
            'set them (`eval "$(tillstream env)"` does for the laptop), or unset it'
        )
    if not on_aws:
        known["lake_catalog"] = environ.get(variable_name("lake_catalog"), "")
    return Target(**known | named)


def variables(target: Target) -> dict[str, str]:
    """The environment variables of this target, for other tools too: `from_environment` reads them back."""
    named = {
        variable_name(field.name): getattr(target, field.name)
        for field in fields(Target)
        if field.default is MISSING and field.name not in ("region", "endpoints")
    }
    region = {"AWS_REGION": target.region, "AWS_DEFAULT_REGION": target.region}
    endpoints = {
        _ENDPOINT + service.upper().replace("-", "_"): address for service, address in target.endpoints.items()
    }
    if target.lake_catalog:
        named[variable_name("lake_catalog")] = target.lake_catalog
    if not target.access_key_id:
        return named | region | endpoints
    keys = {"AWS_ACCESS_KEY_ID": target.access_key_id, "AWS_SECRET_ACCESS_KEY": target.secret_access_key}
    # an empty token: one that the shell still holds belongs to other keys
    return named | region | endpoints | keys | {"AWS_SESSION_TOKEN": ""}


def variable_name(field: str) -> str:
    """The environment variable of a target's field.

    >>> variable_name("lake_bucket")
    'TILLSTREAM_LAKE_BUCKET'
    """
    return _PREFIX + field.upper()


def from_stack(stack: str, session: "boto3.Session | None" = None) -> Target:
    """The target in a deployed stack's outputs; raises `NoTarget` naming the missing ones."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = session or boto3.Session()
        cloudformation = session.client("cloudformation", config=_undiverted())
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        region = session.region_name if session else None
        raise NoTarget(f"stack {stack} cannot be read: {_remedy(error, region) or error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    return from_outputs(outputs, f"stack {stack}", region=session.region_name, endpoints={})


def _remedy(error: "BotoCoreError | ClientError", region: str | None) -> str:
    """A sentence with the setting that makes the stack readable; empty if AWS's own message is enough."""
    from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

    if isinstance(error, NoRegionError):
        return "no region is set; `export AWS_REGION=us-east-1` sets one, or a profile in AWS_PROFILE that has one"
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials are found; name a profile that has some by `export AWS_PROFILE=NAME`"
    if isinstance(error, ClientError) and "does not exist" in str(error):
        return f"{region} has no stack of that name; a deployed stage's is tillstream-STAGE, such as tillstream-dev"
    return ""


def from_outputs(outputs: Mapping[str, str], origin: str, **known: Any) -> Target:
    """The target in a platform's outputs, beside the fields that are known otherwise.

    Raises `NoTarget` naming the output that `origin` lacks.
    """
    values = dict(known)
    for field in fields(Target):
        if field.name not in values and field.default is MISSING:
            key = "".join(word.capitalize() for word in field.name.split("_"))
            if key not in outputs:
                raise NoTarget(f"{origin} has no output {key}: is it Tillstream's platform?")
            values[field.name] = outputs[key]
    return Target(**values)


def _undiverted() -> "Config":
    """A botocore configuration that ignores endpoints in the shell: the laptop's must not divert calls to AWS."""
    from botocore.config import Config

    return Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # the stubs lack it


def _usual_region() -> str:
    import boto3

    return boto3.Session().region_name or ""
