"""S3: buckets, which S3Proxy keeps."""

from typing import Final

from local.cloudformation.no_effect import ENCRYPTION, NETWORK, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.platform import Bucket


def bucket(resource: Resource, properties: Properties, found: Found) -> Bucket:
    """The bucket, of which only the name matters here."""
    return Bucket(resource.name)


BUCKET: Final = ResourceType(
    "AWS::S3::Bucket",
    reader=bucket,
    no_effect={
        "BucketEncryption": ENCRYPTION,
        "LifecycleConfiguration": "S3Proxy keeps no versions, and nothing else in the bucket expires",
        "OwnershipControls": "the laptop has one owner",
        "PublicAccessBlockConfiguration": NETWORK,
        "Tags": UNBILLED,
        "VersioningConfiguration": "S3Proxy keeps no versions; raw objects are never written twice",
    },
    name_property="BucketName",
    arn="arn:aws:s3:::{name}",
)
BUCKET_POLICY: Final = ResourceType(
    "AWS::S3::BucketPolicy",
    no_effect_at_all="S3Proxy knows no policies; writers ask if-none-match, and the policy is tested as text",
)

TYPES: Final = (BUCKET, BUCKET_POLICY)
