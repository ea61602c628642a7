"""S3: buckets, which S3Proxy keeps."""

from typing import Final

from local.cloudformation.iam import of_documents
from local.cloudformation.no_effect import ENCRYPTION, NETWORK, UNBILLED
from local.cloudformation.resource import Found, Properties, Resource, ResourceType
from local.platform import Bucket


def bucket(resource: Resource, properties: Properties, found: Found) -> Bucket:
    """The bucket, with the statements of its policy."""
    documents = tuple(of["PolicyDocument"] for _, of in found.of(BUCKET_POLICY) if of.get("Bucket") == resource.name)
    return Bucket(resource.name, tuple(of_documents(resource, documents)))


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
BUCKET_POLICY: Final = ResourceType("AWS::S3::BucketPolicy", read=("Bucket", "PolicyDocument"))

TYPES: Final = (BUCKET, BUCKET_POLICY)
