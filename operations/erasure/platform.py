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
from operations.errors import StoreUnreachable
from operations.reconcile.waiting import Settled, settled
from operations.topic import Topic
from stores.target import Target

RETENTION: Final = timedelta(days=7)


def stores(target: Target, bucket: ErasableBucket, job: Job) -> Sequence[Store]:
    """All stores, in the order in which they are erased from: none is filled again from one that comes later."""
    return (
        RawObjects(bucket, target.topic),
        Exports(bucket, partial(check_no_load, target)),
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
