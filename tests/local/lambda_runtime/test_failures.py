"""Whatever goes wrong while the platform comes up, there is one clear sentence, nothing left running, nothing lost."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from local import up
from local.cloudformation.synthesis import STAMP
from local.data_version import FILE
from local.diagnosis.machine import remedied
from local.errors import BrokenAssembly, HandlerBroken, MachineNotReady, PartFailed
from local.lambda_runtime.environment import ExecutionEnvironment
from local.lambda_runtime.import_check import check_handlers
from local.parts import jars
from local.platform import Function, KafkaAddress
from local.processes import Program, wait_until
from local.state import State
from local.supervisor import supervised

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / ".tillstream")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def up_said(home: Path, changes: Mapping[str, str] = {}, *, shell: str = "exec") -> tuple[int, str]:
    """Exit code and all that `tillstream up` says in this home, with these variables changed."""
    environment = {**os.environ, "TILLSTREAM_HOME": str(home), **changes}
    command = ["/bin/bash", "-c", f'{shell} "$@"', "bash", sys.executable, "-m", "tillstream", "up"]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=1200)
    assert "Traceback" not in done.stderr
    assert State(home / ".tillstream").run() is None
    return done.returncode, done.stdout + done.stderr


def a_path_with(folder: Path, **tools: str) -> dict[str, str]:
    """The variable PATH of a machine that has a shell and these scripts only."""
    folder.mkdir()
    (folder / "sh").symlink_to("/bin/sh")
    for name, script in tools.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_without_java_up_says_what_to_install(tmp_path: Path) -> None:
    code, said = up_said(tmp_path, a_path_with(tmp_path / "bin"))
    assert (code, said) == (
        1,
        "tillstream up: Java 17 or newer is needed, of which the JDK: install it (Debian: openjdk-17-jdk); "
        "there is no `java` on the PATH\n",
    )


def test_an_old_java_is_named(tmp_path: Path) -> None:
    old = a_path_with(tmp_path / "bin", java="echo 'openjdk version \"11.0.22\" 2024-01-16' >&2")
    code, said = up_said(tmp_path, old)
    assert code == 1
    assert said.endswith(f"openjdk-17-jdk); `{tmp_path}/bin/java` is Java 11\n")


def test_short_memory_is_told_in_a_sentence(tmp_path: Path) -> None:
    code, said = up_said(tmp_path, shell="ulimit -v 1000000; exec")
    assert code == 1
    assert said.startswith("tillstream up: `java -version` failed: memory is short: end other programs or raise the")


@pytest.mark.parametrize(
    ("tools", "text"),
    [
        ({"java": "echo 'version \"17\"'"}, r"Maven 3\.6\.3 or newer is needed once.*there is no `mvn` on the PATH"),
        ({"java": "echo 'version \"17\"'", "mvn": "echo Apache Maven 3.0.5"}, r"mvn` is Maven 3\.0\.5"),
        (
            {"java": "echo 'version \"17\"'", "mvn": "echo Apache Maven 3.9.1"},
            "`javac` is not on the PATH: this Java is not a JDK",
        ),
        (
            {
                "java": "echo 'version \"17\"'",
                "javac": "",
                "jar": "",
                "mvn": "[ $2 = --version ] && echo Apache Maven 3.9.1 || { echo No space left on device; exit 1; }",
            },
            r"could not fetch or build the Java parts: the disk is full: free some space",
        ),
        (
            {
                "java": "echo 'version \"17\"'",
                "javac": "",
                "jar": "",
                "mvn": "[ $2 = --version ] && echo Apache Maven 3.9.1 || { echo Could not transfer artifact; exit 1; }",
            },
            "Maven Central, or its mirror, cannot be reached: mend the network",
        ),
    ],
    ids=["no maven", "old maven", "no jdk", "full disk", "no network"],
)
def test_what_an_installation_lacks_is_told_and_it_is_not_taken_for_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tools: dict[str, str], text: str
) -> None:
    monkeypatch.setattr(jars, "PARTS", tmp_path / "parts")
    monkeypatch.setenv("PATH", a_path_with(tmp_path / "bin", **tools)["PATH"])
    with pytest.raises(MachineNotReady, match=text):
        jars.fetch(lambda say: None, lambda message: None)
    assert not jars.present()


def test_a_disk_that_is_nearly_full_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home", "1m") as home:
        code, said = up_said(home)
    assert code == 1
    assert ".tillstream has 1 MB of disk left, and the platform wants 500 MB: free some space there" in said


def test_a_part_that_a_full_disk_ends_is_told_so_even_where_its_log_could_not_say_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home", "1m") as home:
        state = State(home / ".tillstream")
        fill = "f = open({!r}, 'wb')\nwhile True: f.write(bytes(65536)); f.flush()".format(str(home / "filler"))
        program = Program("kafka", (sys.executable, "-c", fill), state.log("kafka"), lambda: False)
        with (
            pytest.raises(PartFailed, match=r"kafka ended with exit code 1: the disk is full: free some space"),
            supervised(state, "laptop", in_memory=False) as supervisor,
        ):
            supervisor.start([program])
        assert state.run() is None


def test_our_own_writes_to_a_full_disk_are_told_and_leave_nothing_half_written(tmp_path: Path) -> None:
    with small_disk(tmp_path / "home", "1m") as home:
        state = State(home / ".tillstream")
        keys = state.credentials()
        with pytest.raises(MachineNotReady, match="the disk is full: free some space"), remedied():  # noqa: PT012
            (home / "filler").write_bytes(bytes(1024 * 1024))
            state.credentials()
        (home / "filler").unlink(missing_ok=True)
        assert state.credentials() == keys


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ('{"layout": 2, "kafka": "3.9"}', "(layout 2, Kafka 3.9)"),
        ('{"layout": 1, "kafka": "4.1"}', "(layout 1, Kafka 4.1)"),
        ("torn", "does not say which version wrote the data"),
    ],
)
def test_data_of_another_version_is_refused_untouched(tmp_path: Path, stored: str, text: str) -> None:
    folder = State(tmp_path / ".tillstream").data("laptop", in_memory=False)
    folder.mkdir(parents=True)
    (folder / FILE).write_text(stored)
    code, said = up_said(tmp_path)
    assert code == 2
    assert text in said
    assert "or delete all of the laptop's data by `tillstream reset`" in said
    assert [(file.name, file.read_text()) for file in folder.iterdir()] == [(FILE, stored)]


@pytest.fixture
def assembly(tmp_path: Path) -> Path:
    """An app of one broken table."""
    folder = tmp_path / "cdk.out"
    folder.mkdir()
    properties = {"templateFile": "s.template.json"}
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/us-east-1",
        "properties": properties,
    }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": {"tillstream-laptop": stack}}))
    broken = {"Type": "AWS::MSK::Topic", "Properties": {"TopicName": "order-lines", "PartitionCount": "many"}}
    (folder / "s.template.json").write_text(json.dumps({"Resources": {"OrderLines": broken}}))
    (folder / STAMP).write_text("the fingerprint of the code")
    return folder


def test_a_broken_template_names_the_resource_and_is_made_anew_the_next_time(assembly: Path) -> None:
    address = KafkaAddress("127.0.0.1:1", "PLAINTEXT")
    with pytest.raises(BrokenAssembly, match=r"the resource OrderLines of tillstream-laptop is broken: ValueError"):
        up.read(assembly, address, "http://127.0.0.1:2")
    assert not (assembly / STAMP).exists()


def test_a_torn_template_names_the_file(assembly: Path) -> None:
    (assembly / "s.template.json").write_text('{"Resources": {')
    with pytest.raises(BrokenAssembly, match=r"(?s)s\.template\.json is not readable as JSON.*synthesized again"):
        up.read(assembly, KafkaAddress("127.0.0.1:1", "PLAINTEXT"), "http://127.0.0.1:2")


def a_function(code: Path, text: str, handler: str = "rows.handler.handler") -> Function:
    package = code / "rows"
    shutil.rmtree(code, ignore_errors=True)
    package.mkdir(parents=True)
    (package / "handler.py").write_text(text)
    return Function("tillstream-laptop-ingest", handler, code, {}, 3, 128, None)


@pytest.fixture
def execution_environment(state: State) -> ExecutionEnvironment:
    return ExecutionEnvironment("us-east-1", "000000000000", "A", "B", {}, state.root)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import absent\n", r"ModuleNotFoundError: No module named 'absent' \(.*rows/handler.py, line 1\)"),
        ("\ndef handler(:\n", r"SyntaxError: .*handler.py, line 2"),
        ("def handle(event, context): ...\n", r".*rows/handler.py has no function handler"),
        ("1 / 0\n", r"ZeroDivisionError: division by zero \(.*rows/handler.py, line 1\)"),
    ],
)
def test_a_handler_that_does_not_import_is_named_with_the_line(
    tmp_path: Path, execution_environment: ExecutionEnvironment, text: str, why: str
) -> None:
    function = a_function(tmp_path / "code", text)
    with pytest.raises(HandlerBroken, match=f"tillstream-laptop-ingest cannot start: .* does not import: {why}"):
        check_handlers([function], execution_environment)


def test_a_handler_is_imported_once_a_version_of_its_code(
    tmp_path: Path, execution_environment: ExecutionEnvironment
) -> None:
    note = tmp_path / "note"
    text = f"open({str(note)!r}, 'a').write('x')\ndef handler(event, context): ...\n"
    first, second = a_function(tmp_path / "a", text), a_function(tmp_path / "b", text)
    for functions in ([first], [first], [first, second], [first, second]):
        check_handlers(functions, execution_environment)
    assert wait_until(note.exists, 300)
    assert note.read_text() == "xx"
