"""The roles of a run by the ids of their keys: who asks, may they, and what was asked so far."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from local.config import RunConfig
from local.permissions.policies import Call, Decision, Statement, decide
from local.platform import Role
from local.sigv4 import Keys

MOST_REFUSALS: Final = 1_000
"""So many different refused calls are recorded; what asks for ever in vain fills no disk."""


class Use(msgspec.Struct, frozen=True):
    """A permission that a role has used, or, with `refusal`, a call for which it has none."""

    role: str
    action: str
    resource: str
    refusal: str = ""


class AccessDenied(Exception):
    """The role may not make this call; the message is IAM's own."""

    def __init__(self, role: Role, call: Call, refusal: str) -> None:
        session = f"{role.arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/laptop"
        super().__init__(
            f"User: {session} is not authorized to perform: {call.action} on resource: {call.resource} {refusal}"
        )


class Book:
    """The roles of a run. Each use of a permission, and each refused call, is appended to `record` once."""

    def __init__(self, config: RunConfig, record: Path) -> None:
        """`record` begins empty: it holds this run's uses alone."""
        roles = {role.name: role for role in config.platform.roles}
        self.keys: Mapping[str, Keys] = {
            it.access_key_id: Keys(it.access_key_id, it.secret_access_key) for it in config.role_keys
        }
        self._roles = {it.access_key_id: roles[it.role] for it in config.role_keys}
        self._of_buckets: Mapping[str, tuple[Statement, ...]] = {it.name: it.policy for it in config.platform.buckets}
        self._known: set[Use] = set()
        self._refusals = 0
        self._record = record.open("wb", buffering=0)

    def check(self, key_id: str, calls: list[Call]) -> None:
        """Return if the role with this key may make all these calls; raises `AccessDenied` for the first it may not."""
        role = self._roles[key_id]
        for call in calls:
            decision = decide(call, role.statements, self._policy(call))
            self._note(role, call, decision)
            if not decision.allowed:
                raise AccessDenied(role, call, decision.refusal)

    def may(self, key_id: str, call: Call) -> bool:
        """Whether the role with this key may make the call, which it does not make: nothing is recorded."""
        return decide(call, self._roles[key_id].statements, self._policy(call)).allowed

    def _policy(self, call: Call) -> tuple[Statement, ...]:
        if not call.resource.startswith("arn:aws:s3:::"):
            return ()
        return self._of_buckets.get(call.resource.removeprefix("arn:aws:s3:::").partition("/")[0], ())

    def _note(self, role: Role, call: Call, decision: Decision) -> None:
        if decision.refusal:
            uses = [Use(role.name, call.action, call.resource, decision.refusal)]
        else:
            uses = [Use(role.name, it.action, it.resource) for it in decision.allowed_by]
        for use in uses:
            if use not in self._known and (not use.refusal or self._refusals < MOST_REFUSALS):
                self._refusals += bool(use.refusal)
                self._known.add(use)
                self._record.write(msgspec.json.encode(use) + b"\n")


_decode: Final = msgspec.json.Decoder(Use).decode


def uses(record: Path) -> list[Use]:
    """The uses in a record, in their order; none where there is no record."""
    lines = record.read_bytes().splitlines() if record.exists() else []
    return [_decode(line) for line in lines]
