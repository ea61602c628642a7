"""The Redshift Serverless of a template as the laptop runs it: workgroups, each with its namespace's database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from local.cloudformation.assembly import ACCOUNT
from local.cloudformation.resource import Resource
from local.errors import BrokenAssembly, UnsupportedProperty
from local.platform import Warehouse

SECRET_ARN: Final = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:redshift!laptop-tillstream-000000"
"""The ARN of the administrator's secret, in the form of one that Redshift manages; there is nothing behind it."""

_Properties = Mapping[str, Any]


def warehouse(
    resource: Resource, properties: _Properties, namespaces: Sequence[tuple[Resource, _Properties]]
) -> Warehouse:
    """The workgroup over its namespace.

    Raises `UnsupportedProperty` for a namespace whose password Redshift does not manage, and `BrokenAssembly` for a
    workgroup without a namespace.
    """
    where = f"{resource.stack}: {resource.logical_id} ({resource.type})"
    for namespace, of in namespaces:
        if namespace.name == properties.get("NamespaceName"):
            if not of.get("ManageAdminPassword"):
                raise UnsupportedProperty(f"{where}: its namespace has no managed password, the laptop's only way in")
            return Warehouse(resource.name, of.get("DbName", "dev"), SECRET_ARN)
    raise BrokenAssembly(f"{where} names the namespace {properties.get('NamespaceName')!r}, which no template makes")
