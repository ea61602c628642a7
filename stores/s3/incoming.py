"""The folder `incoming/` of the lake bucket, from which curate takes dropped files."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from commerce.errors import TillstreamError
from stores.s3.objects import Lake

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class NotDropped(TillstreamError):
    """A file could not be uploaded to `incoming/`; says which and why."""


@dataclass(frozen=True, slots=True)
class IncomingFolder:
    """The folder `incoming/` of one lake bucket, reached by an S3 client."""

    client: "S3Client"
    bucket: str

    def put(self, file: Path, key: str) -> bool:
        """Upload the file, in parts if it is large; True if it replaced an object. Raises `NotDropped`."""
        try:
            replaced = Lake(self.client, self.bucket).holds(key)
            self.client.upload_file(str(file), self.bucket, key, ExtraArgs={"ContentType": "text/csv"})
        except OSError as error:
            raise NotDropped(f"{file} cannot be read: {error.strerror or error}") from error
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise NotDropped(f"{file} cannot be put at s3://{self.bucket}/{key}: {error}") from error
        return replaced
