"""`tillstream top` draws a screen at a terminal, writes plain lines elsewhere, and ends as it should."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from local.processes import Identity
from local.state import Run, RunningPart, State
from local.status import text, watch
from operations.stage import cli as stage

CHECKOUT = Path(__file__).resolve().parents[3]
KEY = "raw/order-lines/epoch=0001/day=2026-01-02/partition=0/00000000000000000000.jsonl.gz"


BEHIND = {"name": "raw-archive", "lag": 300, "oldest_seconds": 75, "stands_still": None}
STALLED = "order-lines-3: the batch begins at offset 1108, but what is filed ends before 1046: …"


def a_state(**changes: Any) -> dict[str, Any]:
    """The answer of `status` about a small platform."""
    return {
        "running": True,
        "stage": "laptop",
        "parts": [
            {"name": "kafka", "state": "running", "port": 9092},
            {"name": "event_source", "state": "ended", "port": None},
        ],
        "deliveries": {"topic": 1200, "s3": 900},
        "lines": {"dynamodb": 1200, "lake": 0, "redshift": 0},
        "groups": [BEHIND],
        "failures": [],
        "rates": {"topic": 1234.5, "s3": 0.0, "dynamodb": 99.9},
        "alarms": [],
        "buckets": [
            {"quarantine": 2, "last_files": [{"key": KEY, "bytes": 1234, "written": "2026-01-02T03:04:05+00:00"}]}
        ],
        **changes,
    }


def drawn(state: dict[str, Any], width: int = 120) -> str:
    console = Console(width=width, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(watch.screen(state, width))
    return console.export_text()


def test_the_screen_shows_parts_rows_lag_quarantine_and_the_last_files() -> None:
    shown = [" ".join(line.split()) for line in drawn(a_state()).splitlines()]
    assert "kafka running 9092 topic 1,200 deliveries 1,234" in shown
    assert "event_source ended - s3 900 deliveries 0" in shown
    assert {"dynamodb 1,200 lines 100", "in quarantine 2 open records", "alarms 0 of 0"} <= set(shown)
    assert "behind: raw-archive 300 messages, for 1 min 15 s" in shown
    assert shown[-1].endswith(f"1,234 {KEY}")
    assert len(shown) <= 23


GROUPS = [{**BEHIND, "name": f"tillstream-laptop-{name}"} for name in ("raw-archive", "order-tables")]


@pytest.mark.parametrize("width", [60, 80, 110, 120])
def test_at_every_width_the_groups_are_told_apart_and_no_number_is_cut(width: int) -> None:
    lines = [" ".join(line.split()) for line in drawn(a_state(groups=GROUPS), width).splitlines()]
    assert [line for line in lines if line.startswith("behind: raw-archive 300 messages")]
    assert [line for line in lines if line.startswith("behind: order-tables 300 messages")]
    assert [line for line in lines if "topic 1,200 deliveries 1,234" in line]
    assert lines[-1].endswith("partition=0/00000000000000000000.jsonl.gz"[-34:])
    assert max(map(len, lines)) <= width
    assert len(lines) <= 23


def test_in_few_columns_a_part_that_ended_is_named_in_words() -> None:
    lines = [line.strip() for line in drawn(a_state(), 80).splitlines()]
    assert lines[1:3] == ["running: kafka", "ended: event_source"]


def test_a_platform_that_starts_and_one_that_does_not_answer_are_shown_too() -> None:
    assert "it does not serve yet; started so far: kafka" in drawn(a_state(running=False, parts=a_state()["parts"][:1]))
    assert "kafka does not answer" in drawn(a_state(running=False, parts=[], trouble="kafka does not answer"))


def test_a_plain_line_is_written_only_when_something_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    with watch.lines() as show:
        for state in (a_state(), a_state(), a_state(groups=[BEHIND | {"lag": 0}])):
            show(state)
    said = [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()]
    held = "ended: event_source; deliveries: topic 1,200, s3 900 (by its ledger); "
    held += "lines: dynamodb 1,200, lake 0, redshift 0"
    end = "2 open in quarantine (`tillstream quarantine list`)"
    assert said == [f"{held}; behind: raw-archive 300; {end}", f"{held}; behind: raw-archive 0; {end}"]


def test_what_stands_still_and_what_failed_is_shown_with_the_time_and_the_way_on() -> None:
    failed = {
        "function": "rawarchive",
        "count": 7,
        "last": "2026-01-02T03:04:05+00:00",
        "error": STALLED,
        "over": False,
    }
    state = a_state(groups=[BEHIND | {"stands_still": STALLED}], failures=[failed, failed | {"count": 1}])
    at = f"{datetime.fromisoformat('2026-01-02T03:04:05+00:00').astimezone():%H:%M:%S}"
    expected = [
        f"raw-archive stands still, up to 300 messages behind, the oldest for 1 min 15 s: {STALLED}",
        f"rawarchive failed 7 times in the last 10 minutes, last at {at}: {STALLED}",
        f"rawarchive failed once in the last 10 minutes, last at {at}: {STALLED}",
        "the way back: docs/runbook/raw-object-lost.md",
    ]
    assert list(text.troubles(state)) == expected
    assert watch.line(state).endswith("; ".join(expected))
    assert " ".join(expected) in " ".join(drawn(state).split())


def test_a_function_that_goes_on_names_no_page_any_more() -> None:
    failed = {"function": "rawarchive", "count": 7, "last": "2026-01-02T03:04:05+00:00", "error": STALLED}
    state = a_state(groups=[BEHIND | {"lag": 0}], failures=[failed | {"over": True}])
    at = f"{datetime.fromisoformat('2026-01-02T03:04:05+00:00').astimezone():%H:%M:%S}"
    said = f"rawarchive failed 7 times in the last 10 minutes, last at {at}, and goes on since: {STALLED}"
    assert [it for it in text.troubles(state) if it] == [said]


LAG = {"name": "RawArchiveLag", "state": "ALARM", "meaning": "raw_archive is behind", "page": "consumer-behind"}
ERRORS = {"name": "RawArchiveErrors", "state": "ALARM", "meaning": "raw_archive fails", "page": "function-fails"}


def test_alarms_are_shown_with_their_meaning_and_pages_and_those_that_are_well_are_not() -> None:
    quiet = LAG | {"name": "OrderTablesLag", "state": "OK"}
    state = a_state(alarms=[LAG, ERRORS, quiet, quiet | {"state": "INSUFFICIENT_DATA"}])
    expected = [
        "alarm RawArchiveLag: raw_archive is behind",
        "alarm RawArchiveErrors: raw_archive fails",
        "the way back: docs/runbook/consumer-behind.md",
        "the way back: docs/runbook/function-fails.md",
    ]
    assert list(text.troubles(state)) == expected
    assert "alarms 2 of 4" in " ".join(drawn(state).split())


def test_where_an_error_has_a_page_the_alarm_of_any_error_names_none() -> None:
    state = a_state(groups=[BEHIND | {"stands_still": STALLED}], alarms=[ERRORS])
    assert list(text.troubles(state))[-1] == "the way back: docs/runbook/raw-object-lost.md"


def test_a_store_that_lost_lines_is_named_with_its_page() -> None:
    assert list(text.troubles(a_state(emptied=["dynamodb"]))) == [
        "dynamodb has lost lines: it holds fewer than the lake, and no load has any left to bring",
        "the way back: docs/runbook/tables-emptied.md",
    ]


def test_as_json_each_look_is_a_line_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    with watch.objects() as show:
        show(a_state())
        show(a_state())
    looks = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [{name: value for name, value in look.items() if name != "at"} for look in looks] == 2 * [a_state()]
    assert datetime.fromisoformat(looks[0]["at"]) <= datetime.fromisoformat(looks[1]["at"])


def test_where_none_runs_it_says_so_and_is_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    assert stage.top([]) == stage.status(["--watch"]) == 1
    assert capsys.readouterr().err == 2 * "no platform runs in this checkout: `tillstream up` starts one\n"


def test_ctrl_c_ends_it_with_0(tmp_path: Path) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    State(tmp_path / ".tillstream").record(Run(me, "laptop", False, False, (RunningPart("kafka", me, 9),)))
    command = [sys.executable, "-m", "tillstream", "top"]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    home = {**os.environ, "TILLSTREAM_HOME": str(tmp_path)}
    child = subprocess.Popen(command, cwd=CHECKOUT, env=home, text=True, **pipes)
    assert child.stdout is not None
    assert child.stdout.readline().endswith(" it does not serve yet; started so far: kafka\n")
    child.send_signal(2)
    assert child.communicate(timeout=300) == ("", "")
    assert child.returncode == 0
