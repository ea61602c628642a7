"""The files in which a run records the permissions that its roles used, and the keys that it gives them."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.config import RoleKeys
from local.platform import Platform

STORES: Final = "stores"
WAREHOUSE: Final = "warehouse"


def record_of(state: Path, servers: str) -> Path:
    """The record of what roles asked of these servers, in the state directory."""
    return state / "logs" / f"permissions-{servers}.jsonl"


def new_keys(platform: Platform) -> Iterator[RoleKeys]:
    """Keys at random for each role of the platform."""
    for role in platform.roles:
        yield RoleKeys(role.name, "ROLE" + secrets.token_hex(8).upper(), secrets.token_hex(20))
