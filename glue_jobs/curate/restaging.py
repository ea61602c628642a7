"""Stages anew what is missing or damaged of the batches' staged files, from the inputs that they were made of."""

from collections.abc import Callable, Collection, Iterable

import msgspec
from pyspark.sql import SparkSession

from commerce.batches.paths import staged_key
from commerce.batches.records import Outcome, Plan, Taken
from commerce.errors import StagedFileLost
from glue_jobs.curate import planning
from glue_jobs.curate.planning import Done, Task
from glue_jobs.staged import fault, most_tasks

Read = Callable[[list[Task]], list[Done]]
"""Reads and stages these tasks in Spark."""


def faults(spark: SparkSession, bucket: str, outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The faults of the staged files of these batches, by key; the files that are right are not in it."""
    staged = [(key, it.sums.get(key)) for it in outcomes for key in (*it.staged_files, *it.staged_stream)]
    if not staged:
        return {}
    checked = spark.sparkContext.parallelize(staged, min(len(staged), most_tasks(spark))).map(
        lambda it: (it[0], fault(it[0], bucket, it[1]))
    )
    return {key: what for key, what in checked.collect() if what}


def restaged(plan: Plan, outcome: Outcome, broken: Collection[str], read: Read) -> Outcome:
    """The outcome of the batch once its broken staged files have been written anew.

    Raises `StagedFileLost` if an input is not there any more, or was replaced: the file then stays refused.
    """
    tasks = {key: it for it in planning.tasks(plan) if (key := staged_key(it.batch, it.source, it.number)) in broken}
    for key in broken:
        _check_division(key, tasks.get(key), outcome)
    done = {staged_key(plan.batch, it.source, it.number): it for it in read(list(tasks.values()))}
    for key, it in done.items():
        _check_inputs(key, _inputs(tasks[key], outcome), it)
    # all lines of a file may have been erased since: then none is staged
    empty = {key for key, it in done.items() if it.staged is None}
    return msgspec.structs.replace(
        outcome,
        staged_files=tuple(key for key in outcome.staged_files if key not in empty),
        staged_stream=tuple(key for key in outcome.staged_stream if key not in empty),
        sums={key: it for key, it in outcome.sums.items() if key not in empty}
        | {key: it.sum for key, it in done.items() if it.sum},
    )


def _inputs(task: Task, outcome: Outcome) -> list[Taken]:
    """The inputs of the task that were read when it was staged."""
    taken = {it.identity: it for it in (*outcome.files, *outcome.objects)}
    return [taken[it.identity] for it in task.inputs if it.identity in taken]


def _check_division(key: str, task: Task | None, outcome: Outcome) -> None:
    """Raise if the file was made of other inputs than this version's task of its name."""
    recorded = outcome.sums.get(key)
    if task is None or (recorded and recorded.lines != sum(it.lines for it in _inputs(task, outcome))):
        raise StagedFileLost(
            f"the staged file {key} cannot be written anew: another version of Tillstream staged it, which divided the "
            "batch's inputs otherwise. Run `tillstream job curate --again` with that version"
        )


def _check_inputs(key: str, inputs: Iterable[Taken], done: Done) -> None:
    """Raise if an input of the file was not read again as it was."""
    read = {it.identity for it in done.taken}
    if gone := [it.key for it in inputs if it.identity not in read]:
        raise StagedFileLost(
            f"the staged file {key} cannot be written anew: {', '.join(gone)} in the lake bucket, of which it was "
            "made, is gone or was replaced. Put it back as it was (raw objects: docs/runbook/bucket-restored.md) "
            "and run `tillstream job curate --again`"
        )
