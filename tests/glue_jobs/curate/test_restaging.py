"""curate --again writes staged files anew that are missing or damaged, and says why where it cannot."""

from typing import Any

import pytest

from commerce import wire
from commerce.errors import StagedFileLost
from commerce.lines import OrderLine
from glue_jobs.curate.job import Curate
from glue_jobs.staged import staged_lines
from stores.s3.batches import Batches
from tests.glue_jobs.curate.test_job import GOOD, TOPIC, archive, drop, rows
from tests.orders import a_line
from tests.spark import Lake
from tests.staged import HARMS

pytestmark = pytest.mark.parts


@pytest.fixture
def curate(spark: Any, lake: Lake) -> Curate:
    made = Curate(spark, lake.bucket, TOPIC, lake.table)
    drop(lake, a=GOOD)
    archive(lake, wire.encode(a_line(InvoiceNo="700000")), wire.encode(a_line(InvoiceNo="700001")))
    made.run()
    return made


def staged_keys(lake: Lake) -> list[str]:
    [manifest] = Batches(lake.s3, lake.bucket).manifests()
    return [*manifest.outcome.staged_files, *manifest.outcome.staged_stream]


def line_ids(spark: Any, lake: Lake) -> list[str]:
    """The LineIds of the staged lines, as a load reads them."""
    [manifest] = Batches(lake.s3, lake.bucket).manifests()
    lines = staged_lines(spark, lake.bucket, staged_keys(lake), manifest.outcome.sums)
    return sorted({row["LineId"] for row in lines.collect()})


@pytest.mark.parametrize("harm", HARMS)
def test_staged_files_that_are_not_what_curate_wrote_are_written_anew(
    spark: Any, curate: Curate, lake: Lake, harm: str
) -> None:
    whole: list[OrderLine] = rows(lake)
    for key in staged_keys(lake):
        HARMS[harm][0](lake.s3, lake.bucket, key)
    with pytest.raises(Exception, match=f"StagedFileLost: .*{HARMS[harm][1]}"):
        line_ids(spark, lake)
    assert curate.run(again=True) == []
    assert line_ids(spark, lake) == [it.LineId for it in whole] == [it.LineId for it in rows(lake)]


def test_a_batch_that_was_stopped_before_its_commit_is_finished_by_again_once_its_staged_file_is_lost(
    curate: Curate, lake: Lake
) -> None:
    whole = rows(lake)
    drop(lake, b=GOOD)
    batches = Batches(lake.s3, lake.bucket)
    plan = curate.plan(batches.fold())
    assert plan
    outcome = curate.read(plan)
    batches.put_outcome(plan.batch, outcome)
    lake.s3.delete_object(Bucket=lake.bucket, Key=outcome.staged_files[0])
    assert [it.batch for it in curate.run(again=True)] == [plan.batch]
    assert (rows(lake), batches.unfinished()) == (whole, [])


def test_a_staged_file_whose_input_is_gone_stays_refused_and_the_input_is_named(curate: Curate, lake: Lake) -> None:
    key = staged_keys(lake)[0]
    for gone in (key, "incoming/a.csv"):
        lake.s3.delete_object(Bucket=lake.bucket, Key=gone)
    for _ in range(2):
        with pytest.raises(StagedFileLost, match=f"{key} cannot be written anew: incoming/a.csv in the lake bucket"):
            curate.run(again=True)
    drop(lake, a=GOOD)
    curate.run(again=True)
    assert staged_keys(lake)[0] == key
