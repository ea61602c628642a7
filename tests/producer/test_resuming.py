"""A replay that is stopped, or killed -9 at any point, goes on exactly where it was."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.orders import cells, csv_document
from tests.producer.api_server import ApiServer, Reply, Request, accept, by_row, problem
from tests.producer.conftest import BEGUN, Command, a_file, environment
from tests.producer.test_sending import ids_of

PATIENCE_SECONDS = 600.0
REPOSITORY = Path(__file__).parent.parent.parent


def started(url: str, *arguments: object) -> subprocess.Popen[str]:
    """`tillstream replay` in a process of its own."""
    call = [sys.executable, "-m", "tillstream", "replay", *map(str, arguments)]
    env = os.environ | environment(url)
    process = subprocess.Popen(call, cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    BEGUN.append(process)
    return process


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, f"the replay ended early: {process.communicate()}"
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)  # between two looks, with the deadline above


def settled(state: Path) -> dict[str, int]:
    """The leading rows that the state claims to be settled, by the name of the file."""
    if not state.exists():
        return {}
    return {Path(file["path"]).name: file["settled"]["rows"] for file in json.loads(state.read_text())["files"]}


def odd_file(path: Path, rows: int, seed: int) -> Path:
    """Rows with copies far from each other, and now and then a refused one."""
    random = Random(seed)
    made = [cells(Quantity="six" if random.random() < 0.02 else str(random.randint(1, 400))) for _ in range(rows)]
    path.write_bytes(csv_document(*made))
    return path


def leading_ids(path: Path, rows: int) -> set[str]:
    from commerce.files.documents import order_lines

    with path.open("rb") as document:
        return {entry.line.LineId for at, entry in enumerate(order_lines("", document)) if entry.line and at < rows}


@pytest.mark.parametrize("seed", range(2))
def test_killed_in_mid_flight_again_and_again_it_loses_and_invents_nothing(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    files = [odd_file(tmp_path / name, 3_000, seed) for name in ("a.csv", "b.csv")]
    state, rejects = tmp_path / "state.json", tmp_path / "rejects.jsonl"
    refused = set(random.sample(ids_of(*files), 60))
    troubled = Random(seed + 100)
    requests, rows, killed = inf, inf, threading.Event()  # the moment of the next kill

    def reached() -> bool:
        return len(api.requests) > requests or sum(settled(state).values()) > rows

    def script(request: Request) -> Reply:
        if reached():  # a kill that comes late finds it at work
            killed.wait(PATIENCE_SECONDS)
            return problem(503)
        chance = troubled.random()
        if chance < 0.03:
            return problem(503)
        return by_row(
            request,
            refuse=lambda line: line in refused,
            hold=lambda _: chance < 0.15 and troubled.random() < 0.1,
            after_seconds=0.02,
        )

    with ApiServer(script) as api:
        options = (tmp_path, "--batch", 50, "--connections", 5, "--state", state, "--rejects", rejects, "--json")
        for kill in range(3):
            wanted = len(api.requests) + random.randint(3, 25)
            # in the middle of whatever it does, or once its state has moved
            requests, rows = (wanted, inf) if kill % 2 else (inf, sum(settled(state).values()))
            process = started(api.url, *options, "--rate", 1_500)
            wait_until(reached, process)
            process.kill()
            process.communicate()
            killed.set()
            requests, rows, killed = inf, inf, threading.Event()
            claimed = settled(state)
            for file in files:
                with api.lock:
                    acknowledged = api.accepted.keys() | refused
                assert leading_ids(file, claimed.get(file.name, 0)) <= acknowledged, "the state claims too much"
        assert 0 < sum(settled(state).values()) < 6_000, "the kills came too early or too late to show anything"
        process = started(api.url, *options)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)

    wanted_ids = set(ids_of(*files))
    assert process.returncode == 1, err  # some rows are rejected
    assert set(api.accepted) == wanted_ids - refused
    bad = [(str(f), n) for f in files for n, cell in enumerate(f.read_text().splitlines(), 1) if ",six," in cell]
    summary = json.loads(out)
    # both files hold the same rows: the same lines, and the same refusals
    assert summary["rows"] == 6_000
    assert summary["accepted"] + summary["rejected"] == 6_000
    rejected = [json.loads(line) for line in rejects.read_text().splitlines()]
    places = [(reject["file"], reject["line"]) for reject in rejected]
    assert len(places) == len(set(places)) == summary["rejected"]
    assert set(bad) <= set(places)
    assert places == sorted(places), "in the order of the files"
    assert settled(state) == {"a.csv": 3_000, "b.csv": 3_000}


def test_what_is_settled_is_not_sent_again(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path, state = a_file(tmp_path / "day.csv", 30), tmp_path / "state.json"
    lines = ids_of(path)
    api.script = lambda request: accept(request) if set(request.line_ids) <= set(lines[:20]) else problem(503)
    options = ("replay", path, "--state", state, "--batch", 10, "--connections", 1, "--json")
    stopped = command(*options, "--give-up-after", 0)
    assert stopped.counts == {"rows": 30, "accepted": 20, "rejected": 0, "unsent": 10}
    assert "goes on from here" in stopped.err
    first = len(api.requests)
    api.script = accept
    ended = command(*options)
    assert ended.code == 0
    assert ended.counts == {"rows": 30, "accepted": 30, "rejected": 0, "unsent": 0}
    assert ended.err.endswith("30 accepted, 0 rejected (20 of them before this run)\n")
    assert [request.line_ids for request in api.requests[first:]] == [lines[20:]]
    again = command(*options)
    assert (again.code, again.counts["rows"], len(api.requests)) == (0, 30, first + 1)


def test_rows_behind_a_hole_are_sent_again(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path, state = a_file(tmp_path / "day.csv", 30), tmp_path / "state.json"
    lines = ids_of(path)
    behind = threading.Event()

    def script(request: Request) -> Reply:
        if lines[10] in request.line_ids:
            behind.wait(PATIENCE_SECONDS)  # a replay that gives up sends nothing more
            return problem(503)
        if lines[29] in request.line_ids:
            behind.set()
        return accept(request)

    api.script = script
    options = ("replay", path, "--state", state, "--batch", 10, "--connections", 3, "--json")
    command(*options, "--give-up-after", 0.5)
    assert settled(state) == {"day.csv": 10}
    assert lines[29] in api.accepted
    api.script = accept
    assert command(*options).counts["accepted"] == 30
    assert set(api.accepted) == set(lines)


def test_rows_are_counted_over_the_whole_after_resuming(api: ApiServer, command: Command, tmp_path: Path) -> None:
    a_file(tmp_path / "a.csv", 20)
    a_file(tmp_path / "b.csv", 20, StockCode="B")
    state = tmp_path / "state"
    api.script = lambda request: problem(503) if len(api.accepted) >= 10 else accept(request)
    options = ("replay", tmp_path, "--rows", 30, "--state", state, "--batch", 10, "--connections", 1, "--json")
    assert command(*options, "--give-up-after", 0).counts["accepted"] == 10
    api.script = accept
    assert command(*options).counts == {"rows": 30, "accepted": 30, "rejected": 0, "unsent": 0}
    assert set(api.accepted) == set(ids_of(tmp_path / "a.csv") + ids_of(tmp_path / "b.csv")[:10])


def test_a_resume_with_other_options_or_of_a_changed_file_sends_nothing(
    api: ApiServer, command: Command, tmp_path: Path
) -> None:
    path, state = a_file(tmp_path / "day.csv", 20), tmp_path / "state.json"
    command("replay", path, "--state", state)
    sent = len(api.requests)
    other = command("replay", path, "--state", state, "--rows", 5)
    assert (other.code, len(api.requests)) == (2, sent)
    assert "with no selection, not with --rows 5" in other.err
    a_file(path, 21)
    changed = command("replay", path, "--state", state)
    assert (changed.code, len(api.requests)) == (2, sent)
    assert f"{path.resolve()} has changed since" in changed.err


def test_a_new_file_in_the_folder_is_sent_by_the_next_replay(api: ApiServer, command: Command, tmp_path: Path) -> None:
    folder, state = tmp_path / "days", tmp_path / "state.json"
    folder.mkdir()
    a_file(folder / "b.csv", 5)
    command("replay", folder, "--state", state)
    a_file(folder / "a.csv", 3, StockCode="NEW")
    ended = command("replay", folder, "--state", state, "--json")
    assert ended.counts["accepted"] == 8
    assert [len(request.rows) for request in api.requests] == [5, 3]


def test_rejects_are_kept_once_over_a_resume(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path, state, rejects = tmp_path / "day.csv", tmp_path / "state.json", tmp_path / "rejects.jsonl"
    path.write_bytes(csv_document(*(cells(Quantity="six" if n % 3 == 0 else str(n)) for n in range(30))))
    api.script = lambda request: accept(request) if not api.accepted else problem(503)
    options = ("replay", path, "--state", state, "--rejects", rejects, "--batch", 9, "--connections", 1)
    command(*options, "--give-up-after", 0)
    assert len(rejects.read_text().splitlines()) == 10, "what is refused here is told, sent or not"
    with rejects.open("a") as file:
        file.write('{"torn')  # what a kill may leave
    api.script = accept
    command(*options)
    assert [json.loads(line)["line"] for line in rejects.read_text().splitlines()] == list(range(2, 32, 3))


def test_a_rejects_file_of_an_earlier_replay_is_begun_anew(api: ApiServer, command: Command, tmp_path: Path) -> None:
    path, rejects = tmp_path / "day.csv", tmp_path / "rejects.jsonl"
    path.write_bytes(csv_document(cells(Quantity="six")))
    for _ in range(2):
        command("replay", path, "--rejects", rejects)
        assert len(rejects.read_text().splitlines()) == 1


def test_ctrl_c_awaits_what_is_under_way_saves_the_state_and_says_how_to_go_on(tmp_path: Path) -> None:
    path, state = a_file(tmp_path / "day.csv", 5_000), tmp_path / "state.json"
    with ApiServer(lambda request: accept(request, after_seconds=0.1)) as api:
        process = started(api.url, path, "--state", state, "--batch", 10, "--connections", 2, "--json")
        wait_until(lambda: len(api.requests) > 6, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130
        assert f"the same command with --state {state} goes on from here" in err
        assert "Traceback" not in err
        summary: dict[str, Any] = json.loads(out)
        assert summary["accepted"] == len(api.accepted) == settled(state)["day.csv"]
        assert 0 < summary["accepted"] < 5_000


def test_ctrl_c_twice_leaves_at_once_with_the_state_saved(tmp_path: Path) -> None:
    path, state = a_file(tmp_path / "day.csv", 500), tmp_path / "state.json"
    with ApiServer(lambda request: accept(request, after_seconds=0 if request.number < 5 else 300)) as api:
        process = started(api.url, path, "--state", state, "--batch", 10, "--connections", 1)
        wait_until(lambda: len(api.requests) > 5 and settled(state) == {"day.csv": 50}, process)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "Ctrl-C again" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 130
        assert time.monotonic() - began < 200
        assert settled(state) == {"day.csv": 50}


def test_accepted_lines_are_counted_by_the_server_as_by_the_client(
    api: ApiServer, command: Command, a_day: Path
) -> None:
    assert command("replay", a_day, "--json").counts["accepted"] == sum(api.accepted.values())
    assert api.accepted == Counter(ids_of(a_day))
