"""The roles of functions and jobs, and the actions that they are allowed."""

from typing import Any

from aws_cdk import aws_dynamodb, aws_iam, aws_s3
from constructs import Construct


class Actor(Construct):
    """A function or a job with its own role, which is allowed nothing until `may` names an action."""

    def __init__(self, scope: Construct, id: str, *, service: str, role_name: str | None = None) -> None:
        """`role_name` fixes the name of the role, for one that another service knows by its name."""
        super().__init__(scope, id)
        principal = aws_iam.ServicePrincipal(f"{service}.amazonaws.com")
        self.role = aws_iam.Role(self, "Role", assumed_by=principal, role_name=role_name)

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
