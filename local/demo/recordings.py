"""Writes docs/recordings.md by running the sessions that it shows.

python -m local.demo.recordings          # a few minutes; writes docs/recordings.md anew

Two sessions, in bash: the demo, and a replay of a file with bad rows whose servers are killed in the middle. Each line
is run as it stands; what it prints and its exit code stand below it. Folders of this machine are written as `~`.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from local.state import State
from stores.target import CHECKOUT

PAGE: Final = CHECKOUT / "docs" / "recordings.md"
MOST_ROWS: Final = 10
"""Table lines that are shown; of longer tables the others are counted. A table of proofs (✓) is shown whole."""

BAD_ROWS: Final = """\
709001,22423,REGENCY CAKESTAND,two,2010-12-01 09:15:00,12.75,17850,Germany
709001,22423,REGENCY CAKESTAND,2,2010-12-32 09:15:00,12.75,17850,Germany
709001,22423,REGENCY CAKESTAND,2,2010-12-01 09:15:00,12.7512,17850,Germany
709001,22423,REGENCY CAKESTAND,2,2010-12-01 09:15:00
"""

REPLAY: Final = "tillstream replay day.csv --rate 400 --state replay.json --rejects rejects.jsonl --give-up-after 5"
KILLED: Final = "# here somebody kills the platform: kill -9"
SESSION: Final = (
    ("tillstream up --detach", 0),
    ("tillstream generate 2010-12-01 -o day.csv", 0),
    ("cat bad-rows.csv", 0),
    ("cat bad-rows.csv >> day.csv", 0),
    ("tillstream replay day.csv --check", 1),
    (REPLAY, 1),
    ("tillstream status", 1),
    ("tillstream up --detach", 0),
    (REPLAY, 1),
    ("cat rejects.jsonl", 0),
    ("tillstream reconcile day.csv", 0),
    ("tillstream reset --yes", 0),
)
"""Each command line, and the exit code that it must have. During the first replay the platform is killed."""

PATIENCE_SECONDS: Final = 60

HEAD: Final = """\
# Recordings

`python -m local.demo.recordings` runs all of this again and writes this page. Of long tables only the first
rows are shown; `# exit code` stands where it is not 0. Times are those of two cores that did other things besides.
"""
DEMO: Final = """
## The demo

"""
FAILING: Final = """
## A replay that fails, and goes on

Four bad rows stand at the end of the file. While rows flow, the platform is killed (`kill -9` of its supervisor, with
which the kernel ends all its parts). The replay tries for five seconds, says how to go on, and ends. With the platform
up again, the same command sends the rest.

"""


class NotAsRecorded(Exception):
    """A line ended with another exit code than the page says."""


def main() -> int:
    """Run both sessions and write the page; 1, without writing, if a line ends unexpectedly."""
    try:
        with tempfile.TemporaryDirectory(prefix="tillstream-recording-") as folder:
            failing = _failing(Path(folder))
        demo = _line("make demo", 0, CHECKOUT, dict(os.environ), None)
    except NotAsRecorded as failure:
        print(f"recordings: {failure}", file=sys.stderr)
        return 1
    page = f"{HEAD}{DEMO}```text\n{demo}```\n{FAILING}```text\n{failing}```\n"
    PAGE.write_text(page.replace(str(CHECKOUT), "~/tillstream"), "utf-8")
    return 0


def _failing(folder: Path) -> str:
    """Every line of the session with its output."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**kept, "TILLSTREAM_HOME": str(folder), "PATH": path}
    (folder / "bad-rows.csv").write_text(BAD_ROWS, "utf-8")
    killed_under = next(at for at, (line, _) in enumerate(SESSION) if line == REPLAY)
    try:
        shown = [
            _line(line, code, folder, environment, folder / "replay.json" if at == killed_under else None)
            for at, (line, code) in enumerate(SESSION)
        ]
    finally:
        subprocess.run([f"{Path(sys.executable).parent}/tillstream", "down"], env=environment, capture_output=True)
    return "\n".join(shown).replace(str(folder), "~")


def _line(line: str, expected: int, folder: Path, environment: dict[str, str], kill_once: Path | None) -> str:
    """Run a line; returns it with its output, and its exit code unless that is 0.

    With `kill_once` the folder's platform is killed when that file tells of rows that arrived.
    """
    print(f"$ {line}", flush=True)
    with tempfile.TemporaryFile("w+") as output:  # a pipe would stay open as long as what runs detached
        process = subprocess.Popen(["bash", "-c", line], cwd=folder, env=environment, stdout=output, stderr=output)
        if kill_once:
            _kill_the_platform(folder, kill_once)
        code = process.wait()
        output.seek(0)
        text = "".join(_shortened(output.read().splitlines()))
    if code != expected:
        raise NotAsRecorded(f"`{line}` ended with {code}, not {expected}:\n{text}")
    killed = f"{KILLED}\n" if kill_once else ""
    return f"$ {line}\n{killed}{text}" + (f"# exit code {code}\n" if code else "")


def _kill_the_platform(folder: Path, state: Path) -> None:
    """Kill the platform's supervisor, with which the kernel ends every process, once the replay's state has changed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    before = None
    while before is None or state.read_bytes() == before:
        if time.monotonic() > deadline:
            raise NotAsRecorded(f"the replay's state did not move in {PATIENCE_SECONDS} s")
        if before is None and state.exists():
            before = state.read_bytes()
        time.sleep(0.1)  # between two looks, with the deadline above
    run = State(folder / ".tillstream").run()
    if run is None:
        raise NotAsRecorded("no platform runs that could be killed")
    os.kill(run.supervisor.pid, signal.SIGKILL)


def _shortened(lines: list[str]) -> Iterator[str]:
    """The lines, with only the first rows of a long table, and the number of the others."""
    for is_row, grouped in groupby(lines, lambda line: bool(re.match(r" [^\s✓✗].*  +\S", line))):
        found = [f"{line.rstrip()}\n" for line in grouped]
        yield from found[:MOST_ROWS] if is_row else found
        if is_row and len(found) > MOST_ROWS:
            yield f" … {len(found) - MOST_ROWS} rows more\n"


if __name__ == "__main__":
    sys.exit(main())
