"""A resource of a template, and what the laptop does with the resources of its type.

CloudFormation makes names up when it deploys; here they follow from the stack and the logical id, so that data
written yesterday belongs to the table of today.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final

from local.cloudformation.assembly import ACCOUNT, Assembly
from local.errors import UnresolvedReference
from local.platform import KafkaAddress

Properties = Mapping[str, Any]

_LONGEST_NAME: Final = 63  # S3's limit, the narrowest
_CDK_HASH: Final = re.compile(r"([0-9A-F]{8})$")


@dataclass(frozen=True, slots=True, eq=False)
class ResourceType:
    """All that the laptop knows of one CloudFormation type."""

    name: str
    _: KW_ONLY
    reader: "Callable[[Resource, Properties, Found], object] | None" = None
    """Makes the value of `local.platform` that a resource describes; None where only other types' readers need it."""
    read: tuple[str, ...] = ()
    """The properties that readers get, besides the name."""
    no_effect: Mapping[str, str] = field(default_factory=dict)
    """The properties that are accepted and do nothing here, each with the reason."""
    no_effect_at_all: str = ""
    """Why the whole resource is accepted and does nothing here, whatever its properties; empty for other types."""
    name_property: str = ""
    """The property in which a template may choose the resource's name."""
    arn: str = "arn:aws:{service}:{region}:{account}:{name}"
    """The form of its ARN; `{id}` in it is a UUID that follows from the name."""
    arn_attribute: str = "Arn"
    """The ARN's attribute name in `Fn::GetAtt`."""
    ref_is_arn: bool = False
    """Whether `Ref` gives the ARN, not the name."""
    attributes: "Mapping[str, Callable[[Resource, KafkaAddress], str]]" = field(default_factory=dict)
    """The other attributes of `Fn::GetAtt`, from the resource and the Kafka of the run."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource: its stack, the stack's region, its logical id and type, and the name that its template chooses."""

    stack: str
    region: str
    logical_id: str
    type: ResourceType
    chosen_name: str | None = None

    def __str__(self) -> str:
        """The resource as messages name it, with its type."""
        return f"{self.place} ({self.type.name})"

    @property
    def place(self) -> str:
        """The resource as messages name it: its stack and its logical id."""
        return f"{self.stack}: {self.logical_id}"

    @property
    def name(self) -> str:
        """The physical name: the chosen one, else one made of stack and logical id, legal wherever names are."""
        if self.chosen_name:
            return self.chosen_name
        readable = _CDK_HASH.sub(r"-\1", self.logical_id)
        name = f"{self.stack}-{readable}".lower()
        if len(name) <= _LONGEST_NAME:
            return name
        return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    @property
    def arn(self) -> str:
        """The ARN: fake in account and ids, right in form."""
        return self.type.arn.format(
            service=self.type.name.split("::")[1].lower(),
            region=self.region,
            account=ACCOUNT,
            name=self.name,
            id=uuid.uuid5(uuid.NAMESPACE_URL, self.name),
        )

    @property
    def ref(self) -> str:
        """The value of `Ref`."""
        return self.arn if self.type.ref_is_arn else self.name

    def attribute(self, name: str, kafka: KafkaAddress) -> str:
        """The value of `Fn::GetAtt` in a run with this Kafka; raises `UnresolvedReference` for an unknown attribute."""
        if name in self.type.attributes:
            return self.type.attributes[name](self, kafka)
        if name == self.type.arn_attribute:
            return self.arn
        raise UnresolvedReference(f"{self} has no attribute {name} on a laptop")


@dataclass(frozen=True, slots=True)
class Found:
    """The resources of an app that have an effect here, by type, each with its resolved properties; and its files."""

    files: Assembly
    by_type: Mapping[ResourceType, Sequence[tuple[Resource, Properties]]]

    def of(self, type: ResourceType) -> Sequence[tuple[Resource, Properties]]:
        """The resources of one type, in the order of the templates."""
        return self.by_type[type]
