"""What a resource is called on this machine: names and ARNs, well-formed and the same on every run.

CloudFormation makes names up when it deploys; here they follow from the stack and the logical id, so that data
written yesterday belongs to the table of today.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from local.cloudformation.assembly import ACCOUNT
from local.errors import UnresolvedReference

_LONGEST_NAME: Final = 63  # S3's limit, the narrowest
_CDK_HASH: Final = re.compile(r"([0-9A-F]{8})$")

_NAME_PROPERTIES: Final = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Glue::Job": "Name",
    "AWS::Glue::Trigger": "Name",
    "AWS::Glue::Workflow": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::MSK::Topic": "TopicName",
    "AWS::RedshiftServerless::Namespace": "NamespaceName",
    "AWS::RedshiftServerless::Workgroup": "WorkgroupName",
    "AWS::S3::Bucket": "BucketName",
}
_ARN_AS_REF: Final = ("AWS::MSK::Cluster", "AWS::MSK::Topic")
_NAMES_OF_ARN: Final = {
    "AWS::RedshiftServerless::Namespace": "Namespace.NamespaceArn",
    "AWS::RedshiftServerless::Workgroup": "Workgroup.WorkgroupArn",
}
"""What types call the attribute that others call `Arn`."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a template: where it stands, its type, and its properties as written (`chosen_name` resolved)."""

    stack: str
    region: str
    logical_id: str
    type: str
    chosen_name: str | None = None

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
        local = f"{self.region}:{ACCOUNT}"
        match self.type:
            case "AWS::S3::Bucket":
                return f"arn:aws:s3:::{self.name}"
            case "AWS::DynamoDB::Table":
                return f"arn:aws:dynamodb:{local}:table/{self.name}"
            case "AWS::Lambda::Function":
                return f"arn:aws:lambda:{local}:function:{self.name}"
            case "AWS::MSK::Cluster":
                return f"arn:aws:kafka:{local}:cluster/{self.name}/{uuid.uuid5(uuid.NAMESPACE_URL, self.name)}-1"
            case "AWS::RedshiftServerless::Namespace" | "AWS::RedshiftServerless::Workgroup":
                kind = self.type.rpartition("::")[2].lower()
                return f"arn:aws:redshift-serverless:{local}:{kind}/{uuid.uuid5(uuid.NAMESPACE_URL, self.name)}"
            case "AWS::IAM::Role":
                return f"arn:aws:iam::{ACCOUNT}:role/{self.name}"
            case _:
                return f"arn:aws:{self.type.split('::')[1].lower()}:{local}:{self.name}"

    @property
    def ref(self) -> str:
        """What `Ref` gives."""
        return self.arn if self.type in _ARN_AS_REF else self.name

    def attribute(self, name: str, known: Mapping[str, Mapping[str, str]]) -> str:
        """What `Fn::GetAtt` gives; `known` holds the attributes of types that the laptop answers for."""
        if name in known.get(self.type, {}):
            return known[self.type][name]
        if name == _NAMES_OF_ARN.get(self.type, "Arn"):
            return self.arn
        if self.type == "AWS::ApiGateway::RestApi" and name == "RootResourceId":
            return f"{self.name}-root"
        raise UnresolvedReference(f"{self.stack}: {self.logical_id} ({self.type}) has no attribute {name} on a laptop")


def chosen_name_property(type: str) -> str:
    """The property in which a template may choose the resource's name."""
    return _NAME_PROPERTIES.get(type, "")
