"""The stores of one platform as an erasure reads and changes them."""

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from datetime import timedelta
from functools import partial
from typing import Final

from operations.bulk_load.under_way import check_no_load
from operations.erasure.batches import BatchFiles
from operations.erasure.bucket import ErasableBucket
from operations.erasure.by_jobs import Job, Lake, Warehouse
from operations.erasure.exports import Exports
from operations.erasure.incoming import DroppedFiles
from operations.erasure.quarantined import QuarantineStore
from operations.erasure.raw_objects import RawObjects
from operations.erasure.steps import Store
from operations.erasure.tables import OrderTables
from operations.errors import Refused, StoreUnreachable
from operations.reconcile.waiting import Settled, settled
from operations.topic import Topic
from stores.target import Target

RETENTION: Final = timedelta(days=7)


LOADS: Final = "load_tables"
"""The job that writes items to the tables, or to the bucket for a bulk load of them."""


def stores(target: Target, bucket: ErasableBucket, job: Job, check_no_job: Callable[[], None]) -> Sequence[Store]:
    """All stores, in the order in which they are erased from: none is filled again from one that comes later.

    `check_no_job` raises `Refused` while load_tables runs.
    """
    return (
        RawObjects(bucket, target.topic),
        Exports(bucket, check_no_job, partial(check_no_load, target)),
        OrderTables(target),
        Lake(bucket, job, partial(_named_files, target)),
        DroppedFiles(bucket),
        BatchFiles(bucket),
        Warehouse(target, job),
        QuarantineStore(bucket),
    )


def _named_files(target: Target) -> frozenset[str]:
    from operations.lake.table import LakeTable  # pyiceberg takes a second to import

    return LakeTable(target).keys()


def check_no_job(target: Target, stack: str | None) -> None:
    """Raise `Refused` while load_tables runs: it may write lines that it read before they were erased."""
    if _runs(target, stack):
        raise Refused(
            f"{LOADS} is running, and may write lines that it read before they are erased: wait until it has ended, "
            "and run this again"
        )


def _runs(target: Target, stack: str | None) -> bool:
    if stack:
        from operations.stage import jobs
        from operations.stage.deployed import Deployed

        return jobs.runs(Deployed(stack, target), LOADS)
    from local.glue.command import runs_now
    from local.state import State

    return runs_now(LOADS, State.here())


def job_of(target: Target, stack: str | None) -> Job:
    """A function that runs a job of the platform to its end, at the terminal."""

    def run(name: str, own: list[str]) -> bool:
        with redirect_stdout(sys.stderr):
            if stack:
                from operations.stage import jobs
                from operations.stage.deployed import Deployed

                return jobs.run_named(Deployed(stack, target), name, own) == 0
            from local.glue.command import run_named
            from local.state import State

            return run_named(name, own, State.here()) == 0

    return run


def settle(target: Target, topic: Topic, wait_seconds: float, say: Callable[[str], None]) -> Settled:
    """The progress of both consumer groups, once they have read all that is in the topic now, or stand still."""
    return settled(topic, [target.raw_archive_group, target.order_tables_group], wait_seconds, say)


def topic(target: Target, stack: str | None) -> Topic:
    """The topic, by the brokers of the laptop, or as the API of a deployed stage shows it."""
    if not stack:
        return Topic(target)
    from operations.stage.topic import StageTopic
    from producer.api import Api

    return StageTopic(target, Api(target).connect())


def retention(of: Topic) -> timedelta:
    """The time for which the topic keeps a message; the platform's setting where the brokers cannot be asked."""
    try:
        return timedelta(milliseconds=int(of.setting("retention.ms")))
    except StoreUnreachable:
        return RETENTION
