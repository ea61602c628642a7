"""IAM: roles with the statements of their policies, to which the laptop holds functions and jobs."""

from collections.abc import Iterator
from typing import Any, Final

from local.cloudformation.no_effect import FOR_PEOPLE, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import UnsupportedProperty
from local.permissions.policies import Statement, UnsupportedPolicy, statements
from local.platform import Role


def role(resource: Resource, properties: Properties, found: Found) -> Role:
    """The role with the statements of its own policies and of those attached; raises `UnsupportedProperty`."""
    inline = (it["PolicyDocument"] for it in properties.get("Policies", ()))
    attached = (of["PolicyDocument"] for _, of in found.of(POLICY) if resource.name in of.get("Roles", ()))
    return Role(resource.name, resource.arn, tuple(of_documents(resource, (*inline, *attached))))


def of_documents(resource: Resource, documents: tuple[Properties, ...]) -> Iterator[Statement]:
    """The statements of these policy documents; raises `UnsupportedProperty` for what the laptop cannot decide."""
    for document in documents:
        try:
            yield from statements(document)
        except UnsupportedPolicy as error:
            raise UnsupportedProperty(f"{resource} has {error}, which the laptop cannot decide") from error


def named(arn: Any) -> str:
    """The name of the role with this ARN.

    >>> named("arn:aws:iam::000000000000:role/archive")
    'archive'
    """
    return str(arn).rpartition("/")[2]


POLICY: Final = ResourceType("AWS::IAM::Policy", read=("PolicyDocument", "Roles"), name_property="PolicyName")
ROLE: Final = ResourceType(
    "AWS::IAM::Role",
    reader=role,
    read=("Policies",),
    no_effect={
        "AssumeRolePolicyDocument": "the laptop itself gives each function and job the keys of its role",
        "Description": FOR_PEOPLE,
        "Tags": UNBILLED,
    },
    name_property="RoleName",
    arn="arn:aws:iam::{account}:role/{name}",
)
MANAGED_POLICY: Final = ResourceType(
    "AWS::IAM::ManagedPolicy", no_effect_at_all="it is for the people who replay; the laptop's user may do everything"
)

TYPES: Final = (POLICY, ROLE, MANAGED_POLICY)
