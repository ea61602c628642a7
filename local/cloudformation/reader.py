"""The platform that a synthesized CDK app asks for, read from its files and from nothing else.

Every reference is resolved against this machine. A type that the laptop does not know is refused by name, as is a
property that it neither reads nor has a reason to pass over.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from local.cloudformation.api_gateway import addresses
from local.cloudformation.assembly import ACCOUNT, Assembly
from local.cloudformation.intrinsics import Resolver
from local.cloudformation.registry import TYPES
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import BrokenAssembly, UnsupportedProperty, UnsupportedResource
from local.platform import (
    Alarm,
    Api,
    Bucket,
    Dashboard,
    Database,
    Function,
    Job,
    KafkaAddress,
    Platform,
    Role,
    Rule,
    Table,
    Timer,
    Topic,
    Trigger,
    Warehouse,
    Workflow,
)
from local.platform import Mapping as Feed

Kind = TypeVar("Kind")


def load(assembly: Path, *, kafka: KafkaAddress, api_url: Callable[[str], str] | str) -> Platform:
    """The platform of a synthesized app.

    `api_url` is where the local gateway serves an API, without its stage, or gives it for the API's name. Raises
    `UnsupportedResource`, `UnsupportedProperty`, `UnresolvedReference` or `BrokenAssembly`.
    """
    with _named_if_broken(f"the synthesized app in {assembly}"):
        files = Assembly.read(assembly)
        resolver = Resolver(files, kafka)
        found = _found(files, resolver)
        made = list(_made(found))

        def every(kind: type[Kind]) -> tuple[Kind, ...]:
            return tuple(value for value in made if isinstance(value, kind))

        return Platform(
            stage=_stage(files),
            region=next(iter(files.stacks.values())).region,
            account=ACCOUNT,
            functions=every(Function),
            mappings=every(Feed),
            topics=every(Topic),
            tables=every(Table),
            buckets=every(Bucket),
            apis=every(Api),
            outputs=dict(_outputs(files, resolver, addresses(found, api_url))),
            jobs=every(Job),
            triggers=every(Trigger),
            workflows=every(Workflow),
            databases=every(Database),
            warehouses=every(Warehouse),
            roles=every(Role),
            alarms=every(Alarm),
            dashboards=every(Dashboard),
            rules=every(Rule),
            timers=every(Timer),
        )


@contextmanager
def _named_if_broken(what: str) -> Iterator[None]:
    """Raise `BrokenAssembly`, naming `what`, where the block meets a form that CloudFormation or the CDK never make."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise BrokenAssembly(f"{what} is broken: {type(error).__name__}: {error}") from error


def _found(files: Assembly, resolver: Resolver) -> Found:
    """The resources that have an effect here, resolved; raises for the first resource that the laptop refuses."""
    by_type: dict[ResourceType, list[tuple[Resource, Properties]]] = {type: [] for type in TYPES.values()}
    for stack in files.stacks.values():
        for resource, written in resolver.resources(stack):
            if not resource.type.no_effect_at_all:
                _check(resource, written)
                read = {name: value for name, value in written.items() if name in resource.type.read}
                with _named_if_broken(f"the resource {resource.logical_id} of {resource.stack}"):
                    by_type[resource.type].append((resource, resolver.value(stack, read)))
    return Found(files, by_type)


def _check(resource: Resource, written: Properties) -> None:
    """Raise `UnsupportedResource` for an unknown type, `UnsupportedProperty` for a property that would be dropped."""
    type = resource.type
    if type.name not in TYPES:
        raise UnsupportedResource(f"{resource.place} is of type {type.name}, which has no local service")
    for name in written:
        if name not in (*type.read, type.name_property) and name not in type.no_effect:
            raise UnsupportedProperty(f"{resource} asks for {name}, which the laptop cannot do")


def _made(found: Found) -> Iterator[object]:
    """The values that the resources describe, type by type."""
    for type in TYPES.values():
        if reader := type.reader:
            for resource, properties in found.of(type):
                with _named_if_broken(f"the resource {resource.logical_id} of {resource.stack}"):
                    yield reader(resource, properties, found)


def _outputs(files: Assembly, resolver: Resolver, addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The stacks' outputs, without those that only pass values between stacks; an API's address is the local one."""
    for stack in files.stacks.values():
        for name, output in stack.template.get("Outputs", {}).items():
            if "Export" in output:
                continue
            text = str(resolver.value(stack, output["Value"]))
            for on_aws, here in addresses.items():
                text = text.replace(on_aws, here)
            yield name, text


def _stage(files: Assembly) -> str:
    """The stage's name: stacks are called `tillstream-STAGE` and `tillstream-STAGE-…`."""
    return min(files.stacks, key=len).partition("-")[2]
