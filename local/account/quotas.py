"""The quotas of an account that a first deployment may exceed, with the codes by which Service Quotas knows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from local.account.needs import Needs


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota: its codes, what is counted, and how much of it a first deployment of a stage takes."""

    service: str
    code: str
    counted: str
    wanted: Callable[[Needs], float]


QUOTAS: Final[Mapping[str, Quota]] = {
    "VPCs": Quota("vpc", "L-F678F1CE", "VPCs in the region", lambda it: it.vpcs),
    "gateway endpoints": Quota("vpc", "L-1B52E74A", "gateway endpoints in the region", lambda it: it.gateways),
    "brokers": Quota("kafka", "L-EDD31C36", "MSK's brokers in the account and region", lambda it: it.brokers),
    "Glue's DPUs": Quota("glue", "L-08F3B322", "DPUs of Glue jobs that run at once", lambda it: it.dpus),
}
"""By what is counted. No deployment here takes an Elastic IP or a NAT gateway, so theirs are not asked."""

CONCURRENCY: Final = Quota("lambda", "L-B99A9384", "Lambda executions at once", lambda it: it.concurrency)
UNRESERVED: Final = 100
"""The executions that Lambda wants to be left to functions without a reservation."""
