from pathlib import Path

from benchmarks.measure.part import PARTS
from benchmarks.report import aims, page
from benchmarks.report.aims import Aim, Bound
from benchmarks.report.results import Ratio, Sample, Usage, ratio, read, write
from tests.benchmarks.ways import a_report, a_way


def test_a_ratio_is_taken_round_by_round_and_leaves_out_rounds_in_which_one_failed() -> None:
    ours, peer = a_way("ours", 100, 300, 50, kind="ours"), a_way("peer", 50, 100, None)
    assert ratio(ours, peer, "rate") == Ratio(2.5, 2.0, 3.0)
    assert ratio(ours, a_way("peer", None, None, None), "rate") is None


def test_a_round_too_short_for_its_processor_time_to_be_seen_is_left_out() -> None:
    ours, limit = a_way("ours", 100, kind="ours"), a_way("limit", 400)
    limit.samples[0] = Sample(1_000, 0.01, (Usage("consume_alone.py", 1, 0.0, 20),))
    assert ratio(ours, limit, "cpu_rate") is None


def test_the_processor_time_of_a_way_leaves_out_the_servers_that_all_use() -> None:
    usages = Usage("Kafka", 1, 9.0, 900), Usage("event source", 1, 2.0, 80), Usage("function's workers", 2, 3.0, 90)
    sample = Sample(1_000, 2.0, usages)
    assert (sample.cpu_seconds, sample.cpu_rate, sample.peak_mb) == (5.0, 200.0, 90)


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    report = a_report(a_way("ours", 100, 300, kind="ours"), a_way("peer", 50, None))
    write(report, tmp_path / "results.json")
    assert read(tmp_path / "results.json") == report
    assert read(tmp_path / "none.json") is None


def test_an_aim_is_met_or_missed_by_the_median_and_a_missed_one_says_what_stops_it() -> None:
    report = a_report(a_way("ours", 100, 120, 110, kind="ours"), a_way("peer", 100, 100, 100))
    met = Aim("a", "lines", "csv", "ours", "peer", 1.1)
    missed = Aim("b", "lines", "csv", "ours", "peer", 1.2, stopped_by="the store")
    absent = Aim("c", "other", "csv", "ours", "peer", 1.0)
    assert aims.table(report, (met, missed, absent)).splitlines()[2:] == [
        "| a | ≥ 1.1 × | 1.10 (1.00 – 1.20) × | **met** |",
        "| b | ≥ 1.2 × | 1.10 (1.00 – 1.20) × | missed: the store |",
        "| c | ≥ 1 × |  | not measured |",
    ]


def test_a_bound_is_met_by_a_median_within_it_and_a_figure_is_less_in_the_better_way() -> None:
    ours, peer = a_way("ours", 100, kind="ours"), a_way("peer", 100)
    ours.samples = [Sample(100, 2.0, (Usage("function's workers", 2, 1.0, 90),), {"p99 ms": 50.0})]
    peer.samples = [Sample(100, 1.0, (), {"p99 ms": 75.0})]
    report = a_report(ours, peer)
    bounds: list[Aim | Bound] = [
        Bound("a", "lines", "csv", "ours", "seconds", 3, "s"),
        Bound("b", "lines", "csv", "ours", "peak MB of a worker", 80, "MB"),
        Aim("c", "lines", "csv", "ours", "peer", 1.0, figure="p99 ms"),
    ]
    assert aims.table(report, bounds).splitlines()[2:] == [
        "| a | ≤ 3 s | 2.00 s | **met** |",
        "| b | ≤ 80 MB | 90.00 MB | missed |",
        "| c | ≥ 1 × | 1.50 × | **met** |",
    ]


def test_a_table_shows_medians_spreads_ratios_to_peers_and_what_failed() -> None:
    part = a_report(a_way("ours", 100, 300, 200, kind="ours"), a_way("peer", 50, None, 100)).parts["lines"]
    assert list(page.table(part.comparisons[0])) == [
        "| CSV | rows/s | ours is |",
        "|---|---|---|",
        "| **ours** | 200 (100 – 300) |  |",
        "| peer | 75 (50 – 100) | 2.00 × |",
        "\npeer failed in 1 of 3 rounds: no answer",
    ]


def test_every_aim_names_a_part_that_is_measured() -> None:
    assert {aim.part for aim in aims.AIMS} <= PARTS.keys()
