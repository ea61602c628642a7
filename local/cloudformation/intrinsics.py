"""CloudFormation's functions (`Ref`, `Fn::Join` and so on), evaluated against this machine.

A value is resolved only when it is asked for: a reference inside a resource without effect here is never looked up.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from local.cloudformation.assembly import ACCOUNT, Assembly, Stack
from local.cloudformation.registry import TYPES
from local.cloudformation.resource import Resource, ResourceType
from local.errors import UnresolvedReference
from local.platform import KafkaAddress

_NO_VALUE: Final = object()
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]+)\}")


class Resolver:
    """Resolves the values of an assembly's templates, in a run with this Kafka."""

    def __init__(self, assembly: Assembly, kafka: KafkaAddress) -> None:
        self._kafka = kafka
        self._open: list[str] = []
        """The names of what is being resolved, each for the one before it."""
        self._exports: dict[str, tuple[Stack, Any]] = {}
        for stack in assembly.stacks.values():
            for output in stack.template.get("Outputs", {}).values():
                if "Export" in output:
                    self._exports[self.value(stack, output["Export"]["Name"])] = (stack, output["Value"])

    def resources(self, stack: Stack) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
        """The stack's resources whose condition holds, with their properties as written."""
        for logical_id, body in stack.template.get("Resources", {}).items():
            if "Condition" not in body or self._condition(stack, body["Condition"]):
                yield self._resource(stack, logical_id), body.get("Properties", {})

    def value(self, stack: Stack, value: Any) -> Any:
        """The value of the stack's template with all references resolved; raises `UnresolvedReference`."""
        if isinstance(value, list):
            return [item for item in (self.value(stack, item) for item in value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref":
                return self._ref(stack, argument)
            if name.startswith("Fn::"):
                return self._function(name)(stack, argument)
        resolved = {key: self.value(stack, item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def _function(self, name: str) -> Callable[[Stack, Any], Any]:
        """The evaluator of a function."""
        functions: Mapping[str, Callable[[Stack, Any], Any]] = {
            "Fn::Base64": lambda stack, text: base64.b64encode(self.value(stack, text).encode()).decode(),
            "Fn::FindInMap": self._find_in_map,
            "Fn::GetAtt": self._attribute,
            "Fn::GetAZs": lambda stack, region: [
                f"{self.value(stack, region) or stack.region}{zone}" for zone in "abc"
            ],
            "Fn::If": self._if,
            "Fn::ImportValue": self._import,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::Sub": self._sub,
        }
        if name not in functions:
            raise UnresolvedReference(f"the laptop cannot evaluate {name}")
        return functions[name]

    def _resource(self, stack: Stack, logical_id: str) -> Resource:
        """The resource of that logical id; raises `UnresolvedReference`."""
        body = stack.template.get("Resources", {}).get(logical_id)
        if body is None:
            raise UnresolvedReference(f"{stack.name} has no resource or parameter {logical_id}")
        type = TYPES.get(body["Type"]) or ResourceType(body["Type"])
        chosen = body.get("Properties", {}).get(type.name_property)
        with self._opened(f"{stack.name}.{logical_id}"):
            return Resource(stack.name, stack.region, logical_id, type, self.value(stack, chosen))

    @contextmanager
    def _opened(self, name: str) -> Iterator[None]:
        """Resolve something of this name in the block; raises `UnresolvedReference` if that needs itself."""
        if name in self._open:
            circle = " → ".join([*self._open[self._open.index(name) :], name])
            raise UnresolvedReference(f"{circle}: a value of the templates that refers to itself")
        self._open.append(name)
        try:
            yield
        finally:
            self._open.pop()

    def _ref(self, stack: Stack, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": _NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": f"arn:aws:cloudformation:{stack.region}:{ACCOUNT}:stack/{stack.name}/laptop",
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        parameter = stack.template.get("Parameters", {}).get(name)
        if parameter is not None:
            if "Default" not in parameter:
                raise UnresolvedReference(f"{stack.name}: the parameter {name} has no default")
            return parameter["Default"]
        return self._resource(stack, name).ref

    def _attribute(self, stack: Stack, argument: str | list[Any]) -> str:
        logical_id, name = argument.split(".", 1) if isinstance(argument, str) else argument
        return self._resource(stack, logical_id).attribute(self.value(stack, name), self._kafka)

    def _import(self, stack: Stack, argument: Any) -> Any:
        name = self.value(stack, argument)
        if name not in self._exports:
            raise UnresolvedReference(f"{stack.name} imports {name}, which no stack of this assembly exports")
        with self._opened(f"export {name}"):
            return self.value(*self._exports[name])

    def _join(self, stack: Stack, argument: list[Any]) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self.value(stack, parts))

    def _select(self, stack: Stack, argument: list[Any]) -> Any:
        index, values = self.value(stack, argument[0]), self.value(stack, argument[1])
        if not 0 <= int(index) < len(values):
            raise UnresolvedReference(f"{stack.name}: Fn::Select wants item {index} of {values!r}")
        return values[int(index)]

    def _split(self, stack: Stack, argument: list[Any]) -> list[str]:
        return str(self.value(stack, argument[1])).split(self.value(stack, argument[0]))

    def _sub(self, stack: Stack, argument: str | list[Any]) -> str:
        text, values = (argument, {}) if isinstance(argument, str) else argument

        def replaced(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in values:
                return str(self.value(stack, values[name]))
            return str(self._attribute(stack, name) if "." in name else self._ref(stack, name))

        return _PLACEHOLDER.sub(replaced, text)

    def _find_in_map(self, stack: Stack, argument: list[Any]) -> Any:
        found: Any = stack.template.get("Mappings", {})
        for key in self.value(stack, argument):
            if key not in found:
                raise UnresolvedReference(f"{stack.name}: no {key} in the mapping {argument!r}")
            found = found[key]
        return found

    def _if(self, stack: Stack, argument: list[Any]) -> Any:
        name, then, otherwise = argument
        return self.value(stack, then if self._condition(stack, name) else otherwise)

    def _condition(self, stack: Stack, condition: Any) -> bool:
        """Whether a condition holds, named or written out."""
        if isinstance(condition, str):
            named = stack.template.get("Conditions", {})
            if condition not in named:
                raise UnresolvedReference(f"{stack.name} has no condition {condition}")
            with self._opened(f"{stack.name}: condition {condition}"):
                return self._condition(stack, named[condition])
        [(name, argument)] = condition.items()
        match name:
            case "Condition":
                return self._condition(stack, argument)
            case "Fn::Equals":
                left, right = self.value(stack, argument)
                return bool(left == right)
            case "Fn::And":
                return all(self._condition(stack, item) for item in argument)
            case "Fn::Or":
                return any(self._condition(stack, item) for item in argument)
            case "Fn::Not":
                return not self._condition(stack, argument[0])
        raise UnresolvedReference(f"the laptop cannot evaluate the condition {name}")
