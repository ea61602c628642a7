"""A backfill of a deployed stage: its plan, and its event source mapping on an emulated account."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from lambdas.browse import examples
from operations.backfill import cli, stage
from operations.backfill.mapping import StagePlan, beside, caught_up, mapping_of, planned_on_stage, sentences
from operations.errors import Refused
from stores.target import Target
from tests.operations.stage.aws import Aws
from tests.operations.stage.aws import stage as deployed
from tests.orders import a_line

NOW = datetime(2026, 11, 29, 20, 5, tzinfo=UTC)
SINCE = datetime(2026, 11, 29, 18, tzinfo=UTC)
FUNCTION = "arn:aws:lambda:us-east-1:1:function:tables"


def a_mapping(group: str, **changed: Any) -> dict[str, Any]:
    """A mapping as Lambda answers one that polls on demand."""
    return {
        "UUID": f"of-{group}",
        "FunctionArn": FUNCTION,
        "EventSourceArn": "arn:aws:kafka:us-east-1:1:cluster/dev/1",
        "Topics": ["order-lines"],
        "BatchSize": 500,
        "MaximumBatchingWindowInSeconds": 1,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "LastProcessingResult": "OK",
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": group},
        "DestinationConfig": {"OnFailure": {}},
        "MaximumRetryAttempts": -1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "FunctionResponseTypes": [],
        **changed,
    }


PLAN = StagePlan("dev-order-tables", "dev-order-tables-backfill-20261129T200500Z", SINCE, by_offsets=False, held=40)


def test_the_mapping_beside_has_what_is_set_of_the_usual_one_and_begins_at_the_time() -> None:
    assert beside(a_mapping("dev-order-tables"), PLAN) == {
        "FunctionName": FUNCTION,
        "EventSourceArn": "arn:aws:kafka:us-east-1:1:cluster/dev/1",
        "Topics": ["order-lines"],
        "BatchSize": 500,
        "MaximumBatchingWindowInSeconds": 1,
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": PLAN.beside},
        "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": SINCE,
    }
    of_prod = {
        "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 4, "PollerGroupName": "order-lines"},
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::lake"}},
        "MaximumRetryAttempts": 8,
        "BisectBatchOnFunctionError": True,
    }
    assert of_prod.items() <= beside(a_mapping("dev-order-tables", **of_prod), PLAN).items()


def test_a_time_that_is_not_over_is_refused_and_a_plan_says_what_a_mapping_cannot() -> None:
    assert planned_on_stage("dev-order-tables", NOW, SINCE, 40) == PLAN
    with pytest.raises(Refused, match="2026-11-29 20:05:00 UTC is not over yet"):
        planned_on_stage("dev-order-tables", NOW, NOW, 40)
    assert len(sentences(PLAN)) == 3
    assert "the time of the earliest named offset" in sentences(msgspec.structs.replace(PLAN, by_offsets=True))[1]


def test_a_second_backfill_and_one_that_was_left_behind_are_refused() -> None:
    usual, left = a_mapping("dev-order-tables"), a_mapping("dev-order-tables-backfill-1")
    assert mapping_of("dev-order-tables", [a_mapping("dev-raw-archive-backfill-1"), usual]) == usual
    with pytest.raises(Refused, match="delete-event-source-mapping --uuid of-dev-order-tables-backfill-1"):
        mapping_of("dev-order-tables", [usual, left])
    with pytest.raises(Refused, match="no event source mapping that reads as dev-order-tables"):
        mapping_of("dev-order-tables", [])


@pytest.mark.parametrize(
    ("behind", "usual", "is_done"),
    [
        ((900, 5, 0, 7), (0, 5, 0, 7), True),
        ((0, 0), (0, 0), False),
        ((900, 0, 0, 0), (), True),
        ((0, 0, 1, 0), (), False),
        ((), (0, 0, 0), False),
    ],
)
def test_it_has_caught_up_when_it_is_no_further_behind_than_the_usual_reading_for_three_minutes(
    behind: tuple[int, ...], usual: tuple[int, ...], is_done: bool
) -> None:
    def points(values: tuple[int, ...]) -> dict[datetime, float]:
        return {NOW + timedelta(minutes=minute): float(value) for minute, value in enumerate(values)}

    assert caught_up(points(behind), points(usual)) == is_done


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Aws, Target]]:
    monkeypatch.setattr(stage, "LOOK_SECONDS", 0.0)
    messages = msgspec.json.encode(examples.messages(a_line()))
    account = Aws(pipeline=(200, msgspec.json.encode(examples.pipeline())), messages=messages)
    with deployed(account) as it:
        account.mappings = {"usual": a_mapping(it.target.order_tables_group)}
        yield account, it.target


def backfill(target: Target, *asked: str) -> int:
    """Run the command on this target, as on a deployed stage."""
    return cli.of_stage(target, cli.parser().parse_args(["order_tables", *asked]))


def test_a_backfill_makes_a_mapping_watches_it_and_deletes_it(
    aws: tuple[Aws, Target], capsys: pytest.CaptureFixture[str]
) -> None:
    account, target = aws
    account.lags = [[], [70.0], [0.0, 70.0], [0.0] * 3]
    assert backfill(target, "--from-time", "2026-01-01", "--yes") == 0
    out, err = capsys.readouterr()
    [made] = [given for name, given in account.asked if name == "POST mapping"]
    assert (made["StartingPosition"], made["StartingPositionTimestamp"]) == (
        "AT_TIMESTAMP",
        datetime(2026, 1, 1, tzinfo=UTC).timestamp(),
    )
    group = made["AmazonManagedKafkaEventSourceConfig"]["ConsumerGroupId"]
    assert group.startswith(f"{target.order_tables_group}-backfill-")
    assert list(account.mappings) == ["usual"]
    assert "every message from 2026-01-01 00:00:00 UTC on is read again" in out
    assert "enabled, 70 messages behind" in err
    assert "order_tables has read them again" in out


def test_a_backfill_that_makes_no_progress_deletes_its_mapping(
    aws: tuple[Aws, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    account, target = aws
    monkeypatch.setattr(stage, "QUIET_SECONDS", -1.0)
    account.lags = [[70.0]]
    with pytest.raises(Refused, match="the consumer has not gone on for .*70 messages behind"):
        backfill(target, "--from-time", "2026-01-01", "--yes")
    assert list(account.mappings) == ["usual"]


def test_a_dry_run_makes_nothing_and_offsets_mean_the_time_of_their_message(
    aws: tuple[Aws, Target], capsys: pytest.CaptureFixture[str]
) -> None:
    account, target = aws
    assert backfill(target, "--from-offset", "0=3107", "--dry-run", "--json") == 0
    shown = msgspec.json.decode(capsys.readouterr().out)
    at = examples.messages(a_line()).messages[0].at
    assert (shown["dry_run"], datetime.fromisoformat(shown["plan"]["since"])) == (True, at)
    assert list(account.mappings) == ["usual"]
    with pytest.raises(Refused, match="the topic has no partition 99"):
        backfill(target, "--from-offset", "99=0", "--dry-run")
