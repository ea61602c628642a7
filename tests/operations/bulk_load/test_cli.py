"""`tillstream fill` looks again before it loads, and leaves what a job may still write."""

from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path

import pytest

from commerce.batches.paths import EXPORTS, export_prefix, staged_key
from commerce.batches.records import Manifest, Outcome
from operations.bulk_load import cli
from operations.bulk_load.loading import BulkLoad
from operations.errors import Refused
from stores import target as find_target
from stores.dynamodb.tables import Tables
from stores.s3.batches import Batches
from stores.target import Target
from tests.operations.backfill.test_stage import a_mapping
from tests.operations.bulk_load.emulated import served
from tests.operations.bulk_load.test_loading import EXPORT, LINES, Platform
from tests.operations.real_platform import RealPlatform
from tests.operations.stage.aws import Aws
from tests.operations.stage.aws import stage as deployed
from tests.parts import S3

OPTIONS = Namespace(dollars_per_gb=cli.dollars("0.10"), dry_run=False, yes=True, json=False)


@pytest.fixture
def platform(kafka: str, dynamodb: str, s3: S3, tmp_path: Path) -> Platform:
    return Platform(RealPlatform.start(kafka, dynamodb, s3, tmp_path))


@pytest.mark.parts
def test_what_came_to_the_tables_during_the_export_and_the_question_is_seen(platform: Platform) -> None:
    with served(platform.real.target, "IN_PROGRESS") as (stage, loads), deployed(account := Aws()) as aws:
        stage.endpoints["lambda"] = aws.target.endpoints["lambda"]

        def refused(why: str) -> None:
            with pytest.raises(Refused, match=why):
                cli._loaded(BulkLoad(stage, print), EXPORT, stage, OPTIONS)
            assert loads.asked == []

        account.mappings = {"usual": a_mapping(stage.order_tables_group)}
        refused("is fed by the event source mapping")
        loads.begin(stage.invoices_table)
        refused("is under way")
        Tables(platform.real.dynamodb, stage.invoices_table, stage.customers_table).add(LINES[:1])
        refused("holds items")


@pytest.mark.parts
@pytest.mark.parametrize(("interrupted", "left"), [(True, 1), (False, 0)])
def test_items_that_a_stages_job_may_still_write_stay_and_those_of_one_that_failed_go(
    platform: Platform,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    interrupted: bool,
    left: int,
) -> None:
    names = []

    def job(target: Target, stack: str | None, name: str) -> int:
        names.append(name)
        key = f"{export_prefix(name, 'invoices')}00000.json.gz"
        platform.real.s3.put_object(Bucket=target.lake_bucket, Key=key, Body=b"")
        if interrupted:
            raise KeyboardInterrupt
        return 1

    with served(platform.real.target) as (stage, _), deployed(Aws()) as aws:
        stage.endpoints["lambda"] = aws.target.endpoints["lambda"]
        monkeypatch.setattr(find_target, "find", lambda stack: stage)
        monkeypatch.setattr(cli, "_exported", job)
        with pytest.raises(Refused, match="nothing to load: `tillstream job curate`"):
            cli.fill(["--stack", "tillstream-dev"])
        assert names == []
        outcome = Outcome((), (), (staged_key("b", "incoming", 0),), (), ())
        Batches(platform.real.s3, stage.lake_bucket).put_manifest(Manifest("b", 1, 9, outcome))
        with pytest.raises(KeyboardInterrupt) if interrupted else nullcontext():
            assert cli.fill(["--stack", "tillstream-dev"]) == 1
    found = platform.real.s3.list_objects_v2(Bucket=stage.lake_bucket, Prefix=f"{EXPORTS}{names[0]}/")
    assert found["KeyCount"] == left
    said = f"{EXPORTS}{names[0]}/ stay, since the job load_tables may write them still: delete them when it has ended"
    assert (said in capsys.readouterr().err) is interrupted
