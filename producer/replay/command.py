"""A replay at the terminal: its progress, its summary, and how to resume it."""

import sys
import time
from typing import Final

import msgspec

from commerce.errors import FieldError, UnreadableDocument
from commerce.wire import encode_answer
from console.exits import FAILED, INTERRUPTED, OK, WRONG_USE, say
from console.files import is_stream
from producer import views
from producer.errors import WrongUse
from producer.replay import display
from producer.replay.run import Order, Run
from producer.suggestion.hints import map_lines, mostly_refused

TELL_SECONDS: Final = 5.0
"""Seconds between two messages about the same trouble, at least."""


def replayed(run: Run, *, as_json: bool) -> int:
    """Run the replay and report it, however it ends; returns the command's exit code."""
    began = time.monotonic()
    code: int | None = None
    try:
        with run.interrupts.caught(), display.shown(run.look):
            run.go()
    except UnreadableDocument as error:
        say(str(error))
        code = WRONG_USE
    except WrongUse as error:  # it began rightly; the disk filled up
        say(str(error))
        code = FAILED
    except KeyboardInterrupt:
        say(f"stopped by Ctrl-C{how_to_resume(run.order)}")
        code = INTERRUPTED
    else:
        if not run.counts.rows:
            say("no row was sent: the files hold none that the options choose")
    if run.trouble:
        say(f"{run.trouble}{how_to_resume(run.order)}")
    _report(run, time.monotonic() - began, as_json=as_json)
    if code is None:
        code = FAILED if run.counts.rejected or run.counts.unsent else OK
    return code


def _report(run: Run, seconds: float, *, as_json: bool) -> None:
    counts, files = run.counts, run.order.files
    for reject in run.shown:
        print(f"  {views.rejected(str(files[reject.row.file]), reject)}", file=sys.stderr)
    reasons = [reason for reject in run.shown for reason in reject.reasons if isinstance(reason, FieldError)]
    columns = mostly_refused(run.refused_rows, counts.rows - run.done_before)
    if mending := map_lines(((reason.field, reason.value) for reason in reasons), columns):
        print(
            f"  such values need a map that says {'; '.join(mending)} (--map FILE, which --suggest-map writes)",
            file=sys.stderr,
        )
    if counts.rejected and run.order.selection.by_fields:
        print(f"  {views.OF_NO_DAY}", file=sys.stderr)
    if counts.rejected > len(run.shown) and run.order.rejects is None:
        print("  … `--rejects FILE` keeps every rejected row and its reasons", file=sys.stderr)
    print(views.closing(counts, len(files), seconds, run.done_before, run.rounds), file=sys.stderr)
    if as_json:
        summary = {**msgspec.structs.asdict(counts), "files": len(files), "seconds": round(seconds, 3)}
        print(encode_answer(summary).decode())


def how_to_resume(order: Order) -> str:
    """The end of a sentence that says how to send the rest of a stopped replay."""
    if order.state is not None:
        return f"; the same command with --state {order.state} goes on from here"
    if order.loop:
        return "; the same command begins a new round"
    if any(is_stream(file) for file in order.files):
        return "; send the same input again to complete it (rows sent twice are the same lines)"
    return "; with `--state FILE` the next replay would go on from here (rows sent twice are the same lines)"


class Voice:
    """Prints troubles while requests are tried again, no faster than a person reads."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def tell(self, trouble: str) -> None:
        """Print the trouble, unless another one was printed just now."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + TELL_SECONDS
            say(trouble)
