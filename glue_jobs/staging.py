"""Parquet files of lines inside a job: written one line after another in bounded memory, and read back.

The columns are those of `commerce.columns`. Arrow carries them, so Spark needs no file system of its own for S3.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from hashlib import file_digest
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import pyarrow as pa
from pyarrow import compute, parquet

from commerce.batches.records import Sum
from commerce.columns import COLUMNS, MONEY_DECIMALS, MONEY_DIGITS, Column, Kind
from commerce.errors import NewerRecord
from commerce.lines import ADDED, OrderLine

ROWS_AT_ONCE: Final = 20_000
"""Lines held in memory before they are written; some 10 MB."""

_MONEY: Final = f"decimal({MONEY_DIGITS},{MONEY_DECIMALS})"
_ARROW: Final = {
    Kind.TEXT: pa.string(),
    Kind.INT32: pa.int32(),
    Kind.INT64: pa.int64(),
    Kind.LOCAL_TIME: pa.timestamp("us"),
    Kind.MONEY: pa.decimal128(MONEY_DIGITS, MONEY_DECIMALS),
}
_SPARK: Final = {
    Kind.TEXT: "string",
    Kind.INT32: "int",
    Kind.INT64: "bigint",
    Kind.LOCAL_TIME: "timestamp_ntz",
    Kind.MONEY: _MONEY,
}

SCHEMA: Final = pa.schema([pa.field(it.name, _ARROW[it.kind], it.nullable) for it in COLUMNS])
"""The columns in Arrow and Parquet; times without a zone, to the microsecond."""


def spark_columns(columns: Iterable[Column] = COLUMNS) -> str:
    """These columns in Spark's SQL."""
    return ", ".join(map(_spark_column, columns))


def _spark_column(column: Column) -> str:
    return f"{column.name} {_SPARK[column.kind]}" + ("" if column.nullable else " NOT NULL")


class LineFile:
    """A Parquet file of lines, written as lines are added; a context manager, which closes it.

    `lines` counts them, `months` holds the first day of every month that has one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self.months: set[date] = set()
        self._writer = parquet.ParquetWriter(path, SCHEMA)
        self._pending: list[OrderLine] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def add(self, line: OrderLine) -> None:
        """Add an order line to the file; it is written once enough lines have gathered."""
        self._pending.append(line)
        if len(self._pending) == ROWS_AT_ONCE:
            self._flush()

    @property
    def added(self) -> int:
        """The lines that were added so far, written or not yet."""
        return self.lines + len(self._pending)

    def _flush(self) -> None:
        if self._pending:
            self._writer.write_batch(record_batch(self._pending))
            self.lines += len(self._pending)
            self.months |= {date(*month, 1) for month in {_year_and_month(line) for line in self._pending}}
            self._pending.clear()


def sum_of(path: Path, lines: int) -> Sum:
    """The sum of a staged object that is this file."""
    with path.open("rb") as file:
        return Sum(lines, path.stat().st_size, file_digest(file, "sha256").hexdigest())


def record_batch(lines: list[OrderLine]) -> pa.RecordBatch:
    """These lines as Arrow columns; at least one."""
    columns = zip(*map(msgspec.structs.astuple, lines), strict=True)
    return pa.record_batch(
        [pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )


def record_batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The lines of a file of any version, some thousand at a time, in the columns of `SCHEMA`. Raises `NewerRecord`."""
    with parquet.ParquetFile(path) as file:
        yield from map(conformed, file.iter_batches(ROWS_AT_ONCE))


def conformed(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The lines of any version in the columns of `SCHEMA`: an added field that the batch lacks is missing in each.

    Raises `NewerRecord` if another column has a value: it would be lost.
    """
    there = batch.schema.names
    if there == SCHEMA.names:
        return batch
    others = [name for name in there if name not in SCHEMA.names]
    if newer := [name for name in others if batch.column(name).null_count < batch.num_rows]:
        raise NewerRecord(f"staged lines have fields of a later version: {', '.join(newer)}")
    return pa.record_batch(
        [
            pa.nulls(batch.num_rows, it.type) if it.name in ADDED and it.name not in there else batch.column(it.name)
            for it in SCHEMA
        ],
        schema=SCHEMA,
    )


def without(batch: pa.RecordBatch, line_ids: Collection[str]) -> pa.RecordBatch:
    """The lines that have none of these LineIds."""
    if not line_ids:
        return batch
    wanted = pa.array(sorted(line_ids), pa.string())
    return batch.filter(compute.invert(compute.is_in(batch.column("LineId"), value_set=wanted)))


def _year_and_month(line: OrderLine) -> tuple[int, int]:
    return line.InvoiceDate.year, line.InvoiceDate.month
