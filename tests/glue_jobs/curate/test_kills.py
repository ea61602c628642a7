"""curate whose workers die, whose S3 is silent, or whose files change under its hands: it comes to the same lake.

What dies between its steps is in `test_job`; the driver killed on the whole platform in tests/end_to_end.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError

from glue_jobs.curate.job import Curate
from stores.s3.batches import Batches
from tests.gate import Request, Shut
from tests.glue_jobs.conftest import Gates
from tests.glue_jobs.curate.test_job import GOOD, TOPIC, drop, lines_of, quarantined, rows
from tests.orders import cells, csv_document
from tests.spark import Lake

pytestmark = pytest.mark.parts

MIXED = csv_document(cells(InvoiceNo="700000"), cells(Quantity="x"), cells(InvoiceNo="700001"))
OTHER = csv_document(*[cells(InvoiceNo=f"{800_000 + number}") for number in range(200)])


@pytest.fixture
def curate(spark: Any, lake: Lake, gates: Gates) -> Curate:
    return Curate(spark, lake.bucket, TOPIC, lake.table)


def once(pattern: str, then: Callable[[], None]) -> Callable[[Request], bool]:
    """Do something at the first request like this; whether it is that one."""
    done = False

    def watch(request: Request) -> bool:
        nonlocal done
        if done or not re.match(pattern, request.what):
            return False
        done = True
        then()
        return True

    return watch


@pytest.mark.parametrize(
    "request_", ["GET .*/incoming/b", "PUT .*/quarantine/", "PUT .*/batches/staged/.*/incoming/00000.parquet"]
)
def test_a_run_whose_workers_are_killed_while_they_read_is_finished_by_the_next(
    curate: Curate, gates: Gates, lake: Lake, request_: str
) -> None:
    drop(lake, a=GOOD, b=MIXED, c=OTHER)
    kill = once(request_, gates.kill_workers)

    def watch(request: Request) -> None:
        if kill(request):
            raise Shut

    gates.objects.watch = watch
    with pytest.raises(Py4JJavaError, match="Job aborted"):
        curate.run()
    assert rows(lake) == []
    assert len(Batches(lake.s3, lake.bucket).unfinished()) == 1
    (manifest,) = curate.run()
    assert rows(lake) == lines_of(GOOD, MIXED, OTHER)
    assert [taken.lines for taken in manifest.outcome.files] == [3, 2, 200]
    assert len(quarantined(lake)) == 1
    assert Batches(lake.s3, lake.bucket).unfinished() == []


def test_a_run_waits_for_an_s3_that_is_silent_for_a_while(curate: Curate, gates: Gates, lake: Lake) -> None:
    drop(lake, a=GOOD, b=MIXED)
    silent = {"GET .*/incoming/a": 5, "PUT .*/batches/staged/": 5, "PUT .*/batches/manifests/": 5}

    def watch(request: Request) -> None:
        for pattern, left in silent.items():
            if left and re.match(pattern, request.what):
                silent[pattern] -= 1
                raise Shut

    gates.objects.watch = watch
    curate.run()
    assert set(silent.values()) == {0}
    assert rows(lake) == lines_of(GOOD, MIXED)


@pytest.mark.parametrize("broken", [True, False])
def test_a_file_replaced_while_it_is_read_is_taken_as_it_was_listed_or_by_the_next_run(
    curate: Curate, gates: Gates, lake: Lake, broken: bool
) -> None:
    drop(lake, a=GOOD, b=MIXED)
    replace = once("GET .*/incoming/a", lambda: drop(lake, a=OTHER))
    # broken off, the rest of what was listed is there no more
    gates.objects.cut_bodies = lambda request: replace(request) and broken
    (first,) = curate.run()
    assert [taken.key for taken in first.outcome.files] == (
        ["incoming/b.csv"] if broken else ["incoming/a.csv", "incoming/b.csv"]
    )
    assert rows(lake) == (lines_of(MIXED) if broken else lines_of(GOOD, MIXED))
    (second,) = curate.run()
    assert [(taken.key, taken.lines) for taken in second.outcome.files] == [("incoming/a.csv", 200)]
    assert rows(lake) == (lines_of(MIXED, OTHER) if broken else lines_of(GOOD, MIXED, OTHER))
    assert curate.run() == []
