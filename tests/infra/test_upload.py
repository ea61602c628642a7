"""The upload of the built pages to S3, on a real server."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from infra import upload
from infra.stages import STAGES
from tests.parts import S3
from tests.stores.servers import s3_client
from web.headers import ASK_AGAIN, FOR_EVER

CONFIG = {"signIn": {"region": "eu-central-1"}}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder as the build leaves it."""
    files = {"index.html": "<!doctype html>", "assets/app-1a2b.js": "1", "config.json": "{}", ".digest": "d"}
    files |= {"contract.html": "<!doctype html>", "assets/contract-3c4d.js": "2"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parts
def test_files_are_put_with_type_and_age_the_page_that_names_them_last(s3: S3, built: Path) -> None:
    client, bucket = s3_client(s3), f"pages-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=bucket)
    assert upload.upload(client, bucket, built, CONFIG) == ["assets/app-1a2b.js", "config.json", "index.html"]
    found = {name: client.get_object(Bucket=bucket, Key=name) for name in ("assets/app-1a2b.js", "config.json")}
    assert json.loads(found["config.json"]["Body"].read()) == CONFIG
    assert {name: (it["ContentType"], it["CacheControl"]) for name, it in found.items()} == {
        "assets/app-1a2b.js": ("text/javascript", FOR_EVER),
        "config.json": ("application/json", ASK_AGAIN),
    }


def test_a_stage_that_hosts_no_pages_uploads_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert [stage for stage in STAGES.values() if stage.api.pages] == []
    assert upload.main(["--stage", "dev"]) == 2
    assert "stage dev hosts no pages" in capsys.readouterr().err
