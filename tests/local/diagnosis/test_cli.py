"""`tillstream doctor` and `tillstream logs`: what they find, what they say, how they end."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tillstream
from local.data_version import FILE
from local.diagnosis import cli
from local.diagnosis import logs as kept
from local.errors import NotPossible
from local.parts import jars
from local.processes import Identity, wait_until
from local.state import Run, State
from operations.stage import cli as stage

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of the PATH, with nothing but a shell."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "PARTS", tmp_path / "parts")


def a_tool(folder: Path, name: str, *, says: str, code: int = 0) -> None:
    """A program that only speaks, on stderr as Java does."""
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit {code}\n")
    file.chmod(0o755)


def found(capsys: pytest.CaptureFixture[str], need: str) -> str:
    """The doctor's lines about one need, with the remedy."""
    lines = capsys.readouterr().out.splitlines()
    [at] = [number for number, line in enumerate(lines) if line[9:].startswith(need + " ")]
    following = lines[at + 1].strip()
    return lines[at] + (f" {following}" if following.startswith("->") else "")


def test_a_machine_that_has_all_is_ready(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.doctor([]) == 0
    said = capsys.readouterr().out
    assert said.endswith("ready: `tillstream up` starts the platform\n")
    assert "missing" not in said


@pytest.mark.usefixtures("nothing_installed")
def test_as_json_each_need_is_an_object(state: State, bin_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.doctor(["--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert {need["need"]: need["missing"] for need in found}["Java"] is True
    assert {name for need in found for name in need} == {"need", "found", "remedy", "missing", "asked"}


@pytest.mark.usefixtures("nothing_installed")
def test_without_java_and_maven_each_is_missing_with_what_to_install(
    state: State, bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.doctor([]) == 1
    said = capsys.readouterr().out
    assert "install it (Debian: openjdk-17-jdk); there is no `java` on the PATH" in said
    assert "install it (Debian: maven); there is no `mvn` on the PATH" in said
    assert said.endswith("not ready: Java, JDK, Maven\n")


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize(
    ("need", "tool", "says", "text"),
    [
        ("Java", "java", 'openjdk version "11.0.22" 2024-01-16', "java` is Java 11"),
        ("Java", "java", 'java version "1.8.0_402"', "java` is Java 8"),
        ("Java", "java", "no version at all", "java` is Java of no known version"),
        ("Maven", "mvn", "Apache Maven 3.6.0 (x)", "mvn` is Maven 3.6.0"),
    ],
)
def test_a_tool_that_is_too_old_is_missing(
    state: State, bin_folder: Path, need: str, tool: str, says: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    a_tool(bin_folder, tool, says=says)
    assert cli.doctor([]) == 1
    assert text in found(capsys, need)


def test_a_java_that_lacks_memory_is_said_to(
    state: State, bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_tool(bin_folder, "java", says="Could not reserve enough space for object heap", code=1)
    assert cli.doctor([]) == 1
    assert "memory is short: end other programs" in found(capsys, "Java")


def test_maven_is_not_needed_where_the_parts_are(
    state: State, bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not jars.present():
        pytest.skip("the Java parts are not installed")
    a_tool(bin_folder, "java", says='openjdk version "21" 2023-09-19')
    assert cli.doctor([]) == 0
    assert "not needed" in found(capsys, "Maven")


def test_a_port_that_is_taken_is_missing(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert cli.doctor(["--api-port", str(port)]) == 1
    assert f"{port} is in use -> choose another `--api-port`" in found(capsys, "API port")


def test_a_killed_run_and_data_of_another_version_are_shown(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    state.record(Run(Identity(1, 0), "laptop", False, True))
    folder = state.data("dev", in_memory=False)
    folder.mkdir(parents=True)
    (folder / FILE).write_text('{"layout": 1, "kafka": "4.1"}')
    assert cli.doctor([]) == 0
    said = capsys.readouterr().out
    assert "a run was killed" in said
    assert "dev is of another version" in said
    assert "layout 1, Kafka 4.1" in said


def test_a_record_of_another_version_is_named(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    (state.root / "run.json").write_text('{"boot": 1')
    assert cli.doctor([]) == 1
    assert "run.json is not a record of a run that this version of Tillstream can read" in found(capsys, "platform")


def a_log(state: State, name: str, text: str, age_seconds: float = 0) -> Path:
    file = state.log(name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    if age_seconds:
        then = file.stat().st_mtime - age_seconds
        os.utime(file, (then, then))
    return file


@pytest.mark.parametrize("asked", ["rawarchive", "raw_archive", "raw-archive", "tillstream-laptop-rawarchive-defaa071"])
def test_a_log_is_found_by_short_and_whole_names(state: State, asked: str, capsys: pytest.CaptureFixture[str]) -> None:
    a_log(state, "tillstream-laptop-rawarchive-defaa071", "one\ntwo\nthree\n")
    assert stage.logs([asked, "--lines", "2"]) == 0
    assert capsys.readouterr().out == "two\nthree\n"


def test_of_two_stages_the_newest_has_the_short_name(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    a_log(state, "tillstream-laptop-ingest", "of laptop\n", age_seconds=60)
    a_log(state, "tillstream-dev-ingest", "of dev\n")
    assert stage.logs(["ingest"]) == 0
    assert stage.logs(["tillstream-laptop-ingest"]) == 0
    assert capsys.readouterr().out == "of dev\nof laptop\n"


def test_a_part_that_is_none_is_wrong_use_and_those_that_are_are_named(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tillstream.main(["logs", "kafka"]) == 2
    assert "`tillstream up` starts the platform" in capsys.readouterr().err
    a_log(state, "kafka", "")
    a_log(state, "job-tillstream-laptop-curate", "")
    assert tillstream.main(["logs", "kafak"]) == 2
    assert (
        "there is no log of 'kafak'; there are those of curate, kafka; did you mean kafka?\n" in capsys.readouterr().err
    )


def test_without_a_part_all_are_listed_with_their_last_words(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    a_log(state, "kafka", "first\nlast words\n")
    a_log(state, "s3", "")
    assert stage.logs([]) == 0
    kafka, s3 = capsys.readouterr().out.splitlines()
    assert kafka.startswith("kafka  ")
    assert kafka.endswith("17 bytes  last words")
    assert s3.endswith("0 bytes")


@pytest.fixture
def following(state: State) -> Iterator["subprocess.Popen[str]"]:
    a_log(state, "kafka", "before\n")
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "tillstream", "logs", "kafka", "--follow"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def test_following_shows_what_is_written_until_ctrl_c(state: State, following: "subprocess.Popen[str]") -> None:
    assert following.stdout is not None
    assert following.stdout.readline() == "before\n"
    with state.log("kafka").open("a") as log:
        log.write("after\n")
    assert following.stdout.readline() == "after\n"
    following.send_signal(signal.SIGINT)
    assert following.communicate(timeout=300) == ("", "")
    assert following.returncode == 0


def test_following_goes_on_with_the_log_of_the_next_run_and_with_one_that_was_emptied(state: State) -> None:
    file = a_log(state, "kafka", "old\nlast of old\n")
    log = kept.Followed(file, lines=1)
    assert list(log.new_lines()) == ["last of old"]
    file.replace(file.with_suffix(".log.1"))
    assert list(log.new_lines()) == []
    file.write_text("of the next run\nhalf a li")
    assert list(log.new_lines()) == ["of the next run"]
    with file.open("a") as more:
        more.write("ne\n")
    assert list(log.new_lines()) == ["half a line"]
    os.truncate(file, 0)
    assert list(log.new_lines()) == []
    file.write_text("again\n")
    assert list(log.new_lines()) == ["again"]


def test_several_logs_are_followed_under_their_names(state: State) -> None:
    a_log(state, "kafka", "k\n")
    a_log(state, "s3", "s\n")
    out = io.StringIO()
    rounds = iter([True, False])
    kept.follow(kept.find(state, None), 1, out, lambda: next(rounds))
    assert out.getvalue() == "kafka | k\ns3    | s\n"


def test_the_records_about_an_id_are_those_that_name_it_and_others_of_the_same_requests_by_time(
    state: State, capsys: pytest.CaptureFixture[str]
) -> None:
    a_log(
        state,
        "ingest",
        'START RequestId: "t"\n{"time":"12:00","request":"a","trace":"t"}\n{"time":"12:03","request":"x"}\n',
    )
    a_log(state, "raw", '{"time":"12:02","request":"b","put":1}\n{"time":"12:01","request":"b","traces":["s","t"]}\n')
    assert stage.logs(["--about", "t"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        'ingest | {"time":"12:00","request":"a","trace":"t"}',
        'raw    | {"time":"12:01","request":"b","traces":["s","t"]}',
        'raw    | {"time":"12:02","request":"b","put":1}',
    ]
    with pytest.raises(NotPossible, match="no record names 536365"):
        stage.logs(["--about", "536365"])


def test_a_log_that_is_not_there_is_refused_by_name(state: State) -> None:
    with pytest.raises(NotPossible, match="no logs in this checkout"):
        kept.find(state, "kafka")


def test_ctrl_c_in_any_command_is_130_and_one_line() -> None:
    code = (
        "import os, signal, sys, tillstream, local.diagnosis.cli\n"
        "def doctor(argv):\n    os.kill(os.getpid(), signal.SIGINT); signal.pause()\n"
        "local.diagnosis.cli.doctor = doctor\n"
        "sys.exit(tillstream.main(['doctor']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "tillstream doctor: stopped by Ctrl-C")


def test_logs_into_a_pipe_that_is_closed_end_without_a_traceback(state: State) -> None:
    a_log(state, "kafka", "x" * 100 + "\n")
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "tillstream", "logs", "kafka"]
    try:
        done = subprocess.run(command, cwd=CHECKOUT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=600)
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert wait_until(lambda: done.returncode is not None, 300)
