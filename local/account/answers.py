"""An account's answers to the questions of `local.account.questions`, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question that AWS did not answer: the IAM action that asks it, and the reason; `denied` where it is a right."""

    action: str
    why: str
    denied: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """The account, and whom its credentials stand for."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of the region: its name in this account, its id in all accounts."""

    name: str
    id: str
    available: bool


@dataclass(frozen=True, slots=True)
class Use:
    """A quota of the account, and how much of it is used already."""

    quota: float
    used: float


CREATED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
"""The states of a stack that stands, and can be updated."""

Names = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """All answers of one account; a question without an answer has `Unasked` in its place.

    `region` is the region's opt-in status; `subnets` has the zone's id of each existing subnet, `types` the ids of the
    zones in which EC2 offers the brokers' type, `versions` the active versions of Kafka. `concurrency` counts Lambda's
    executions that functions have reserved, `quotas` the rest by the keys of `local.account.quotas.QUOTAS`.
    `bootstrap` is the version of the bootstrap stack, None where there is none; `stacks` the status of each stack that
    the stage would make, "" where there is none. `names` has, by type, the names of that type that the account has,
    `remains` the tables and buckets whose names begin with a stack's, and `log_role` the role with which API Gateway
    logs.
    """

    caller: Caller | Unasked
    region: str | Unasked
    zones: Mapping[str, Zone] | Unasked
    subnets: Mapping[str, str] | Unasked
    types: Names | Unasked
    versions: Names | Unasked
    concurrency: Use | Unasked
    quotas: Mapping[str, Use | Unasked]
    bootstrap: int | Unasked | None
    stacks: Mapping[str, str | Unasked]
    names: Mapping[str, Names | Unasked]
    remains: Mapping[str, Names | Unasked]
    log_role: str | Unasked
