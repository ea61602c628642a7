"""A real platform with quarantined rows, and the commands about them."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commerce.files.documents import order_lines
from commerce.paths import bulk_quarantine_key
from commerce.quarantine import refused_row
from tests.operations.real_platform import RealPlatform
from tests.parts import S3

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"

Run = Callable[..., tuple[int, Any]]
"""Runs one of the commands; returns its exit code and its JSON."""


@pytest.fixture
def platform(kafka: str, dynamodb: str, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RealPlatform:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    return RealPlatform.start(kafka, dynamodb, s3, tmp_path)


@pytest.fixture
def quarantine(platform: RealPlatform, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one of the commands; returns its exit code and its JSON."""

    def run(*arguments: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = platform.run("quarantine", *arguments, "--json")
        return code, json.loads(capsys.readouterr().out)

    return run


def drop(platform: RealPlatform, *lines: str, key: str = "incoming/day.csv") -> None:
    """Put a file into incoming/, and its refused rows into quarantine, as curate does."""
    document = "\n".join([HEADER, *lines]).encode()
    bucket = platform.target.lake_bucket
    etag = platform.s3.put_object(Bucket=bucket, Key=key, Body=document)["ETag"].strip('"')
    refused = [refused_row(key, it).line for it in order_lines(key, io.BytesIO(document)) if it.line is None]
    platform.s3.put_object(Bucket=bucket, Key=bulk_quarantine_key(key, etag), Body=b"".join(refused))


def keys(platform: RealPlatform, prefix: str) -> list[str]:
    found = platform.s3.list_objects_v2(Bucket=platform.target.lake_bucket, Prefix=prefix)
    return [it["Key"] for it in found.get("Contents", [])]
