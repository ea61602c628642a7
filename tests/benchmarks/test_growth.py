"""Each measurement of the growth takes the place of the one before, and a table shows what a million rows cost."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.growth import page
from benchmarks.growth.code import WAYS, Clock
from benchmarks.growth.measured import Measured, keep, kept
from benchmarks.report import aims
from benchmarks.report.aims import Grown
from benchmarks.report.results import Report, Usage
from tests.benchmarks.ways import MACHINE


def a_measurement(way: str, rows: int, *processes: Usage) -> Measured:
    return Measured(way, rows, "2026-11-29T12:00:00+00:00", "abc", 1.0, 9.0, processes)


CURATE = [
    a_measurement("curate", rows, Usage("Spark's JVM", 1, seconds, 600), Usage("S3Proxy", 1, 9, 200))
    for rows, seconds in ((500_000, 20), (5_000_000, 150))
]


def test_a_measurement_takes_the_place_of_the_one_of_the_same_way_and_rows(tmp_path: Path) -> None:
    file = tmp_path / "growth.json"
    again = a_measurement("curate", 500_000, Usage("Spark's JVM", 1, 25, 600))
    for found in (*CURATE, again):
        keep(found, file)
    assert kept(file) == [again, CURATE[1]]


def test_a_table_shows_each_process_but_the_stores_with_its_seconds_of_a_million_rows_and_its_memory() -> None:
    small = a_measurement("client", 500_000, Usage("the function's code", 1, 3, 90))
    assert list(page.table([*CURATE, small])) == [
        "| way | process | 0.5 million: CPU s a million rows | 5 million: CPU s a million rows | 0.5 million: MB | "
        "5 million: MB |",
        "|---|---|---|---|---|---|",
        "| **curate** | Spark's JVM | 40.0 | 30.0 | 600 | 600 |",
        "| **client** | the function's code | 6.0 |  | 90 |  |",
    ]


def test_a_table_among_batches_shows_a_run_s_processor_seconds_whatever_was_done_before() -> None:
    among = [a_measurement("curate, among batches", count, Usage("job", 1, 9, 90)) for count in (24, 8_760)]
    assert list(page.many(among))[2:] == ["| curate | 9.0 | 9.0 |"]


def test_the_code_of_each_function_handles_every_generated_row() -> None:
    for way in WAYS.values():
        assert way(1_200, Clock()) == 1_200


def test_an_aim_over_many_rows_compares_the_processor_time_of_both_ways_that_the_growth_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spark = a_measurement("plain Spark", 5_000_000, Usage("Spark's JVM", 1, 75, 600), Usage("S3Proxy", 1, 9, 200))
    busy = msgspec.structs.replace(spark, seconds=900.0)  # other programs ran beside it
    monkeypatch.setattr(aims, "kept", lambda: [*CURATE, busy])
    grown = [Grown("a", "batch", "curate", "plain Spark", rows, 0.5) for rows in (5_000_000, 500_000)]
    assert aims.table(Report(MACHINE), grown).splitlines()[2:] == [
        "| a | ≥ 0.5 × | 0.50 × ([growth](growth.md)) | **met** |",
        "| a | ≥ 0.5 × |  | not measured |",
    ]
