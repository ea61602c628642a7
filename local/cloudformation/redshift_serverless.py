"""Redshift Serverless: workgroups, each with its namespace's database, which the laptop's Data API serves."""

from typing import Final

from local.cloudformation.assembly import ACCOUNT
from local.cloudformation.iam import named
from local.cloudformation.no_effect import LOGS, NETWORK, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.errors import BrokenAssembly, UnsupportedProperty
from local.platform import Warehouse

SECRET_ARN: Final = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:redshift!laptop-tillstream-000000"
"""The ARN of the administrator's secret, in the form of one that Redshift manages; there is nothing behind it."""

_CAPACITY: Final = "the warehouse is a process of this machine; capacity is about speed and its price"


def warehouse(resource: Resource, properties: Properties, found: Found) -> Warehouse:
    """The workgroup over its namespace.

    Raises `UnsupportedProperty` for a namespace whose password Redshift does not manage, and `BrokenAssembly` for a
    workgroup without a namespace.
    """
    for namespace, of in found.of(NAMESPACE):
        if namespace.name == properties.get("NamespaceName"):
            if not of.get("ManageAdminPassword"):
                raise UnsupportedProperty(
                    f"{resource}: its namespace has no managed password, the laptop's only way in"
                )
            return Warehouse(
                resource.name,
                of.get("DbName", "dev"),
                SECRET_ARN,
                arn=resource.arn,
                role=named(of.get("DefaultIamRoleArn", "")),
            )
    raise BrokenAssembly(f"{resource} names the namespace {properties.get('NamespaceName')!r}, which no template makes")


NAMESPACE: Final = ResourceType(
    "AWS::RedshiftServerless::Namespace",
    read=("DbName", "DefaultIamRoleArn", "ManageAdminPassword"),
    no_effect={
        "AdminUsername": "the Data API knows the administrator by the secret",
        "IamRoles": "COPY asks for the default role",
        "LogExports": LOGS,
        "Tags": UNBILLED,
    },
    name_property="NamespaceName",
    arn="arn:aws:redshift-serverless:{region}:{account}:namespace/{id}",
    arn_attribute="Namespace.NamespaceArn",
)
WORKGROUP: Final = ResourceType(
    "AWS::RedshiftServerless::Workgroup",
    reader=warehouse,
    read=("NamespaceName",),
    no_effect={
        "BaseCapacity": _CAPACITY,
        "ConfigParameters": "they ask for TLS and for logs; the Data API here is on 127.0.0.1 and logs what it runs",
        "EnhancedVpcRouting": NETWORK,
        "MaxCapacity": _CAPACITY,
        "PubliclyAccessible": NETWORK,
        "SecurityGroupIds": NETWORK,
        "SubnetIds": NETWORK,
        "Tags": UNBILLED,
    },
    name_property="WorkgroupName",
    arn="arn:aws:redshift-serverless:{region}:{account}:workgroup/{id}",
    arn_attribute="Workgroup.WorkgroupArn",
)
# The monthly limit in it has no effect: nothing is billed here.
ADMINISTRATION: Final = ResourceType(
    "Custom::WarehouseAdministration",
    read=("Namespace", "RpuHours", "ServiceTimeout", "ServiceToken", "WorkgroupArn"),
    attributes={"SecretArn": lambda administration, kafka: SECRET_ARN},
)

TYPES: Final = (NAMESPACE, WORKGROUP, ADMINISTRATION)
