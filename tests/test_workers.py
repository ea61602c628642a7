"""Which tests run in one process."""

from pathlib import Path

from tests.workers import TOGETHER

CHECKOUT = Path(__file__).parents[1]


def test_the_files_that_run_together_are_there() -> None:
    named = [file for files in TOGETHER.values() for file in files]
    assert [file for file in named if not (CHECKOUT / file).exists()] == []


def test_a_file_that_shares_a_costly_fixture_runs_with_the_others() -> None:
    asks = {"spark": "from tests.spark import", "infra": "every_stage: "}
    for name, words in asks.items():
        files = [file for file in (CHECKOUT / "tests").rglob("test_*.py") if words in file.read_text("utf-8")]
        found = {str(file.relative_to(CHECKOUT)) for file in files} - {str(Path(__file__).relative_to(CHECKOUT))}
        assert found
        assert {file for file in found if not file.startswith(TOGETHER[name])} == set()
