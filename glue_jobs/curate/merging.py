"""Selects the staged lines that the lake lacks."""

from collections.abc import Iterable
from datetime import date
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  # as everybody calls it
from pyspark.sql.types import StructField

from commerce.columns import NAMES
from glue_jobs.curate.planning import spans


def new_lines(staged: DataFrame, lake: DataFrame, months: Iterable[date]) -> DataFrame:
    """The staged lines whose LineId is not in the lake, each once, in the columns of the record and then of the lake.

    Lines of one LineId are alike in every column. Only the `months` of the staged lines are read from the lake. A
    column that a later version added to the lake is null: the lines that have a value of it are refused.
    """
    known = lake.where(_in_months(months)).select("LineId")
    return (
        staged.dropDuplicates(["LineId"])
        .join(known, on="LineId", how="left_anti")
        .select(*map(F.col, NAMES), *(_null(field) for field in lake.schema if field.name not in NAMES))
    )


def _null(field: StructField) -> Column:
    return F.lit(None).cast(field.dataType).alias(field.name)


def _in_months(months: Iterable[date]) -> Column:
    within = [
        (F.col("InvoiceDate") >= _midnight(begin)) & (F.col("InvoiceDate") < _midnight(end))
        for begin, end in spans(months)
    ]
    return reduce(lambda one, other: one | other, within, F.lit(False))


def _midnight(day: date) -> Column:
    return F.expr(f"TIMESTAMP_NTZ'{day.isoformat()} 00:00:00'")
