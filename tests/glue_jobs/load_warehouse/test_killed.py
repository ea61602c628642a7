"""A run that is killed anywhere, and a second one beside it: the next run comes to the same end."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.glue_jobs.load_warehouse import dying
from tests.glue_jobs.load_warehouse.curated import Curated
from tests.orders import some_lines
from tests.redshift import Redshift
from tests.spark import Lake
from tests.warehouse.handover import by_id

pytestmark = pytest.mark.parts

FIRST, SECOND = "20101201T000000Z-0001", "20101202T000000Z-0001"
LINES = some_lines(300)


@pytest.fixture
def curated(spark: Any, lake: Lake, redshift: Redshift, tmp_path: Path) -> Curated:
    it = Curated(spark, lake, redshift, tmp_path)
    it.curate(FIRST, [LINES[:200]])
    it.curate(SECOND, [LINES[150:]])
    return it


def killed(curated: Curated, step: str) -> None:
    """Run the job in a process that dies at this step."""
    redshift = curated.redshift
    environment = os.environ | {
        "AWS_ENDPOINT_URL_REDSHIFT_DATA": redshift.endpoint,
        "AWS_DEFAULT_REGION": redshift.region,
    }
    place = [curated.lake.bucket, redshift.workgroup, redshift.database]
    call = [sys.executable, "-m", "tests.glue_jobs.load_warehouse.dying", step, *place]
    ran = subprocess.run(call, env=environment, capture_output=True, text=True, timeout=2400)
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def stage(curated: Curated) -> None:
    """Hand both batches over, so that the process which dies later needs no Spark."""
    for batch in (FIRST, SECOND):
        ready = curated.job().hand_over(batch, curated.batches.manifest(batch).outcome)
        curated.batches.put_copy_manifest(batch, ready)


@pytest.mark.parametrize("step", [dying.STAGED, dying.LISTED, dying.RUNNING, dying.LOADED])
def test_a_run_killed_at_any_step_is_finished_by_the_next(curated: Curated, step: str) -> None:
    if step in (dying.RUNNING, dying.LOADED):
        stage(curated)
    killed(curated, step)
    curated.job().run()
    assert curated.lines() == by_id(LINES)
    assert curated.ledger() == [(FIRST, 200, 200, 200), (SECOND, 150, 150, 100)]
    assert curated.job().run() == []
    assert curated.batches.loaded("warehouse") == {FIRST, SECOND}


def test_two_runs_at_once_load_each_batch_once(curated: Curated) -> None:
    together = Barrier(2)

    def go() -> None:
        together.wait(300)
        curated.job().run()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(go), pool.submit(go)]:
            future.result(600)
    assert curated.lines() == by_id(LINES)
    assert curated.ledger() == [(FIRST, 200, 200, 200), (SECOND, 150, 150, 100)]
