"""Lines in the parts' logs about a lack of memory or disk are shown to the person whose command failed."""

from pathlib import Path

import pytest

import tillstream
from commerce.errors import TillstreamError
from local.diagnosis.doctor import logged
from local.diagnosis.known_causes import READ_BYTES, complaint, complaints
from local.state import State
from local.terminal import status_text

OUT_OF_HEAP = 'Exception in thread "qtp-17" java.lang.OutOfMemoryError: Java heap space'


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a running laptop's logs."""
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    folder = tmp_path / ".tillstream" / "logs"
    folder.mkdir(parents=True)
    (folder.parent / "target.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    "line",
    [
        OUT_OF_HEAP,
        "java.io.IOException: No space left on device",
        "OpenJDK: os::commit_memory failed; error='Cannot allocate memory'",
        "com.almworks.sqlite4java.SQLiteException: [13] database or disk is full",
        "java.lang.OutOfMemoryError: GC overhead limit exceeded",
    ],
)
def test_the_last_line_that_tells_of_a_lack_is_found(logs: Path, line: str) -> None:
    log = logs / "dynamodb.log"
    log.write_text(f"java.lang.OutOfMemoryError: earlier\nfine\n{line}\n\tat some.Class\n" + "x\n" * 1000)
    (logs / "kafka.log").write_text("started\n")
    assert complaints(logs) == {"dynamodb": line}


def test_what_was_said_long_ago_and_a_log_that_is_not_there_tell_of_nothing(logs: Path) -> None:
    (logs / "s3.log").write_text(OUT_OF_HEAP + "\n" + "." * READ_BYTES)
    assert complaint(logs / "s3.log") == ""
    assert complaint(logs / "absent.log") == ""


def test_a_command_that_failed_tells_of_it_and_one_for_a_stack_does_not(
    logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (logs / "dynamodb.log").write_text(OUT_OF_HEAP + "\n")

    class Failing:
        @staticmethod
        def lake(_: list[str]) -> int:
            raise TillstreamError("the store does not answer")

    monkeypatch.setattr(tillstream, "import_module", lambda _: Failing)
    assert tillstream.main(["lake", "SELECT 1"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "tillstream lake: the store does not answer"
    assert OUT_OF_HEAP in said[1]
    assert "dynamodb.log" in said[1]
    assert tillstream.main(["lake", "SELECT 1", "--stack", "tillstream-dev"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_status_and_doctor_show_it(logs: Path) -> None:
    (logs / "dynamodb.log").write_text(OUT_OF_HEAP + "\n")
    (found,) = logged(State(logs.parent))
    assert (found.need, found.found, bool(found.remedy), found.missing) == ("dynamodb", OUT_OF_HEAP, True, False)
    text = {"running": False, "stage": "laptop", "in_memory": True, "parts": [], "complaints": complaints(logs)}
    assert f"dynamodb lacks memory or disk, says its log: {OUT_OF_HEAP}" in status_text(text).splitlines()
