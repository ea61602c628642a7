"""docs/faults.md says what the recorded rounds say."""

from tests.faults.report import COLUMNS, PAGE, RULE, page, slim, summary, tables


def a_round(*faults: list[str], lost: int = 0, seconds: float = 1.0, seen: tuple[str, ...] = ()) -> dict[str, object]:
    told = {"commit": "abc", "day": "2026-11-29", "jobs": False}
    return {
        **told,
        "faults": list(faults),
        "lost": lost,
        "repeated": 0,
        "recovery_seconds": seconds,
        "seen": list(seen),
    }


def test_a_row_sums_up_the_rounds_of_a_part_or_a_fault_and_a_round_counts_once_for_each() -> None:
    rounds = [
        a_round(["s3", "500 after"], ["kafka", "stop"], lost=2, seconds=4.0, seen=("rows sent again",)),
        a_round(["s3", "500 before"], ["s3", "500 after"], ["s3", "kill"], seconds=8.0),
    ]
    assert list(tables(rounds)) == [
        f"| part | {COLUMNS}",
        RULE,
        "| Kafka | 1 | 2 | 0 | 4, 4 | rows sent again (1) |",
        "| S3 | 2 | 2 | 0 | 6, 8 | nothing (1); rows sent again (1) |",
        "\n## Kafka\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| SIGSTOP, then SIGCONT | 1 | 2 | 0 | 4, 4 | rows sent again (1) |",
        "\n## S3\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| 500 | 2 (1 before, 2 after) | 2 | 0 | 6, 8 | nothing (1); rows sent again (1) |",
        "| kill −9 | 1 | 0 | 0 | 8, 8 | nothing (1) |",
    ]


def test_the_summary_says_when_rounds_were_played_of_which_commits_and_which_did_not_end() -> None:
    unended = slim({"seed": 5, "unended": "stuck"}, "def", "2026-11-30")
    assert "".join(summary([a_round(), a_round(lost=1), unended])) == (
        "Recorded: 2 rounds, 0 of them with jobs. 1 lost or repeated anything. "
        "Besides them 1 did not end (seeds 5; the record says why). "
        "Played from 2026-11-29 to 2026-11-30 (UTC), by commit: `abc` 2.\n"
    )


def test_the_page_is_made_from_the_record() -> None:
    assert PAGE.read_text("utf-8") == page()
