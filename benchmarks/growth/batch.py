"""The jobs as processes: curate over dropped files, load_warehouse and maintain_lake after it, beside plain Spark.

Each number of rows has a platform of its own.
"""

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.growth.measured import Measured, measured
from benchmarks.measure.laptop import parts, running
from benchmarks.parts.batch import Input
from benchmarks.parts.spark_jobs import job, run
from benchmarks.report.aims import GROWN_CURATE, GROWN_SPARK
from local.config import RunConfig
from local.parts.programs import REDSHIFT, python_program


def measure(rows: int) -> Iterator[Measured]:
    """Measure the jobs over so many rows."""
    with tempfile.TemporaryDirectory() as folder, parts() as (config, state):
        given = Input(config, Path(folder), rows)
        parquet = str(Path(folder) / "parquet")
        yield measured(GROWN_CURATE, rows, partial(given.curated, rows, len(given.files)))
        yield measured(GROWN_SPARK, rows, partial(given.plain, parquet=parquet))
        config.save(state.config_file)
        with running([python_program(REDSHIFT, state, config.redshift_port)]):
            load = partial(loaded, config, "load_warehouse", rows)
            yield measured("load_warehouse: staged lines → the laptop's Redshift", rows, load)
        yield measured("maintain_lake: the lake's files", rows, partial(run, job(config, "maintain_lake"), config))


def loaded(config: RunConfig, name: str, rows: int, *arguments: str) -> None:
    """Run a load, whose batches must have so many lines in all."""
    said = run(job(config, name), config, *arguments).said
    lines = sum(record.get("lines", 0) for record in said)
    assert lines == rows, said
