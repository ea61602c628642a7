"""Runs the platform from a terminal: in the foreground until Ctrl-C, or detached; stops it from another one."""

import contextlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from console.counts import counted
from console.wrapping import wrapped
from local.config import RunConfig
from local.errors import LocalError
from local.options import Options
from local.processes import keep_before
from local.state import State
from local.status import text
from local.status.watch import none_runs
from local.supervisor import interrupt
from stores.target import Target

FAILED: Final = 1

STOP_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 10.0
"""Seconds to wait for another command that stops the platform at the same time."""
READY: Final = b"+"


def say(message: str) -> None:
    """Print one line of progress on stderr."""
    with contextlib.suppress(OSError):  # a detached platform outlives its terminal
        print(message, file=sys.stderr, flush=True)


def foreground(options: Options, state: State) -> int:
    """Run until a signal asks to stop."""

    def serving() -> None:
        print(serves(options, state), flush=True)
        say("Ctrl-C stops it")

    from local.up import run  # the parts' clients take a second to import

    run(options, state, say, serving)
    say("stopped")
    return 0


def detached(options: Options, state: State) -> int:
    """Run in a separate process and session; return when the platform serves, or failed with the reason shown."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.close(reading)
        os._exit(in_background(options, state, writing))
    os.close(writing)
    try:
        if os.read(reading, 1) == READY:
            print(serves(options, state), flush=True)
            say("it runs in the background: `tillstream down` stops it")
            return 0
    except KeyboardInterrupt:
        os.kill(child, signal.SIGINT)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_background(options: Options, state: State, writing: int) -> int:
    """The detached process: it writes to the terminal until the platform serves, to a log from then on."""
    from local.up import run

    os.setsid()
    signal.signal(signal.SIGINT, interrupt)

    def serving() -> None:
        keep_before(state.log("up"))
        with state.log("up").open("wb") as log:
            sys.stdout.flush()
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        with contextlib.suppress(OSError):  # whoever asked may have been killed meanwhile
            os.write(writing, READY)

    try:
        run(options, state, say, serving)
    except LocalError as error:
        say(f"tillstream up: {error}")
        return error.exit_code
    except Exception:  # noqa: BLE001  # a fork must not go on as a second copy of whoever called us
        traceback.print_exc()
        return FAILED
    return 0


def stop(state: State) -> bool:
    """Stop the platform of this state directory, from any process; false if none runs.

    Processes are identified by id and start time, so an unrelated one that got an old id is never hit.
    """
    from local.kafka import compose

    running = state.run()
    if running is None:
        state.forget()
        compose.stop_left(state)
        return False
    ran = running.supervisor.alive
    running.supervisor.end(STOP_SECONDS)
    with state.lock(PATIENCE_SECONDS):
        state.clear_stale()
        compose.stop_left(state)
        if running.in_memory:  # the supervisor did this, unless it was killed
            state.wipe(running.stage, in_memory=True)
    return ran


def serves(options: Options, state: State) -> str:
    """The text that `up` prints when the platform serves; of another stage than the laptop's with what is its own."""
    from local.pages.cli import pages_address

    said = summary(Target.load(state.root), pages_address(state), course=options.course)
    if options.stage != Options().stage:
        config = RunConfig.load(state.config_file)
        window = max(mapping.window_seconds for mapping in config.platform.mappings)
        said += "\n" + of_stage(options.stage, config.lake_db.parent, window)
    return wrapped(said)


def of_stage(stage: str, data: Path, window_seconds: float) -> str:
    """The sentence about a stage with values of its own: where its data is, and how long its consumers wait.

    >>> of_stage("prod", Path(".tillstream/data/prod"), 60)
    'Stage prod: its data is its own, in .tillstream/data/prod; a consumer collects messages for up to 60 s'
    """
    return f"Stage {stage}: its data is its own, in {data}; a consumer collects messages for up to {window_seconds:g} s"


def summary(target: Target, pages: str, *, course: bool = False) -> str:
    """The addresses and commands needed next; with the course's resource open, the line for its client."""
    of_course = [f'  the course\'s client:  URL = "{target.api_url}/hello"'] if course else []
    return "\n".join(
        (
            f"Tillstream serves at {target.api_url}",
            *of_course,
            f"  Pages     {pages}",
            f"  Kafka     {target.bootstrap_servers}  topic {target.topic}",
            f"  DynamoDB  {target.endpoints['dynamodb']}  tables {target.invoices_table}, {target.customers_table}",
            f"  S3        {target.endpoints['s3']}  bucket {target.lake_bucket}",
            f"  Redshift  {target.endpoints['redshift-data']}  database {target.warehouse_database}",
            "Next: `tillstream replay FILE`, `tillstream invoice NUMBER`, `tillstream status`, `tillstream down`",
            'Other tools: eval "$(tillstream env)"',
        )
    )


def status_text(state: dict[str, Any]) -> str:
    """The answer of `status` for people."""
    if "parts" not in state:
        return none_runs(state)
    lines = [f"stage {state['stage']}" + (", DynamoDB in memory" if state["in_memory"] else "")]
    lines += [
        f"  {part['name']:13} {part['state']:8} pid {part['pid']:<8} port {part['port'] or '-'}"
        for part in state["parts"]
    ]
    lines += [f"{part} lacks memory or disk, says its log: {line}" for part, line in state["complaints"].items()]
    if not state["running"]:
        return "\n".join([*lines, "it does not serve yet"])
    lines += [f"API {state['api_url']}"]
    lines += [f"topic {topic['name']}: {counted(topic['end_offset'], 'message')} sent" for topic in state["topics"]]
    lines += [f"group {group['name']}: {text.waiting(group)}" for group in state["groups"]]
    lines += [text.of_table(table) for table in state["tables"]]
    lines += [
        f"bucket {it['name']}: {counted(it['raw_objects'], 'raw object')}, {counted(it['incoming'], 'incoming file')}, "
        + text.in_quarantine({"buckets": [it]})
        for it in state["buckets"]
    ]
    lines += [f"warehouse {it['database']}: {it['order_lines']:,} order lines" for it in state["warehouses"]]
    lines += [
        f"schedule {it['schedule']}: {', '.join(it['jobs'])} "
        + (f"next at {it['next']}" if it["next"] else "(off: `tillstream up --schedules`)")
        for it in state["schedules"]
    ]
    return "\n".join([*lines, text.held(state), *text.troubles(state)])
