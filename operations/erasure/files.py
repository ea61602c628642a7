"""Parquet files of lines in the lake bucket, searched for wanted ones, and written without them."""

from io import BytesIO
from typing import IO, Any

from operations.erasure.wanted import Wanted


def wanted_rows(file: IO[bytes], wanted: Wanted) -> list[str]:
    """The LineIds of the wanted rows of a Parquet file, one for each row."""
    from pyarrow import parquet  # takes a while to import

    table = parquet.read_table(file, columns=["LineId", "CustomerID"])
    rows = zip(table.column("LineId").to_pylist(), table.column("CustomerID").to_pylist(), strict=True)
    return [line_id for line_id, customer in rows if wanted.takes_row(line_id, customer)]


def without(file: IO[bytes], line_ids: frozenset[str]) -> bytes:
    """The same Parquet file without the rows of these lines."""
    import pyarrow as pa
    from pyarrow import compute, parquet

    table = parquet.read_table(file)
    gone: Any = compute.is_in(table.column("LineId"), value_set=pa.array(sorted(line_ids), pa.string()))
    written = BytesIO()
    parquet.write_table(table.filter(compute.invert(gone)), written)
    return written.getvalue()
