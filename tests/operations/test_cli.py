"""The commands' arguments: wrong use is exit 2 before any store is asked."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

import tillstream
from operations.reconcile.progress import InPlace, Plain, progress


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which no platform runs, with a file of no rows in it."""
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    (tmp_path / "rows.csv").write_text("InvoiceNo\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["reconcile"], "PATH"),
        (["erase", "C17850"], "must be a CustomerID such as 17850, or `list`, not 'C17850'"),
        (["reconcile", "rows.csv", "--hops", "csv,kafka"], "no hop 'kafka': there are csv, topic, s3, dynamodb"),
        (["reconcile", "rows.csv", "--hops", "dynamo"], "lake, redshift; did you mean dynamodb?"),
        (["reconcile", "rows.csv", "--hops", "csv"], "name one of them"),
        (["reconcile", "rows.csv", "--wait", "-1"], "must be a number of seconds from 0"),
        (["reconcile", "rows.csv", "--rows", "0"], "--rows: must be a whole number from 1, not '0'"),
        (["reconcile", "rows.csv", "--map", "*.tsv=/dev/null"], "the glob *.tsv matches none of the files"),
        (["reconcile", "absent.csv"], "absent.csv is neither a file nor a folder"),
        (["reconcile", "rows.csv"], "no platform runs in this checkout"),
        (["cost", "--stage", "nosuch"], "there is no stage 'nosuch': infra/stages.py has laptop, "),
        (["cost", "--stage", "prd"], "; did you mean prod?"),
        (["ledger"], "ACTION"),
        (["ledger", "start", "--partition", "1", "--yes"], "--offset"),
        (
            ["ledger", "start", "--partition", "-1", "--offset", "1"],
            "--partition: must be a whole number from 0, not '-1'",
        ),
        (["ledger", "show"], "no platform runs in this checkout"),
        (["quarantine"], "ACTION"),
        (["quarantine", "show"], "ID"),
        (["quarantine", "discard", "--all", "--yes"], "--reason"),
        (["quarantine", "redrive", "--kind", "bulky"], "did you mean bulk?"),
        (["quarantine", "list", "--since", "yesterday"], "--since: must be a day as YYYY-MM-DD"),
        (["quarantine", "list"], "no platform runs in this checkout"),
    ],
)
def test_wrong_use_is_told_and_exits_2(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(nowhere)
    try:
        code = tillstream.main(arguments)
    except SystemExit as exit:
        code = int(str(exit.code))
    assert code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["reconcile"], ["ledger"], ["ledger", "rebuild"], ["ledger", "new-epoch"], ["ledger", "start"]]
)
def test_help_says_when_a_command_is_right(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        tillstream.main([*command, "--help"])
    assert exit.value.code == 0
    said = capsys.readouterr().out
    assert "Right " in said if len(command) == 2 else "tillstream " in said


def test_where_there_is_no_terminal_each_hop_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as say:
        for hop, text in (("csv", "3 rows read"), ("waiting", "9 left"), ("waiting", "2 left"), ("s3", "4 read")):
            say(hop, text)
    assert capsys.readouterr().err.splitlines() == ["csv: 3 rows read", "waiting: 2 left", "s3: 4 read"]


def test_a_hop_that_goes_on_is_told_of_every_half_minute() -> None:
    out, now = io.StringIO(), [0.0]
    say = Plain(out, lambda: now[0])
    for second in range(0, 70, 10):
        now[0] = second
        say("waiting", f"{100 - second} left")
    assert out.getvalue().splitlines() == ["waiting: 70 left", "waiting: 40 left"]


def test_on_a_terminal_each_hop_keeps_a_line_that_changes_in_place() -> None:
    out = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None)
    with Live(console=out, auto_refresh=False) as live:
        say = InPlace(live)
        for hop, text in (("csv", "3 rows read"), ("s3", "1 read"), ("s3", "4 read")):
            say(hop, text)
        shown = io.StringIO()
        Console(file=shown, width=80).print(live.get_renderable())
    assert [line.split() for line in shown.getvalue().splitlines()] == [
        ["csv", "3", "rows", "read"],
        ["s3", "4", "read"],
    ]
