"""Spark's daemon of Python workers, as `spark.python.daemon.module` names it: it is ready before it forks a worker.

Spark forks a worker for every slot of a stage. Each would import Arrow, boto3 and the job's modules for itself (1.6 s
of CPU), and before each task `pyspark.worker` has all zip files of `sys.path` read anew (0.1 to 0.2 s of CPU: Spark
puts its own zips and its largest jar there).
"""

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Final

NEEDED: Final = (
    "pyarrow.parquet",
    "pyspark.sql.pandas.serializers",
    "boto3",
    "glue_jobs.curate.tasks",
    "glue_jobs.load_tables.tasks",
    "glue_jobs.load_warehouse.tasks",
)
"""The modules that workers import. A job's modules zip holds its own tasks only: other jobs' are not found there."""


def main() -> None:
    """Import what workers need, then serve Spark's requests for workers until it closes this process's input."""
    for archive in archives_of_spark(sys.path, os.environ["SPARK_HOME"]):
        sys.path.remove(archive)
        sys.path_importer_cache.pop(archive, None)
    from pyspark.daemon import manager

    for name in NEEDED:
        with suppress(ImportError):
            import_module(name)
    gc.freeze()  # workers collect garbage after each task, and need not look through what is imported
    manager()  # type: ignore[no-untyped-call]  # pyspark types no more of it


def archives_of_spark(path: Sequence[str], home: str) -> list[str]:
    """The zips and jars of this import path in Spark's folder `home`; pyspark is installed unpacked as well."""
    return [entry for entry in path if entry.startswith(home + os.sep) and entry.endswith((".zip", ".jar"))]


if __name__ == "__main__":
    main()
