"""A replay shows a bar on a terminal, plain lines elsewhere, and neither if it is short."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from producer.replay import display
from producer.replay.display import Trend, progress_line
from producer.replay.progress import Look
from tests.producer.api_server import ApiServer, Reply, Request, accept, problem
from tests.producer.conftest import Command, a_file, environment
from tests.producer.test_resuming import PATIENCE_SECONDS, REPOSITORY


def trend(*looks: tuple[float, Look]) -> Trend:
    made = Trend()
    for now, look in looks:
        made.add(now, look)
    return made


def test_everything_that_is_known_is_told() -> None:
    look = Look(3_000, 2, 1, 0.5, 3.25, datetime(2010, 12, 1, 8, 26), 2)
    assert progress_line(look, trend((0, Look(0, 0, 0, 0.0)), (10, look))) == (
        "3,000 rows (50 %), round 2, 300 rows/s, 2 rejected, 1 retry, 3.2 s behind, waiting for 2010-12-01 08:26:00, "
        "0:00:10 left"
    )


def test_what_is_not_known_is_not_told() -> None:
    look = Look(5, 0, 0)
    assert progress_line(look, trend((0, look))) == "5 rows, 0 rows/s, 0 rejected, 0 retries"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    looks = [(float(second), Look(second * 10 if second < 100 else 1_000 + (second - 100) * 500, 0, 0)) for second in
             range(200)]  # fmt: skip
    assert trend(*looks).rows_a_second == 500


def test_no_time_left_is_made_up() -> None:
    assert trend((0, Look(0, 0, 0, 0.5)), (5, Look(9, 0, 0, 0.5))).seconds_left is None
    assert trend((0, Look(0, 0, 0)), (5, Look(9, 0, 0))).seconds_left is None
    assert trend((0, Look(0, 0, 0, 0.0)), (5, Look(9, 0, 0, 1.0))).seconds_left == 0


def test_where_there_is_no_terminal_a_line_is_written_now_and_then(
    api: ApiServer, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "PLAIN_SECONDS", 0.05)
    written = threading.Semaphore(0)

    def told(look: Look, trend: Trend) -> str:
        written.release()
        return progress_line(look, trend)

    def script(request: Request) -> Reply:
        if request.number == 4:  # the last one
            assert all(written.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))
        return accept(request)

    monkeypatch.setattr(display, "progress_line", told)
    api.script = script
    ended = command("replay", a_file(tmp_path / "day.csv", 25), "--batch", 5, "--connections", 1)
    lines = re.findall(r"^(\d+) rows \((\d+) %\), [\d,]+ rows/s, 0 rejected, 0 retries.*$", ended.err, re.MULTILINE)
    assert len(lines) >= 2
    assert [int(rows) for rows, _ in lines] == sorted(int(rows) for rows, _ in lines)
    assert "\x1b" not in ended.err


def test_neither_rich_nor_pandas_is_imported_before_it_is_needed() -> None:
    code = "import sys, producer.cli; print({'rich', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_short_replay_writes_no_line_of_progress(command: Command, a_day: Path) -> None:
    assert command("replay", a_day).err.count("\n") == 1


@pytest.mark.parametrize(("term", "bar"), [("xterm", True), ("dumb", False)])
def test_a_terminal_shows_a_bar_and_troubles_above_it_until_ctrl_c(tmp_path: Path, term: str, bar: bool) -> None:
    path = a_file(tmp_path / "day.csv", 2_000)
    screen, terminal = pty.openpty()
    seen = bytearray()

    def watch() -> None:
        while True:
            try:
                seen.extend(os.read(screen, 65_536))
            except OSError:  # EIO: the terminal's last user is gone
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    waiting = threading.Event()
    half = problem(503, headers={"Retry-After": "0"})

    def script(request: object) -> object:
        if request.number == 0:  # type: ignore[attr-defined]
            return half
        if request.number > 5:  # type: ignore[attr-defined]
            waiting.wait(1.5)  # long enough for the bar to be drawn
        return accept(request)  # type: ignore[arg-type]

    with ApiServer(script) as api:  # type: ignore[arg-type]
        env = os.environ | environment(api.url) | {"TERM": term, "COLUMNS": "150"}
        call = [sys.executable, "-m", "tillstream", "replay", str(path), "--batch", "100", "--connections", "1"]
        process = subprocess.Popen(call, cwd=REPOSITORY, env=env, stderr=terminal, stdout=subprocess.PIPE)
        os.close(terminal)
        done = threading.Event()

        def wait() -> None:
            process.wait(PATIENCE_SECONDS)
            done.set()

        threading.Thread(target=wait, daemon=True).start()
        drawn = re.compile(rb"\d{3} rows \(\d+ %\), [\d,]+ rows/s, 0 rejected, 1 retry")
        for _ in range(10 * int(PATIENCE_SECONDS)):
            if (drawn.search(seen) if bar else b"503" in seen and len(api.accepted) > 400) or done.wait(0.1):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
    watcher.join(PATIENCE_SECONDS)
    os.close(screen)
    text = seen.decode()
    assert process.returncode == 130, text
    assert "the API answers 503; sending again" in text
    assert "stopped by Ctrl-C; with `--state FILE`" in text
    assert bool(drawn.search(seen)) == bar
    assert ("━" in text) == bar
    assert not bar or re.search(r"━[^\n]*\n[^\n]*rows \(", text), "the bar has a line of its own"
