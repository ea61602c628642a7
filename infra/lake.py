"""The bucket of the raw archive, of quarantine and of the lake."""

from typing import Final

from aws_cdk import Duration, RemovalPolicy, aws_iam, aws_s3
from constructs import Construct

from commerce.batches.paths import EXPORTS
from commerce.paths import LAKE, RAW, SALES

OLD_VERSIONS: Final = Duration.days(35)
"""For so long a file that was deleted by mistake can be had back, as long as DynamoDB restores a table."""


class LakeBucket(aws_s3.Bucket):
    """A private, versioned bucket, retained, in which nothing expires but what was deleted already.

    Old versions of the lake's files go `OLD_VERSIONS` after maintain_lake deleted or replaced them; without that each
    compaction would keep paying for what it replaced. Replaced sales extracts go after a day: they are made of the
    warehouse; so do items that a bulk load has read. Uploads that nobody completed go as well. Raw objects never do.

    Under `raw/` it refuses a put without if-none-match, whoever asks, so that no writer's code can replace an object.
    Copies and multipart uploads are refused there as well.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(
            scope,
            id,
            versioned=True,
            block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            encryption=aws_s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[
                aws_s3.LifecycleRule(
                    id="OldVersionsOfTheLake",
                    prefix=LAKE,
                    noncurrent_version_expiration=OLD_VERSIONS,
                    expired_object_delete_marker=True,
                ),
                aws_s3.LifecycleRule(
                    id="OldVersionsOfTheSalesExtracts",
                    prefix=SALES,
                    noncurrent_version_expiration=Duration.days(1),
                    expired_object_delete_marker=True,
                ),
                aws_s3.LifecycleRule(
                    id="OldVersionsOfTheItemsOfABulkLoad",
                    prefix=EXPORTS,
                    noncurrent_version_expiration=Duration.days(1),
                    expired_object_delete_marker=True,
                ),
                aws_s3.LifecycleRule(
                    id="UploadsThatNobodyCompleted", abort_incomplete_multipart_upload_after=Duration.days(7)
                ),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        self.add_to_resource_policy(
            aws_iam.PolicyStatement(
                sid="RawObjectsAreWrittenOnce",
                effect=aws_iam.Effect.DENY,
                principals=[aws_iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[self.arn_for_objects(f"{RAW}*")],
                conditions={"Null": {"s3:if-none-match": "true"}},
            )
        )
