"""Every CloudFormation type that the laptop knows, gathered from the files that own them, one file a service.

To add a type, add it to its service's file; to add a service, write its file and name it here.
"""

from collections.abc import Mapping
from typing import Final

from local.cloudformation import (
    api_gateway,
    cloudwatch,
    dynamodb,
    glue,
    iam,
    lambda_functions,
    msk,
    no_effect,
    redshift_serverless,
    s3,
)
from local.cloudformation.resource import ResourceType

SERVICES: Final = (
    iam,
    api_gateway,
    lambda_functions,
    msk,
    dynamodb,
    s3,
    glue,
    redshift_serverless,
    cloudwatch,
    no_effect,
)

TYPES: Final[Mapping[str, ResourceType]] = {type.name: type for service in SERVICES for type in service.TYPES}
"""The types by name, in the order in which their resources are read."""
