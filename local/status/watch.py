"""`tillstream top`: the way of a row, live, on a screen that is redrawn, in plain lines, or as JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from commerce.errors import NoTarget
from console.exits import can_draw
from console.runbook import PART_ENDED, way_back
from local.cloudwatch.alarms import ALARM
from local.cloudwatch.logs import Follower
from local.errors import LocalError
from local.glue.runs import short_name
from local.state import State
from local.status import text
from local.status.state import status

if TYPE_CHECKING:
    from rich.console import RenderableType

LOOK_SECONDS: Final = 1.0

SIDE_BY_SIDE: Final = 110
"""Columns from which the table of processes and that of numbers stand side by side."""

BESIDE_A_KEY: Final = 25
"""Columns for the time and the size of a file, before its key."""

Show = Callable[[dict[str, Any]], None]


def watch(state: State, *, as_json: bool = False) -> int:
    """Refresh until Ctrl-C (0), or until no platform runs any more (1)."""
    follower = Follower(state.root / "logs")
    return shown(partial(look, state, follower), LOOK_SECONDS, as_json=as_json)


def shown(look: Callable[[], dict[str, Any]], seconds: float, *, as_json: bool) -> int:
    """Show each look, one every so many seconds, until Ctrl-C (0), or until one finds no platform (1)."""
    try:
        with objects() if as_json else drawn() if can_draw(sys.stdout) else lines() as show:
            while "parts" in (seen := look()):
                show(seen)
                sleep(seconds)
    except KeyboardInterrupt:
        return 0
    print(none_runs(seen), file=sys.stderr)
    return 1


def none_runs(state: dict[str, Any]) -> str:
    """The message that no platform runs, and why the last one ended if it was not stopped.

    >>> print(none_runs({"ended": {"at": "2026-11-29T02:00:00+00:00", "why": "kafka was killed by SIGKILL"}}))
    no platform runs in this checkout: `tillstream up` starts one
    the last one ended at 2026-11-29T02:00:00+00:00 without `tillstream down`: kafka was killed by SIGKILL
    the way back: docs/runbook/part-ended.md
    """
    said = ["no platform runs in this checkout: `tillstream up` starts one"]
    if ended := state.get("ended"):
        at = f" at {ended['at']}" if ended["at"] else ""
        said += [f"the last one ended{at} without `tillstream down`: {ended['why']}", *way_back([PART_ENDED])]
    return "\n".join(said)


def look(state: State, follower: Follower) -> dict[str, Any]:
    """The state; with `trouble`, in words, if a service does not answer now."""
    try:
        return status(state, follower)
    except (LocalError, NoTarget, OSError) as error:
        run = state.run()
        if run is None or not run.supervisor.alive:  # it ended while we looked
            return status(state)
        return {"running": False, "stage": run.stage, "parts": [], "trouble": str(error)}


@contextmanager
def objects() -> Iterator[Show]:
    """A line of JSON a look: all that `tillstream status --json` has, with the time."""
    yield lambda state: print(json.dumps({"at": datetime.now(UTC).isoformat(), **state}), flush=True)


@contextmanager
def lines() -> Iterator[Show]:
    """A plain line, with its time, whenever something has changed."""
    last = ""

    def show(state: dict[str, Any]) -> None:
        nonlocal last
        if (text := line(state)) != last:
            last = text
            print(f"{datetime.now():%H:%M:%S} {text}", flush=True)

    yield show


def line(state: dict[str, Any]) -> str:
    """The state in one line.

    >>> held = {"deliveries": {"topic": 9, "s3": 6}, "lines": {"dynamodb": 9}}
    >>> groups = [{"name": "raw-archive", "lag": 3, "oldest_seconds": 26, "stands_still": None}]
    >>> quiet = {"running": True, "parts": [], "failures": [], "alarms": [], "buckets": [{"quarantine": 0}]}
    >>> line({**quiet, **held, "groups": groups})
    'deliveries: topic 9, s3 6 (by its ledger); lines: dynamodb 9; behind: raw-archive 3; 0 open in quarantine'
    """
    if "trouble" in state:
        return str(state["trouble"])
    ended = [part["name"] for part in state["parts"] if part["state"] != "running"]
    said = [f"ended: {', '.join(ended)}"] if ended else []
    if not state["running"]:
        serving = ", ".join(part["name"] for part in state["parts"]) or "no part"
        return "; ".join([*said, f"it does not serve yet; started so far: {serving}"])
    behind = ", ".join(f"{group['name']} {group['lag']:,}" for group in state["groups"])
    said += [text.held(state), f"behind: {behind}", text.in_quarantine(state), *text.troubles(state)]
    return "; ".join(said)


@contextmanager
def drawn() -> Iterator[Show]:
    """A screen that is redrawn."""
    from rich.live import Live

    from console.tables import console

    with Live(console=console(), auto_refresh=False) as live:
        yield lambda state: live.update(screen(state, live.console.width), refresh=True)


def screen(state: dict[str, Any], width: int) -> "RenderableType":
    """The state as a screen of some 20 lines, in this many columns; in few, processes are named in a line of text."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Text(f"stage {state['stage']}  {datetime.now():%H:%M:%S}  Ctrl-C ends this, not the platform", style="dim")
    if not state["running"]:
        return Group(head, parts(state), Text(line(state)))
    if width < SIDE_BY_SIDE:
        counted = [*parts_in_words(state), numbers(state)]
    else:
        side = Table.grid(padding=(0, 4))
        side.add_row(parts(state), numbers(state))
        counted = [side]
    troubles = [Text(trouble, style="yellow") for trouble in text.troubles(state)]
    return Group(head, *counted, *troubles, last_files(state, width))


def parts(state: dict[str, Any]) -> "RenderableType":
    """A row a process."""
    from rich.table import Table

    table = Table("part", "state", "port", box=None, padding=(0, 2, 0, 0))
    for part in state["parts"]:
        style = "" if part["state"] == "running" else "bold red"
        table.add_row(part["name"], part["state"], str(part["port"] or "-"), style=style)
    return table


def parts_in_words(state: dict[str, Any]) -> Iterator["RenderableType"]:
    """A line with the processes that run, and one with those that have ended."""
    from rich.text import Text

    for each in ("running", "ended"):
        if names := [part["name"] for part in state["parts"] if part["state"] == each]:
            yield Text(f"{each}: {', '.join(names)}", style="" if each == "running" else "bold red")


def numbers(state: dict[str, Any]) -> "RenderableType":
    """Rows by hop with those a second, lag by group with the age of the oldest waiting message, quarantine, alarms."""
    from rich.table import Table

    table = Table("hop", "", "", "a second", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = table.columns[3].justify = "right"
    for column in (0, 1, 3):
        table.columns[column].no_wrap = True
    for kind in ("deliveries", "lines"):
        for hop, count in state[kind].items():
            rate = state["rates"].get(hop)
            table.add_row(hop, f"{count:,}", kind, "" if rate is None else f"{rate:,.0f}")
    for group in state["groups"]:
        oldest = group["oldest_seconds"]
        since = "messages" if oldest is None else f"messages, for {text.age(oldest)}"
        name = short_name(group["name"], state["stage"])
        table.add_row(f"behind: {name}", f"{group['lag']:,}", since, style="yellow" if group["lag"] else "")
    count = text.quarantined(state)
    table.add_row("in quarantine", f"{count:,}", "open records", style="yellow" if count else "")
    raised = sum(alarm["state"] == ALARM for alarm in state["alarms"])
    table.add_row("alarms", f"{raised:,}", f"of {len(state['alarms'])}", style="bold red" if raised else "")
    return table


def last_files(state: dict[str, Any], width: int) -> "RenderableType":
    """The last files in the lake bucket, the newest first; of a key that is too long its end is shown."""
    from rich.table import Table
    from rich.text import Text

    table = Table("written", "bytes", "last files", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = "right"
    room = width - BESIDE_A_KEY
    for bucket in state["buckets"]:
        for file in bucket["last_files"]:
            written = datetime.fromisoformat(file["written"]).astimezone()
            key = file["key"] if len(file["key"]) <= room else "…" + file["key"][-room + 1 :]
            table.add_row(f"{written:%H:%M:%S}", f"{file['bytes']:,}", Text(key))
    return table
