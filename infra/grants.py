"""The roles of functions and jobs, and the actions that they are allowed."""

from typing import Any

from aws_cdk import Aws, aws_dynamodb, aws_iam, aws_s3
from constructs import Construct


def service(name: str, **of_its_own: dict[str, str]) -> aws_iam.ServicePrincipal:
    """A service of AWS as the principal of a role: if it says for whose account it acts, then for this one alone.

    AWS documents of few services that they say so when they take a role, and a plain condition refuses one that does
    not; so the condition holds where the key is there. `of_its_own` are further conditions, by operator.
    """
    for_us = {"StringEqualsIfExists": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    return aws_iam.ServicePrincipal(f"{name}.amazonaws.com", conditions={**for_us, **of_its_own})


class Actor(Construct):
    """A function or a job with its own role, which is allowed nothing until `may` names an action."""

    def __init__(self, scope: Construct, id: str, *, assumer: aws_iam.IPrincipal, role_name: str | None = None) -> None:
        """`role_name` fixes the name of the role, for one that another service knows by its name."""
        super().__init__(scope, id)
        self.role = aws_iam.Role(self, "Role", assumed_by=assumer, role_name=role_name)

    def may(
        self, resource: aws_s3.IBucket | aws_dynamodb.ITable | str, *actions: str, under: str | None = None
    ) -> None:
        """Allow these actions on a table, a bucket (its objects `under` a prefix where one is named) or an ARN."""
        self._allow(*actions, on=[_arn(resource, under)])

    def may_list(self, bucket: aws_s3.IBucket, *prefixes: str) -> None:
        """Allow listing the keys under these prefixes. Without it S3 answers 403, not 404, for a key that is absent."""
        condition = {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
        statement = aws_iam.PolicyStatement(
            actions=["s3:ListBucket"], resources=[bucket.bucket_arn], conditions=condition
        )
        self.role.add_to_policy(statement)

    def _allow(self, *actions: str, on: list[str]) -> None:
        """Allow these actions on these ARNs."""
        self.role.add_to_policy(aws_iam.PolicyStatement(actions=list(actions), resources=on))


def _arn(resource: aws_s3.IBucket | aws_dynamodb.ITable | str, under: str | None) -> str:
    """The ARN of a table, of a bucket, or of its objects under a prefix; an ARN is returned as it is."""
    if isinstance(resource, str):
        return resource
    if isinstance(resource, aws_dynamodb.Table):
        return resource.table_arn
    bucket: Any = resource
    return str(bucket.bucket_arn if under is None else bucket.arn_for_objects(f"{under}*"))
