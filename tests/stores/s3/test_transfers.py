"""Objects as files: the one that was listed or none, and whole."""

import io
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from commerce.batches.records import Input
from stores.retries import Retries
from stores.s3.transfers import Transfers
from tests.parts import S3
from tests.stores.servers import s3_client


@pytest.fixture
def transfers(s3: S3) -> Transfers:
    client, bucket = s3_client(s3), f"lake-{uuid4().hex}"
    client.create_bucket(Bucket=bucket)
    return Transfers(client, bucket)


def put(transfers: Transfers, body: bytes) -> Input:
    etag = transfers.client.put_object(Bucket=transfers.bucket, Key="a", Body=body)["ETag"].strip('"')
    return Input("a", etag, len(body))


@pytest.mark.parts
def test_what_was_uploaded_comes_back(transfers: Transfers, tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"x" * 20_000_000)
    transfers.upload(tmp_path / "from", "a")
    transfers.download("a", tmp_path / "to")
    assert (tmp_path / "to").read_bytes() == (tmp_path / "from").read_bytes()


@pytest.mark.parts
def test_an_object_is_fetched_only_as_it_was_listed(transfers: Transfers, tmp_path: Path) -> None:
    listed = put(transfers, b"first")
    assert transfers.fetch(listed, tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == b"first"
    put(transfers, b"second")
    assert not transfers.fetch(listed, tmp_path / "it")
    transfers.client.delete_object(Bucket=transfers.bucket, Key="a")
    assert not transfers.fetch(listed, tmp_path / "it")


class BreakingS3:
    """Its first answer breaks off half-way; the object may be replaced meanwhile."""

    def __init__(self, *, replaced: bool) -> None:
        self.etag, self._replaced, self._asked = "e1", replaced, 0

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str) -> dict[str, Any]:
        if IfMatch != f'"{self.etag}"':
            error: Any = {"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": {"HTTPStatusCode": 412}}
            raise ClientError(error, "GetObject")
        self._asked += 1
        if self._asked > 1:
            return {"Body": StreamingBody(io.BytesIO(b"whole"), 5), "Metadata": {}}
        if self._replaced:
            self.etag = "e2"
        return {"Body": StreamingBody(io.BytesIO(b"wh"), 5), "Metadata": {}}


class DenyingS3:
    """Denies access to what is absent, and to what may not be read."""

    def __init__(self, *keys: str) -> None:
        self._keys = keys

    def get_object(self, **_: str) -> dict[str, Any]:
        error: Any = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(error, "GetObject")

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in self._keys if key.startswith(Prefix)]}


def test_access_denied_means_gone_only_where_nothing_is_listed(tmp_path: Path) -> None:
    gone = Transfers(DenyingS3("ab"), "lake")  # type: ignore[arg-type]
    assert not gone.fetch(Input("a", "e1"), tmp_path / "it")
    denied = Transfers(DenyingS3("a"), "lake")  # type: ignore[arg-type]
    with pytest.raises(ClientError, match="AccessDenied"):
        denied.fetch(Input("a", "e1"), tmp_path / "it")


@pytest.mark.parametrize("replaced", [False, True])
def test_a_broken_answer_is_asked_for_again_and_an_object_replaced_meanwhile_is_none(
    tmp_path: Path, replaced: bool
) -> None:
    retries = Retries(lambda: 60.0, attempts=3, sleep=lambda _: None)
    transfers = Transfers(BreakingS3(replaced=replaced), "lake", retries)  # type: ignore[arg-type]
    assert transfers.fetch(Input("a", "e1"), tmp_path / "it") is not replaced
    if not replaced:
        assert (tmp_path / "it").read_bytes() == b"whole"
