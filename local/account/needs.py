"""The needs of a stage that an account may fail to meet, read from the synthesized templates. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.cloudformation.assembly import Assembly, Stack

NAMES: Final[Mapping[str, str]] = {
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::Glue::Database": "DatabaseInput/Name",
    "AWS::Glue::Job": "Name",
    "AWS::Glue::Trigger": "Name",
    "AWS::Glue::Workflow": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::MSK::Configuration": "Name",
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::RedshiftServerless::Workgroup": "WorkgroupName",
}
"""The types whose names must be free in an account, each with the property in which a template fixes the name."""

DPUS_OF_A_WORKER: Final = {"G.025X": 0.25, "G.1X": 1.0, "G.2X": 2.0}


@dataclass(frozen=True, slots=True, order=True)
class FixedName:
    """A name that a template fixes, with the stack that makes it."""

    type: str
    name: str
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The needs of one stage, in the units of AWS's quotas.

    `zones` are names of zones for subnets that the stage makes, `subnets` the ids of existing ones. `brokers`, `vpcs`
    and `gateways` are how many of each a first deployment makes, `concurrency` the executions that its functions
    reserve, `dpus` what its jobs use when all of them run. `bootstrap` is the version of CDK's bootstrap stack that the
    templates ask for, and `bootstrap_parameter` the parameter that holds the account's.
    """

    region: str
    stacks: tuple[str, ...]
    zones: tuple[str, ...]
    subnets: tuple[str, ...]
    broker_type: str
    kafka_version: str
    brokers: int
    vpcs: int
    gateways: int
    concurrency: int
    dpus: float
    bootstrap: int
    bootstrap_parameter: str
    logs_of_apis: bool
    names: tuple[FixedName, ...]


def needs(folder: Path) -> Needs:
    """The needs of the stage that was synthesized into a folder."""
    stacks = list(Assembly.read(folder).stacks.values())
    of = {type: list(_of(stacks, type)) for type in {it["Type"] for stack in stacks for it in _all(stack)}}
    clusters = of.get("AWS::MSK::Cluster", [])
    made = of.get("AWS::EC2::Subnet", [])
    workgroups = [] if made else of.get("AWS::RedshiftServerless::Workgroup", [])
    endpoints = of.get("AWS::EC2::VPCEndpoint", [])
    parameter, bootstrap = _bootstrap(folder)
    return Needs(
        region=stacks[0].region,
        stacks=tuple(sorted((stack.name for stack in stacks), key=lambda name: (not name.endswith("-data"), name))),
        zones=tuple(dict.fromkeys(it["AvailabilityZone"] for it in made)),
        subnets=tuple(it for workgroup in workgroups for it in workgroup["SubnetIds"] if isinstance(it, str)),
        broker_type=clusters[0]["BrokerNodeGroupInfo"]["InstanceType"] if clusters else "",
        kafka_version=clusters[0]["KafkaVersion"] if clusters else "",
        brokers=sum(int(it["NumberOfBrokerNodes"]) for it in clusters),
        vpcs=len(of.get("AWS::EC2::VPC", [])),
        gateways=sum(it.get("VpcEndpointType") != "Interface" for it in endpoints),
        concurrency=sum(it.get("ReservedConcurrentExecutions", 0) for it in of.get("AWS::Lambda::Function", [])),
        dpus=sum(DPUS_OF_A_WORKER[it["WorkerType"]] * it["NumberOfWorkers"] for it in of.get("AWS::Glue::Job", [])),
        bootstrap=bootstrap,
        bootstrap_parameter=parameter,
        logs_of_apis="AWS::ApiGateway::Account" in of,
        names=tuple(sorted(name for stack in stacks for name in _names(stack))),
    )


def _all(stack: Stack) -> Iterator[Mapping[str, Any]]:
    yield from stack.template["Resources"].values()


def _of(stacks: list[Stack], type: str) -> Iterator[Mapping[str, Any]]:
    """The properties of all resources of a type."""
    yield from (it.get("Properties", {}) for stack in stacks for it in _all(stack) if it["Type"] == type)


def _names(stack: Stack) -> Iterator[FixedName]:
    """The names of `NAMES` that a stack's template fixes."""
    for resource in _all(stack):
        found: Any = resource.get("Properties", {})
        for part in NAMES.get(resource["Type"], "").split("/"):
            found = found.get(part) if isinstance(found, Mapping) else None
        if isinstance(found, str):
            yield FixedName(resource["Type"], found, stack.name)


def _bootstrap(folder: Path) -> tuple[str, int]:
    """The parameter with the version of the bootstrap stack, and the version that the stacks and their assets need."""
    artifacts = json.loads((folder / "manifest.json").read_bytes())["artifacts"].values()
    properties = [it.get("properties", {}) for it in artifacts]
    [parameter] = {
        it["bootstrapStackVersionSsmParameter"] for it in properties if "requiresBootstrapStackVersion" in it
    }
    return parameter, max(int(it.get("requiresBootstrapStackVersion", 0)) for it in properties)
