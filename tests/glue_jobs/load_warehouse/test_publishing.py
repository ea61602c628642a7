"""The publication of the sales extracts, after loads into the laptop's Redshift; no Spark is needed for it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from commerce.extracts import EXTRACTS, Published, body
from commerce.paths import SALES
from glue_jobs.load_warehouse.job import LoadWarehouse
from stores.s3 import transfers
from stores.s3.extracts import Extracts
from tests.glue_jobs.load_warehouse import dying
from tests.orders import some_lines
from tests.parts import S3
from tests.redshift import Redshift
from tests.spark import job_environment
from tests.warehouse.handover import Handover
from warehouse import extracts

pytestmark = pytest.mark.parts

LINES = some_lines(300)


class Loads(Handover):
    """A warehouse that is loaded batch by batch, and the extracts that its job publishes."""

    def load_more(self, start: int, end: int) -> None:
        """Load these of the lines as one batch."""
        batch = f"20101201T000000Z-{start:04}"
        self.put(LINES[start:end], batch=batch)
        self.run(self.load(end - start, batch))

    def job(self) -> LoadWarehouse:
        """One run of the job, for which no batch is left to load."""
        spark: Any = None
        return LoadWarehouse(spark, self.bucket, self.warehouse)

    @property
    def store(self) -> Extracts:
        """The store of the extracts that the job publishes for the pages."""
        return Extracts(self.redshift.s3, self.bucket)

    def newest(self) -> Published:
        """The newest version; there must be one."""
        found = self.store.newest()
        assert found
        return found

    def killed(self) -> None:
        """Run the job in a process that dies just before it writes the manifest of the extracts."""
        place = [self.redshift.workgroup, self.redshift.database]
        call = [sys.executable, "-m", "tests.glue_jobs.load_warehouse.dying", dying.PUBLISHING, self.bucket, *place]
        environment = {
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": self.redshift.endpoint,
            "AWS_DEFAULT_REGION": self.redshift.region,
        }
        ran = subprocess.run(call, env=os.environ | environment, capture_output=True, text=True, timeout=2400)
        assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.fixture
def loads(s3: S3, redshift: Redshift, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loads:
    for name, value in job_environment(s3).items():
        monkeypatch.setenv(name, value)
    transfers.s3.cache_clear()
    return Loads(redshift, tmp_path, f"lake-{uuid4().hex[:12]}")


def test_a_load_of_something_new_is_published_and_stands_beside_the_version_before(loads: Loads) -> None:
    loads.load_more(0, 200)
    loads.job().run()
    first = loads.newest()
    loads.load_more(200, 300)
    loads.job().run()
    second = loads.newest()
    assert second.version != first.version
    now = {name: extracts.read(loads.warehouse, name) for name in EXTRACTS}
    assert second.extracts == {name: found.rows for name, found in now.items()}
    assert {name: loads.store.read(second.version, name) for name in EXTRACTS} == {
        name: body(found) for name, found in now.items()
    }
    # whoever has just read the older manifest finds what it names
    assert loads.store.read(first.version, "daily")


def test_a_run_with_nothing_new_publishes_nothing(loads: Loads, capsys: pytest.CaptureFixture[str]) -> None:
    loads.load_more(0, 200)
    loads.job().run()
    published = loads.newest()
    capsys.readouterr()
    loads.job().run()
    assert (loads.newest(), capsys.readouterr().out) == (published, "")


def test_a_batch_that_changes_no_figure_keeps_the_version(loads: Loads) -> None:
    loads.load_more(0, 200)
    loads.job().run()
    before = loads.newest()
    loads.load_more(100, 200)
    loads.job().run()
    after = loads.newest()
    assert (after.version, after.source != before.source) == (before.version, True)
    found = loads.redshift.s3.list_objects_v2(Bucket=loads.bucket, Prefix=SALES)["Contents"]
    assert len(found) == 1 + len(EXTRACTS)


def test_a_run_that_dies_while_it_publishes_leaves_the_older_version_and_the_next_publishes(loads: Loads) -> None:
    loads.load_more(0, 200)
    loads.killed()
    assert loads.store.newest() is None
    loads.job().run()
    older = loads.newest()
    loads.load_more(200, 300)
    loads.killed()
    assert loads.newest() == older
    assert loads.store.read(older.version, "daily")
    loads.job().run()
    newer = loads.newest()
    assert newer.version != older.version
    assert loads.store.read(newer.version, "daily") == body(extracts.read(loads.warehouse, "daily"))
