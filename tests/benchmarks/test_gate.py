from pathlib import Path

import pytest

from benchmarks import gate
from benchmarks.gate import Committed
from benchmarks.report.results import write
from tests.benchmarks.ways import a_part, a_report, a_way

OURS = a_way("ours", 200, 210, 190, kind="ours")
COMMITTED = Committed("lines", "csv", "ours", "peer", "rate", 2.0, 1.9, 2.1)


def test_a_ratio_that_fell_below_its_tolerance_is_named_with_its_part_and_both_ratios() -> None:
    slower = a_part(OURS, a_way("peer", 125, 125, 125))
    assert list(gate.findings([slower], [COMMITTED])) == [
        "lines, csv: ours beside peer: 1.60 now, 2.00 committed; at least 1.80 passes"
    ]


def test_a_ratio_within_its_tolerance_passes_and_so_does_a_better_one() -> None:
    assert list(gate.findings([a_part(OURS, a_way("peer", 110, 110, 110))], [COMMITTED])) == []
    assert list(gate.findings([a_part(OURS, a_way("peer", 50, 50, 50))], [COMMITTED])) == []


def test_a_committed_ratio_that_was_not_measured_fails_with_the_reason() -> None:
    failed = a_part(OURS, failure="ended with exit code 1")
    (finding,) = gate.findings([failed], [COMMITTED])
    assert finding == ("lines, csv: ours beside peer: not measured now, 2.00 committed (lines ended with exit code 1)")


def test_a_greater_spread_gives_a_greater_tolerance_up_to_a_half() -> None:
    spread = [Committed("lines", "csv", "a", "b", "rate", 2.0, least, 2.0) for least in (1.98, 1.7, 0.5)]
    assert [it.tolerance for it in spread] == [0.1, 0.3, 0.5]


def test_recorded_runs_are_one_ratio_with_the_spread_of_all_their_rounds(tmp_path: Path) -> None:
    runs = [list(gate.ratios([a_part(OURS, a_way("peer", *rates))])) for rates in ((100, 100, 100), (80, 100, 50))]
    gate.record(gate.merged(runs), tmp_path / "ratios.json")
    assert gate.committed(tmp_path / "ratios.json") == [
        Committed("lines", "csv", "ours", "peer", "rate", 2.25, 1.9, 3.8)
    ]


def test_the_gate_ends_with_1_where_a_ratio_does_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gate.record([COMMITTED], tmp_path / "ratios.json")
    write(a_report(OURS, a_way("peer", 400, 400, 400)), tmp_path / "run.json")
    files = ["--committed", str(tmp_path / "ratios.json"), "--results", str(tmp_path / "run.json")]
    assert gate.main(files) == 1
    assert "0.50 now, 2.00 committed" in capsys.readouterr().out


def test_the_gate_fails_where_a_part_did_not_run_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    parts = [a_part(OURS, a_way("peer", 100, 100, 100)), a_part(OURS, name="stream", failure="ended with exit code 1")]
    assert gate.judge(parts, [COMMITTED]) == 1
    assert "did not run to its end: stream ended with exit code 1" in capsys.readouterr().out


def test_a_ratio_that_nothing_is_committed_for_is_named_and_fails_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.judge([a_part(OURS, a_way("peer", 100, 100, 100), a_way("new peer", 50, 50, 50))], [COMMITTED]) == 0
    assert "not committed, so not judged: lines, csv: 4.00 beside new peer" in capsys.readouterr().out
