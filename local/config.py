"""The file by which the supervisor passes the platform and its servers' addresses to the processes that it starts.

`python -m local.NAME FILE` gets the path of one such file, for `runtime`, `event_source`, `redshift_data`, `pages`,
`schedules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from local.platform import Platform


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """The keys of a role of the templates: functions and jobs that have it sign by them."""

    role: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RunConfig:
    """One run of a platform; the file holds the laptop's keys and is readable by its owner only."""

    platform: Platform
    endpoints: Mapping[str, str]
    """AWS service id (`s3`, `dynamodb`, `lambda`, `redshift-data`, `cloudwatch`) to address."""
    bootstrap_servers: str
    access_key_id: str
    secret_access_key: str
    region: str
    gateway_port: int
    lambda_port: int
    state: Path
    """The state directory, `.tillstream`."""
    lake_db: Path = Path()
    """The SQLite file of the lake's catalog, beside the data of this run."""
    redshift_port: int = 0
    warehouse_db: Path | None = None
    """The file of the warehouse's database, beside the data of this run; None keeps it in memory."""
    cloudwatch_port: int = 0
    pages_port: int = 0
    pages_key: str = field(default="", repr=False)
    """The key that opens the pages of this run."""
    role_keys: tuple[RoleKeys, ...] = ()
    """The keys of each role; without any, all functions and jobs have the laptop's own, and may do everything."""
    held_endpoints: Mapping[str, str] = field(default_factory=dict)
    """The addresses for the roles, where a front refuses what a role may not, by AWS service id."""

    def save(self, path: Path) -> None:
        """Write the file for the processes of this run."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(self, enc_hook=_encode), indent=1))

    def as_role(self, role: str) -> Self:
        """This run as a function or job of that role sees it: its keys, and the addresses that hold it to its role."""
        for keys in self.role_keys:
            if keys.role == role:
                return replace(
                    self,
                    access_key_id=keys.access_key_id,
                    secret_access_key=keys.secret_access_key,
                    endpoints={**self.endpoints, **self.held_endpoints},
                )
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file that `save` wrote."""
        return msgspec.json.decode(path.read_bytes(), type=cls, dec_hook=_decode)


def _encode(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(f"no JSON for {type(value).__name__}")


def _decode(kind: type, value: Any) -> object:
    if kind is object:
        return value
    if issubclass(kind, Path):
        return Path(value)
    raise NotImplementedError(f"no {kind.__name__} from JSON")
