"""Sizes on paper: the needs at three rates, and the order in which limits are reached."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import scale
from benchmarks.report.results import BenchmarkError, Comparison, Part, Report, Sample, Usage, Way
from benchmarks.scale import Costs
from tests.benchmarks.ways import MACHINE

COSTS = Costs(ingest=10e-6, archive=10e-6, tables=200e-6, curate=30e-6, curate_run=30.0)
NOTED = scale.noted()


def needed(rows: float) -> dict[str, int]:
    return {need.what: round(need.need) for need in scale.needs(rows, COSTS, NOTED)}


def test_the_needs_of_each_rate_follow_from_the_processor_time_of_a_row() -> None:
    assert needed(100) == {
        "API: requests/s": 0,
        "ingest: executions at once": 0,
        "Kafka: connections of ingest to a broker": 0,
        "Kafka: brokers kafka.m7g.large": 3,
        "topic: partitions, for the slower consumer": 1,
        "topic: partitions and replicas on a broker": 1,
        "raw_archive: executions at once": 0,
        "raw_archive: pollers": 0,
        "raw_archive: objects/s": 0,
        "order_tables: executions at once": 0,
        "Invoices: write units/s": 100,
        "Invoices: read units/s": 15,
        "Customers: write units/s, with its index": 10,
        "Invoices: write units/s of one invoice, of a hundredth of all rows": 1,
        "curate: workers G.1X beside the driver": 1,
        "load_warehouse: RPU": 8,
    }
    assert needed(10_000) | {
        "API: requests/s": 20,
        "Kafka: brokers kafka.m7g.large": 3,
        "topic: partitions, for the slower consumer": 7,
        "Invoices: write units/s": 10_000,
    } == needed(10_000)
    assert needed(1_000_000) | {
        "API: requests/s": 2_000,
        "ingest: executions at once": 119,
        "Kafka: brokers kafka.m7g.large": 24,
        "topic: partitions, for the slower consumer": 744,
        "raw_archive: pollers": 160,
        "raw_archive: objects/s": 100,
        "Invoices: write units/s": 1_000_000,
        "curate: workers G.1X beside the driver": 43,
        "load_warehouse: RPU": 71,
    } == needed(1_000_000)


def test_what_breaks_first_is_the_limit_of_the_fewest_rows_a_second() -> None:
    rows, what, limit, _ = scale.breaking(COSTS, NOTED)[0]
    assert (round(rows, -2), what, limit) == (8_100, "order_tables: executions at once", "the stage's setting, 6")
    dear = scale.breaking(replace(COSTS, ingest=10e-3), NOTED)
    assert dear[0][1] == "ingest: executions at once"


def test_a_need_at_the_rate_where_a_limit_breaks_is_that_limit() -> None:
    for rows, what, limit, _ in scale.breaking(COSTS, NOTED):
        need = next(it.need for it in scale.needs(rows, COSTS, NOTED) if it.what == what)
        assert need == pytest.approx(float(limit.partition(", ")[2].replace(",", "")), rel=0.01)


def test_every_quota_names_a_page_of_aws_and_is_used() -> None:
    assert all(it.page.startswith("https://docs.aws.amazon.com/") for it in NOTED.quotas.values())
    used = {need.quota for need in scale.needs(1, COSTS, NOTED)} | {"poller-bytes", "broker-bytes"}
    assert used - {None} == NOTED.quotas.keys()


def test_the_processor_time_of_a_row_is_that_of_the_functions_workers_in_the_last_run() -> None:
    def part(name: str, comparison: str, *usages: Usage, **figures: float) -> Part:
        ours = Way("ours", "ours", [Sample(1_000_000, 9.0, usages, figures)])
        return Part(name, name, "2026-11-29", comparisons=[Comparison(comparison, name, [ours])])

    workers = Usage("function's workers", 2, 12.0, 90)
    parts = {
        "rest": part("rest", "rest-500", workers, Usage("Kafka", 1, 50.0, 300)),
        "stream": part("stream", "stream", Usage("function's workers", 2, 8.0, 90), Usage("event source", 1, 4.0, 90)),
        "tables": part("tables", "tables", **{"client's CPU µs a line": 150.0}),
    }
    assert scale.costs(Report(MACHINE, parts)) == Costs(12e-6, 8e-6, 150e-6, 34e-6, 28.0)
    del parts["rest"]
    with pytest.raises(BenchmarkError, match="the part rest was not measured: make bench PARTS=rest"):
        scale.costs(Report(MACHINE, parts))


def test_an_assumption_or_quota_can_be_changed_in_a_copy_of_the_file(tmp_path: Path) -> None:
    text = scale.NOTED.read_text("utf-8").replace("value = 40000", "value = 90000")
    (tmp_path / "scale.toml").write_text(text, "utf-8")
    assert scale.noted(tmp_path / "scale.toml").quotas["write-units"].value == 90_000
