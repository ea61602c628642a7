"""docs/faults.md says what the recorded rounds say."""

import json
from collections.abc import Sequence

from tests.faults.plan import Fault, Round
from tests.faults.report import COLUMNS, PAGE, RULE, page, slim, summary, tables
from tests.faults.results import Result


def a_round(
    *faults: list[str],
    lost: int = 0,
    seconds: float = 1.0,
    seen: tuple[str, ...] = (),
    missed: Sequence[list[str]] = (),
) -> dict[str, object]:
    told = {"commit": "abc", "day": "2026-11-29", "jobs": False}
    return {
        **told,
        "faults": list(faults),
        "did_not_happen": list(missed),
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
        "| Kafka | 1 | 0 | 2 | 0 | 4, 4 | rows sent again (1) |",
        "| S3 | 2 | 0 | 2 | 0 | 6, 8 | nothing (1); rows sent again (1) |",
        "\n## Kafka\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| SIGSTOP, then SIGCONT | 1 | 0 | 2 | 0 | 4, 4 | rows sent again (1) |",
        "\n## S3\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| 500 | 2 (1 before, 2 after) | 0 | 2 | 0 | 6, 8 | nothing (1); rows sent again (1) |",
        "| kill −9 | 1 | 0 | 0 | 0 | 8, 8 | nothing (1) |",
    ]


def test_a_round_shows_nothing_of_a_fault_that_did_not_happen() -> None:
    rounds = [a_round(["s3", "kill"], missed=[["s3", "500 after"], ["kafka", "stop"]], seconds=4.0)]
    assert list(tables(rounds)) == [
        f"| part | {COLUMNS}",
        RULE,
        "| Kafka | 0 | 1 | 0 | 0 |  |  |",
        "| S3 | 1 | 1 | 0 | 0 | 4, 4 | nothing (1) |",
        "\n## Kafka\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| SIGSTOP, then SIGCONT | 0 | 1 | 0 | 0 |  |  |",
        "\n## S3\n",
        f"| fault | {COLUMNS}",
        RULE,
        "| 500 | 0 | 1 | 0 | 0 |  |  |",
        "| kill −9 | 1 | 0 | 0 | 0 | 4, 4 | nothing (1) |",
    ]


def test_the_record_of_a_result_tells_faults_that_happened_from_those_that_did_not() -> None:
    happened, missing = (Fault("s3", "delay", 1, "PUT", 1, 0.5), Fault("dynamodb", "zombie", 3, "PutItem"))
    result = Result(Round(7, "2012-01-08", 15, False, (happened, missing)), did_not_happen=[missing])
    record = slim(json.loads(result.line()), "abc", "2026-11-30")
    assert (record["faults"], record["did_not_happen"]) == ([["s3", "delay"]], [["dynamodb", "zombie"]])


def test_the_summary_says_when_rounds_were_played_of_which_commits_and_which_did_not_end() -> None:
    unended = slim({"seed": 5, "unended": "stuck"}, "def", "2026-11-30")
    assert "".join(summary([a_round(), a_round(lost=1), unended])) == (
        "Recorded: 2 rounds, 0 of them with jobs. 1 lost or repeated anything. "
        "Besides them 1 did not end (seeds 5; the record says why). "
        "Played from 2026-11-29 to 2026-11-30 (UTC), by commit: `abc` 2.\n"
    )


def test_the_page_is_made_from_the_record() -> None:
    assert PAGE.read_text("utf-8") == page()
