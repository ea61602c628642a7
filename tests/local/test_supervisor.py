"""Supervision: all processes that depend on each other serve or none is left, whatever happens to whom."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from local.errors import Interrupted, NotPossible, PartFailed
from local.processes import Identity, Process, Program, await_ready, local_environment, stop_all, wait_until
from local.state import Run, RunningPart, State
from local.status.state import status
from local.supervisor import Supervisor, supervised
from local.up import end_recorded
from tests.processes import children

CHECKOUT = Path(__file__).resolve().parents[2]
READY = "from local.readiness import tell_ready; tell_ready()"
SERVES = f"import time; {READY}; time.sleep(600)"
STUBBORN = (
    f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {READY}; "
    "time.sleep(600)"
)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / ".tillstream")


def a_program(state: State, name: str, code: str = SERVES) -> Program:
    log = state.log(name)
    return Program(name, (sys.executable, "-c", code), log)


def recorded(state: State) -> Run:
    run = state.run()
    assert run is not None
    return run


def test_all_processes_serve_inside_the_block_and_none_is_left_after_it(state: State) -> None:
    with supervised(state, "laptop", in_memory=False) as supervisor:
        supervisor.start([a_program(state, "first"), a_program(state, "second")])
        supervisor.start([a_program(state, "third")])
        identities = [part.identity for part in recorded(state).parts]
        assert [part.name for part in recorded(state).parts] == ["first", "second", "third"]
        assert all(identity.alive for identity in identities)
    assert not any(identity.alive for identity in identities)
    assert state.run() is None


def test_what_was_launched_is_waited_for_by_the_next_start(state: State) -> None:
    go_on = state.root / "go-on"
    held = f"import os, time\nwhile not os.path.exists({str(go_on)!r}): time.sleep(0.01)\n"
    slow = a_program(state, "slow", f"{held}print('up', flush=True); {READY}; time.sleep(600)")
    with supervised(state, "laptop", in_memory=False) as supervisor:
        supervisor.launch([slow])
        assert slow.log.read_text() == ""
        go_on.touch()
        supervisor.start([a_program(state, "second")])
        assert slow.log.read_text() == "up\n"
        assert [part.name for part in recorded(state).parts] == ["slow", "second"]


def test_a_part_that_ends_while_another_starts_is_named_with_its_log_and_the_others_are_stopped(state: State) -> None:
    identities: list[Identity] = []
    with (  # noqa: PT012 (the second start is what fails)
        pytest.raises(PartFailed, match=r"(?s)second ended with exit code 3; .*no space left"),
        supervised(state, "laptop", in_memory=False) as supervisor,
    ):
        supervisor.start([a_program(state, "first")])
        identities += [part.identity for part in recorded(state).parts]
        supervisor.start([a_program(state, "second", "import sys; print('no space left'); sys.exit(3)")])
    assert identities
    assert not identities[0].alive


def test_a_part_that_dies_later_is_named(state: State) -> None:
    with (  # noqa: PT012 (the watch is what fails)
        pytest.raises(PartFailed, match="second was killed by SIGKILL"),
        supervised(state, "laptop", in_memory=False) as supervisor,
    ):
        supervisor.start([a_program(state, "first"), a_program(state, "second")])
        recorded(state).parts[1].identity.send(signal.SIGKILL)
        supervisor.watch()
    assert state.run() is None


def watched_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    """Watch in this thread until the condition holds, by the signal with which a terminal ends it."""

    def interrupt() -> bool:
        came = wait_until(condition, 300)
        os.kill(os.getpid(), signal.SIGINT)
        return came

    with ThreadPoolExecutor(1) as other:
        came = other.submit(interrupt)
        with contextlib.suppress(Interrupted):
            supervisor.watch()
        assert came.result()


def test_a_part_on_which_no_other_depends_is_started_again_and_the_others_go_on(state: State) -> None:
    with supervised(state, "laptop", in_memory=False) as supervisor:
        supervisor.start([a_program(state, "first"), replace(a_program(state, "pages"), renewed=True)])
        first, before = recorded(state).parts
        before.identity.send(signal.SIGKILL)
        watched_until(supervisor, lambda: recorded(state).parts[1].identity != before.identity)
        kept, renewed = recorded(state).parts
        assert (kept, renewed.name) == (first, "pages")
        assert kept.identity.alive
        assert renewed.identity.alive
    assert not renewed.identity.alive


def test_a_part_that_cannot_be_started_again_stays_ended_and_the_others_go_on(state: State, tmp_path: Path) -> None:
    once = f"import sys, pathlib\nmark = pathlib.Path({str(tmp_path / 'mark')!r})\nif mark.exists(): sys.exit(1)\n"
    program = replace(a_program(state, "pages", f"{once}mark.touch()\n{SERVES}"), renewed=True)
    with supervised(state, "laptop", in_memory=False) as supervisor:
        supervisor.start([program, a_program(state, "second")])
        before = recorded(state).parts[0].identity
        before.send(signal.SIGKILL)
        watched_until(
            supervisor,
            lambda: recorded(state).parts[0].identity != before and not recorded(state).parts[0].identity.alive,
        )
        assert recorded(state).parts[1].identity.alive


def test_a_part_that_hangs_is_named_with_its_log(state: State) -> None:
    with (
        pytest.raises(PartFailed, match=r"(?s)idle hangs: it does not serve, and nothing .* its log is .*idle"),
        supervised(state, "laptop", in_memory=False) as supervisor,
    ):
        supervisor.start([a_program(state, "idle", "import time; time.sleep(600)")], patience_seconds=0.5)


@pytest.mark.parametrize("work", ["print('.', flush=True); time.sleep(0.05)", "sum(range(10_000))"])
def test_a_part_that_goes_on_is_waited_for_beyond_the_patience(state: State, work: str) -> None:
    code = f"import time\nuntil = time.monotonic() + 2\nwhile time.monotonic() < until:\n    {work}\n{SERVES}"
    with supervised(state, "laptop", in_memory=False) as supervisor:
        supervisor.start([a_program(state, "slow", code)], patience_seconds=1)


def test_what_a_part_writes_into_its_log_does_not_say_that_it_serves(state: State) -> None:
    process = Process(a_program(state, "talker", "import time; print('ready', flush=True); time.sleep(600)"))
    try:
        assert wait_until(lambda: process.log.read_text() == "ready\n", 300)
        assert not process.serves
    finally:
        process.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all(state: State, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with (  # noqa: PT012 (the signal arrives during the watch)
        pytest.raises(Interrupted, match="nothing is left running") as interrupted,
        supervised(state, "laptop", in_memory=False) as supervisor,
    ):
        supervisor.start([a_program(state, "first")])
        identity = recorded(state).parts[0].identity
        os.kill(os.getpid(), number)
        supervisor.watch()
    assert interrupted.value.number is number
    assert not identity.alive
    assert signal.getsignal(number) is before


def test_a_process_that_ignores_the_request_is_killed_with_its_own_children(state: State) -> None:
    child_code = STUBBORN.replace(READY, "pass")  # the pipe is the part's own, not its child's
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child_code!r}])\n{STUBBORN}"
    process = Process(a_program(state, "stubborn", code))
    await_ready([process])
    assert wait_until(lambda: state.log("stubborn").read_text().count("up") == 2, 300)
    child = Identity.of(children(process.identity.pid)[0])
    assert child is not None
    process.stop(grace_seconds=0.2)
    assert wait_until(lambda: not process.identity.alive and not child.alive, 300)


@pytest.fixture
def killed_supervisor(state: State, tmp_path: Path) -> Iterator[tuple[Run, "subprocess.Popen[bytes]"]]:
    """A supervisor in another process, with one part that serves, and its record."""
    script = tmp_path / "supervise.py"
    script.write_text(f"""
import sys
from pathlib import Path
from local.processes import Program
from local.state import State
from local.status.state import status
from local.supervisor import supervised
from local.up import end_recorded
state = State(Path({str(state.root)!r}))
log = state.log("part")
with state.lock(), supervised(state, "laptop", False) as supervisor:
    supervisor.start([Program("part", (sys.executable, "-c", {STUBBORN!r}), log)])
    supervisor.mark_ready()
    supervisor.watch()
""")
    child = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(CHECKOUT)})
    try:
        assert wait_until(lambda: (run := state.run()) is not None and run.ready, 300)
        yield recorded(state), child
    finally:
        child.kill()
        child.wait()


def test_parts_die_with_a_killed_supervisor(
    state: State, killed_supervisor: tuple[Run, "subprocess.Popen[bytes]"]
) -> None:
    run, child = killed_supervisor
    assert run.parts[0].identity.alive
    child.kill()
    assert wait_until(lambda: not run.parts[0].identity.alive, 300)
    assert child.wait() == -signal.SIGKILL
    state.clear_stale()
    assert state.run() is None


def test_a_second_supervisor_is_refused_while_one_lives(
    state: State, killed_supervisor: tuple[Run, "subprocess.Popen[bytes]"]
) -> None:
    with pytest.raises(NotPossible, match="a platform runs in this checkout already"), state.lock():
        pass
    _, child = killed_supervisor
    child.kill()
    child.wait()
    with state.lock():
        pass


def test_a_foreign_process_with_an_old_id_is_never_hit(state: State) -> None:
    foreign = Process(a_program(state, "foreign"))
    try:
        await_ready([foreign])
        old = Identity(foreign.identity.pid, foreign.identity.started - 1)
        state.record(Run(old, "laptop", False, True, (RunningPart("kafka", old, 1234),)))
        state.clear_stale()
        assert not old.alive
        assert foreign.exit_code is None
    finally:
        foreign.stop()


def test_what_a_killed_run_left_is_ended(state: State) -> None:
    left = Process(a_program(state, "left"))
    await_ready([left])
    state.record(Run(Identity(1, 0), "laptop", False, True, (RunningPart("kafka", left.identity, 1234),)))
    state.clear_stale()
    assert left.exit_code == -signal.SIGTERM


def test_a_record_from_before_the_last_boot_is_no_run(state: State) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    state.record(Run(me, "laptop", False))
    file = state.root / "run.json"
    file.write_text(file.read_text().replace(Path("/proc/sys/kernel/random/boot_id").read_text().strip(), "older"))
    assert state.run() is None


def test_children_get_no_aws_settings_of_the_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    assert "AWS_PROFILE" not in local_environment()
    assert "PATH" in local_environment()


def has_ended(process: Process) -> bool:
    return process.exit_code is not None


def test_the_log_of_the_run_before_is_kept(state: State) -> None:
    for text in ("one", "two"):
        process = Process(a_program(state, "part", f"print('ready {text}')"))
        assert wait_until(partial(has_ended, process), 300)
    assert state.log("part").read_text() == "ready two\n"
    assert state.log("part").with_name("part.log.1").read_text() == "ready one\n"


def test_credentials_are_random_kept_and_private(state: State, tmp_path: Path) -> None:
    keys = state.credentials()
    assert state.credentials() == keys
    assert State(tmp_path / "other").credentials() != keys
    assert (state.root / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_the_latest_is_stopped_first(state: State) -> None:
    noted = state.root / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open({path!r}, 'a').write({name!r}); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n" + SERVES.replace("{", "{{").replace("}", "}}")
    )
    programs = [a_program(state, name, code.format(path=str(noted), name=name)) for name in "abc"]
    processes = [Process(program) for program in programs]
    await_ready(processes)
    stop_all(processes)
    assert noted.read_text() == "cba"


def test_why_a_platform_ended_is_told_until_the_next_one_starts(state: State) -> None:
    with pytest.raises(PartFailed), end_recorded(state):
        raise PartFailed("kafka", "was killed by SIGKILL", state.log("kafka"))
    ended = status(state)["ended"]
    assert ended["why"].startswith(f"kafka was killed by SIGKILL; its log is {state.log('kafka')}")
    state.forget_end()
    assert status(state) == {"running": False}


@pytest.mark.parametrize("error", [Interrupted(signal.SIGTERM), NotPossible("there is no stage 'nosuch'")])
def test_a_platform_that_was_asked_to_stop_or_for_what_cannot_be_leaves_no_reason(
    state: State, error: Exception
) -> None:
    with pytest.raises(type(error)), end_recorded(state):
        raise error
    assert status(state) == {"running": False}


def test_a_killed_supervisor_is_named_with_its_log(state: State) -> None:
    state.record(Run(Identity(1, 0), "laptop", False))
    assert f"its supervisor, process 1, was killed; its log is {state.log('up')}" in status(state)["ended"]["why"]
