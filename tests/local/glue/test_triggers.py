"""The order in which triggers start jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime

from local.glue.triggers import next_due, run_from
from local.platform import Trigger


def clock(*jobs: str, workflow: str | None = "batch", schedule: str = "cron(0 * * * ? *)") -> Trigger:
    return Trigger("start", workflow, schedule, (), False, jobs)


def after(*others: str, run: Sequence[str], any_of_them: bool = True, workflow: str | None = "batch") -> Trigger:
    return Trigger(f"then-{run[0]}", workflow, None, others, any_of_them, tuple(run))


def ran(triggers: Sequence[Trigger], failing: Sequence[str] = ()) -> list[tuple[str, bool]]:
    return list(run_from(triggers[0], triggers, lambda job: job not in failing))


def test_a_job_runs_when_the_one_before_it_has_succeeded() -> None:
    triggers = [clock("curate"), after("load_tables", run=["last"]), after("curate", run=["load_tables"])]
    assert ran(triggers) == [("curate", True), ("load_tables", True), ("last", True)]


def test_nothing_runs_after_a_job_that_failed() -> None:
    assert ran([clock("curate"), after("curate", run=["load_tables"])], failing=["curate"]) == [("curate", False)]


def test_two_jobs_after_one_both_run_and_one_failing_does_not_stop_the_other() -> None:
    triggers = [clock("curate"), after("curate", run=["tables", "warehouse"])]
    assert ran(triggers, failing=["tables"]) == [("curate", True), ("tables", False), ("warehouse", True)]


def test_all_means_all_and_any_means_once() -> None:
    both = [clock("a", "b"), after("a", "b", run=["c"], any_of_them=False)]
    assert ran(both) == [("a", True), ("b", True), ("c", True)]
    assert ran(both, failing=["b"]) == [("a", True), ("b", False)]
    assert ran([clock("a", "b"), after("a", "b", run=["c"])]) == [("a", True), ("b", True), ("c", True)]


def test_another_workflows_triggers_are_not_set_off() -> None:
    assert ran([clock("a"), after("a", run=["b"], workflow="other")]) == [("a", True)]


def test_a_circle_ends() -> None:
    assert ran([clock("a"), after("a", run=["b"]), after("b", run=["a"])]) == [("a", True), ("b", True), ("a", True)]


def test_the_soonest_is_due_first() -> None:
    hourly, often = clock("a"), clock("b", schedule="cron(0/10 * * * ? *)")
    due = next_due([hourly, after("a", run=["c"]), often], datetime(2026, 1, 1, 8, 1, tzinfo=UTC))
    assert [(f"{time:%H:%M}", trigger.jobs) for time, trigger in due] == [("08:10", ("b",)), ("09:00", ("a",))]
