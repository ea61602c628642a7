"""docs/faults.md says what the recorded rounds say."""

from tests.faults.report import PAGE, page, table


def a_round(*faults: list[str], lost: int = 0, seconds: float = 1.0, seen: tuple[str, ...] = ()) -> dict[str, object]:
    return {"faults": list(faults), "lost": lost, "repeated": 0, "recovery_seconds": seconds, "seen": list(seen)}


def test_a_row_sums_up_the_rounds_of_a_fault_and_a_round_counts_for_each_of_its_faults() -> None:
    rounds = [
        a_round(["s3", "kill"], ["kafka", "stop"], lost=2, seconds=4.0, seen=("rows sent again",)),
        a_round(["s3", "kill"], ["s3", "kill"], seconds=8.0),
    ]
    assert list(table(rounds))[2:] == [
        "| Kafka | SIGSTOP, then SIGCONT | 1 | 2 | 0 | 4, 4 | rows sent again (1) |",
        "| S3 | kill −9 | 2 | 2 | 0 | 6, 8 | nothing (1); rows sent again (1) |",
    ]


def test_the_page_is_made_from_the_record() -> None:
    assert PAGE.read_text("utf-8") == page()
