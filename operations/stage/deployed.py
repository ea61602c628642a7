"""A stage that is deployed on AWS: its addresses, and its resources by CloudFormation."""

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NamedTuple

from operations.errors import NotHere, reading
from stores.target import Target

JOB: Final = "AWS::Glue::Job"
WORKFLOW: Final = "AWS::Glue::Workflow"
LOG_GROUP: Final = "AWS::Logs::LogGroup"

_OF_A_JOB: Final = re.compile(r"/aws-glue/jobs/(?P<job>.+)/\w+")
_LOGICAL_ID: Final = re.compile(r"(?P<owner>\w+?)Logs[0-9A-F]{8}")


class Resource(NamedTuple):
    """A resource of the stack: its type, its id in the template, and its name in the account."""

    type: str
    logical_id: str
    name: str


@dataclass(frozen=True)
class Deployed:
    """A deployed stage, named by its platform's stack; raises `StoreUnreachable` if CloudFormation does not answer."""

    stack: str
    target: Target

    @cached_property
    def resources(self) -> list[Resource]:
        """All resources of the stack."""
        with reading(f"stack {self.stack}"):
            pages = self.target.client("cloudformation").get_paginator("list_stack_resources")
            return [
                Resource(it["ResourceType"], it["LogicalResourceId"], it.get("PhysicalResourceId", ""))
                for page in pages.paginate(StackName=self.stack)
                for it in page["StackResourceSummaries"]
            ]

    def jobs(self) -> dict[str, str]:
        """The names of the Spark jobs by their short names."""
        short = partial(short_name, self.stack)
        return {short(it.name): it.name for it in self.resources if it.type == JOB}

    def workflow(self) -> str:
        """The name of the workflow that the schedule starts; raises `NotHere` if there is none."""
        for it in self.resources:
            if it.type == WORKFLOW:
                return it.name
        raise NotHere(f"stack {self.stack} has no workflow")

    def log_groups(self) -> dict[str, list[str]]:
        """The log groups by the name of what writes them: a job has two, its output and Spark's log."""
        found: dict[str, list[str]] = {}
        for it in self.resources:
            if it.type == LOG_GROUP:
                found.setdefault(writer(self.stack, it), []).append(it.name)
        return {name: sorted(found[name]) for name in sorted(found)}


def short_name(stack: str, job: str) -> str:
    """A job's name without the platform's.

    >>> short_name("tillstream-dev", "tillstream-dev-load_tables")
    'load_tables'
    """
    return job.removeprefix(f"{stack}-")


def writer(stack: str, group: Resource) -> str:
    """The name of the function or job that writes a log group, as `tillstream logs` accepts it.

    >>> writer("tillstream-dev", Resource(LOG_GROUP, "RawArchiveLogs1A2B3C4D", "tillstream-dev-RawArchiveLogs-x"))
    'rawarchive'
    >>> writer("tillstream-dev", Resource(LOG_GROUP, "BatchX", "/aws-glue/jobs/tillstream-dev-curate/output"))
    'curate'
    """
    if of_job := _OF_A_JOB.fullmatch(group.name):
        return short_name(stack, of_job["job"])
    of_function = _LOGICAL_ID.fullmatch(group.logical_id)
    return (of_function["owner"] if of_function else group.logical_id).lower()
