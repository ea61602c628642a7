"""CloudFormation's ways with a stack: creation, rollback, update, deletion, protection, exports, and names.

From AWS's pages on `DeletionPolicy`, on stack failure options, on termination protection and on exports. It makes no
resource: a resource is its type and its name, which no other of that type may have. It knows nothing of changes inside
a resource, of drift, of hooks, of parameters and conditions, and of time: each operation is done at once.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from infra.checks.updates import imports, references
from local.account.needs import NAMES

RETAINED: Final = {"Retain", "RetainExceptOnCreate"}
OF_DATA: Final = {"AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName"}
"""Types that hold data whose names CloudFormation makes up where a template fixes none."""

Name = tuple[str, str]
"""A resource: its type and its name."""


class Refused(Exception):
    """A call that CloudFormation refuses, with the text of its ValidationError."""


class Failed(Exception):
    """A resource that cannot be made or deleted, with the reason."""


@dataclass
class Stack:
    """A stack, its resources by logical id, its exports, and the events that tell its story, the newest last."""

    name: str
    id: str
    status: str = "CREATE_IN_PROGRESS"
    protected: bool = False
    template: Mapping[str, Any] = field(default_factory=dict)
    made: dict[str, Name] = field(default_factory=dict)
    exports: dict[str, str] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()
    events: list[tuple[str, str, str, str]] = field(default_factory=list)

    def tell(self, logical_id: str, type: str, status: str, reason: str = "") -> None:
        """Add an event; one of the stack itself is its new status."""
        self.events.append((logical_id, type, status, reason))
        if type == "AWS::CloudFormation::Stack":
            self.status = status

    def becomes(self, status: str, reason: str = "") -> None:
        """Give the stack a status."""
        self.tell(self.name, "AWS::CloudFormation::Stack", status, reason)


class Account:
    """An account of one region: its zones, all stacks that ever were, and the resources that are there."""

    def __init__(self, zones: tuple[str, ...]) -> None:
        self.zones = zones
        self.stacks: list[Stack] = []
        self.there: dict[Name, Mapping[str, Any]] = {}
        self._number = itertools.count(1)

    def stack(self, name: str) -> Stack:
        """The stack of this name or id; one that was deleted has its id alone."""
        for stack in self.stacks:
            if name == stack.id or (name == stack.name and stack.status != "DELETE_COMPLETE"):
                return stack
        raise Refused(f"Stack with id {name} does not exist")

    def create(self, name: str, template: Mapping[str, Any], *, protected: bool) -> Stack:
        """Create a stack; what fails is rolled back."""
        if any(it.name == name and it.status != "DELETE_COMPLETE" for it in self.stacks):
            raise Refused(f"Stack [{name}] already exists")
        number = next(self._number)
        stack = Stack(
            name, f"arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/{number:08d}", protected=protected
        )
        self.stacks.append(stack)
        stack.template = template
        stack.becomes("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._import(stack, template)
            for logical_id in _in_order(template["Resources"]):
                self._make(stack, logical_id, template["Resources"][logical_id])
        except Failed as error:
            self._roll_back(stack, str(error))
        else:
            self._export(stack, template)
            stack.becomes("CREATE_COMPLETE")
        return stack

    def update(self, stack: Stack, template: Mapping[str, Any]) -> None:
        """Change a stack: what is new is made, what is gone is deleted or retained, the rest is changed in place."""
        if stack.status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
            raise Refused(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        if template == stack.template:
            raise Refused("No updates are to be performed.")
        stack.becomes("UPDATE_IN_PROGRESS", "User Initiated")
        new = [it for it in _in_order(template["Resources"]) if it not in stack.made]
        try:
            self._import(stack, template)
            for logical_id in new:
                self._make(stack, logical_id, template["Resources"][logical_id])
        except Failed as error:
            stack.becomes("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
            for logical_id in new:
                self._delete(stack, logical_id)
            stack.becomes("UPDATE_ROLLBACK_COMPLETE")
            return
        for logical_id in [it for it in stack.made if it not in template["Resources"]]:
            self._delete(stack, logical_id, keep=RETAINED)
        for logical_id, name in stack.made.items():
            self.there[name] = template["Resources"][logical_id]
        stack.template = template
        self._export(stack, template)
        stack.becomes("UPDATE_COMPLETE")

    def delete(self, stack: Stack) -> None:
        """Delete a stack and what is not retained."""
        if stack.protected:
            raise Refused(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if used := self._users(stack):
            stack.becomes("DELETE_FAILED", f"Export cannot be deleted as it is in use by {', '.join(used)}")
            return
        never_stood = stack.status.startswith("ROLLBACK")
        stack.becomes("DELETE_IN_PROGRESS", "User Initiated")
        try:
            for logical_id in reversed(list(stack.made)):
                self._delete(stack, logical_id, keep={"Retain"} if never_stood else RETAINED)
        except Failed as error:
            stack.becomes("DELETE_FAILED", str(error))
        else:
            stack.exports, stack.imports = {}, frozenset()
            stack.becomes("DELETE_COMPLETE")

    def _make(self, stack: Stack, logical_id: str, resource: Mapping[str, Any]) -> None:
        type, properties = resource["Type"], resource.get("Properties", {})
        try:
            zone = properties.get("AvailabilityZone")
            if type == "AWS::EC2::Subnet" and zone not in self.zones:
                raise Failed(f"Value ({zone}) for parameter availabilityZone is invalid.")
            name = (type, _fixed_name(type, properties) or f"{stack.name}-{logical_id}-{next(self._number)}")
            if name in self.there:
                raise Failed(f"Resource of type '{type}' with identifier '{name[1]}' already exists.")
        except Failed as error:
            stack.tell(logical_id, type, "CREATE_FAILED", str(error))
            raise Failed(f"The following resource(s) failed to create: [{logical_id}].") from error
        self.there[name] = resource
        stack.made[logical_id] = name
        stack.tell(logical_id, type, "CREATE_COMPLETE")

    def _roll_back(self, stack: Stack, reason: str) -> None:
        stack.becomes("ROLLBACK_IN_PROGRESS", reason)
        try:
            for logical_id in reversed(list(stack.made)):
                self._delete(stack, logical_id, keep={"Retain"})
        except Failed as error:
            stack.becomes("ROLLBACK_FAILED", str(error))
        else:
            stack.becomes("ROLLBACK_COMPLETE")

    def _delete(self, stack: Stack, logical_id: str, keep: frozenset[str] | set[str] = frozenset()) -> None:
        """Delete a resource of a stack, or leave it alone where its policy is one of `keep`."""
        name = stack.made.get(logical_id)
        if name is None:
            return
        resource = self.there[name]
        if resource.get("DeletionPolicy") in keep:
            stack.tell(logical_id, name[0], "DELETE_SKIPPED")
        elif resource.get("Properties", {}).get("DeletionProtectionEnabled"):
            stack.tell(logical_id, name[0], "DELETE_FAILED", "Resource cannot be deleted as it is currently protected")
            raise Failed(f"The following resource(s) failed to delete: [{logical_id}].")
        else:
            del self.there[name]
            stack.tell(logical_id, name[0], "DELETE_COMPLETE")
        del stack.made[logical_id]

    def _import(self, stack: Stack, template: Mapping[str, Any]) -> None:
        wanted = frozenset(imports(template["Resources"]))
        exported = {name for other in self.stacks for name in other.exports}
        if missing := sorted(wanted - exported):
            raise Failed(f"No export named {missing[0]} found.")
        stack.imports = wanted

    def _export(self, stack: Stack, template: Mapping[str, Any]) -> None:
        outputs = template.get("Outputs", {}).values()
        stack.exports = {str(it["Export"]["Name"]): str(it["Value"]) for it in outputs if "Export" in it}

    def _users(self, stack: Stack) -> list[str]:
        return [other.name for other in self.stacks if other is not stack and other.imports & stack.exports.keys()]


def _fixed_name(type: str, properties: Any) -> str | None:
    """The name that a template fixes for a resource."""
    for part in {**NAMES, **OF_DATA}.get(type, "").split("/"):
        properties = properties.get(part) if isinstance(properties, Mapping) else None
    return properties if isinstance(properties, str) else None


def _in_order(resources: Mapping[str, Any]) -> Iterator[str]:
    """The logical ids, each after those that it depends on or refers to."""
    done: set[str] = set()

    def visit(logical_id: str) -> Iterator[str]:
        if logical_id in done or logical_id not in resources:
            return
        done.add(logical_id)
        depends = resources[logical_id].get("DependsOn", [])
        for other in (
            *([depends] if isinstance(depends, str) else depends),
            *references(resources[logical_id].get("Properties")),
        ):
            yield from visit(other)
        yield logical_id

    for logical_id in resources:
        yield from visit(logical_id)
