"""`tillstream quarantine list | show | redrive | discard`: reads the arguments, acts, and prints the outcome."""

import argparse
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commerce.errors import InvalidSelection
from console.arguments import Parser, day, of_a_line, seconds, whole
from console.counts import counted, counted_of, verb
from console.exits import FAILED, OK, confirmed, say
from stores import target

if TYPE_CHECKING:
    from commerce.quarantined.decisions import Decision, State
    from commerce.quarantined.records import Filter, Record
    from operations.quarantine.patches import Operation, Patches
    from operations.quarantine.plan import Known, Planned
    from operations.quarantine.store import Quarantine

KINDS: Final = ("stream", "bulk", "destination")
STATES: Final = ("open", "redriving", "redriven", "discarded", "all")
WAIT_SECONDS: Final = 120.0
DUE: Final = 3
"""The exit code where lines are published and not yet in the tables, as of `reconcile`."""

_DESCRIPTION: Final = """\
    tillstream quarantine list
    tillstream quarantine show stream/order-lines/3/42-1291190400000
    tillstream quarantine redrive --rule Country --set Country=France
    tillstream quarantine discard --rule Quantity --reason "a load test"

Messages and rows that are not order lines are kept in the lake bucket. These commands show them, publish mended ones
anew, and record which are given up. A record itself is never changed or deleted.
"""
_REDRIVE: Final = """\
    tillstream quarantine redrive --kind bulk --patch patch.json --dry-run

Publishes each chosen record that is an order line once it is patched, and waits until the tables hold it. What still is
none is refused with the reasons. May be stopped and run again: what was decided stays, nothing becomes two lines.

The patch file is one JSON object of record ids, or * for all that are chosen. Each has an object of fields and their
new values, or an array of JSON Patch operations (add, replace, remove, test) with paths such as /Quantity.

Exit code 0: all are in the tables. 1: some were refused. 2: wrong use, or a patch that does not fit. 3: published, but
not yet in the tables.
"""
_DISCARD: Final = """\
    tillstream quarantine discard --rule Quantity --reason "a load test"

Records that the chosen records will never become order lines, and why. Nothing is deleted, and it is for good.
"""


def quarantine(argv: list[str]) -> int:
    """Carry out the command: 0 done, 1 some refused, 2 wrong use, 3 published and not yet in the tables."""
    options = _parser().parse_args(argv)
    # the stores' clients take a second to import
    from commerce.quarantined.records import Filter
    from operations.quarantine.store import Quarantine

    chosen = Filter(
        frozenset(options.ids),
        options.kind,
        options.consumer,
        options.rule,
        options.partition,
        options.since,
        options.until,
        options.invoice,
    )
    if options.decides and chosen.is_empty and not options.all:
        raise InvalidSelection("name records, or choose some by an option, or say --all")
    platform = target.find(options.stack)
    store = Quarantine(platform)
    records = _chosen(store, chosen)
    if options.decides and not records and not options.all:
        raise InvalidSelection(
            "these options choose no quarantined record: `tillstream quarantine list --state all` shows every one"
        )
    actions: Mapping[str, Callable[..., int]] = {
        "list": _list,
        "show": _show,
        "redrive": _redrive,
        "discard": _discard,
    }
    return actions[options.action](store, records, options, platform)


def _chosen(store: "Quarantine", chosen: "Filter") -> "list[Record]":
    """The chosen records; raises `InvalidSelection` where a named one is not there."""
    # an invoice of a dropped row is known only with the names of its columns
    found = store.with_fields(store.records(replace(chosen, invoice=None)))
    found = [record for record in found if chosen.takes(record)]
    if unknown := sorted(set(chosen.ids) - {record.id for record in found}):
        raise InvalidSelection(
            f"no quarantined record has the id {unknown[0]}: `tillstream quarantine list --state all` shows all"
        )
    return found


def _list(store: "Quarantine", records: "list[Record]", options: argparse.Namespace, _: target.Target) -> int:
    from operations.quarantine import screen

    decided, states = _states(store, records)
    claims = store.undecided(decided)
    wanted = [it for it in records if options.state in ("all", states[it.id])]
    if options.json:
        _print([screen.answered(it, states[it.id], decided.get(it.id), claims.get(it.id, [])) for it in wanted])
    else:
        from console.tables import console

        screen.listed(wanted, {it.id: states[it.id] for it in wanted}, console())
        if records and not wanted:
            others = f"{counted(len(records), 'record')} {verb(len(records), 'is', 'are')} in another state"
            say(f"{others}: `tillstream quarantine list --state all` shows {verb(len(records), 'it', 'them')}")
        for it in wanted:
            if it.id in claims:
                say(screen.undecided(it.id, claims[it.id]))
    return OK


def _show(store: "Quarantine", records: "list[Record]", options: argparse.Namespace, _: target.Target) -> int:
    from operations.quarantine import screen

    decided, states = _states(store, records)
    claims = store.undecided(decided)
    answers = [screen.answered(it, states[it.id], decided.get(it.id), claims.get(it.id, [])) for it in records]
    if options.json:
        _print(answers)
    else:
        from console.tables import console

        for it in answers:
            screen.shown(it, console())
    return OK


def _redrive(store: "Quarantine", records: "list[Record]", options: argparse.Namespace, platform: target.Target) -> int:
    from operations.quarantine import redriving
    from operations.quarantine.plan import plan, rows
    from operations.topic import check_reachable

    given, settings = _patches(options, records)
    known = redriving.known(store, rows(records, given, settings))
    # a record that was discarded stays discarded: only named ones are refused for it
    records = [it for it in records if it.id in options.ids or not _is_discarded(it, known)]
    planned = redriving.checked(platform, plan(records, given, settings, known, _now()))
    if options.dry_run or not _agreed(planned, options):
        return _end(planned, options, [])
    check_reachable(platform)  # before anything is decided that could not be published
    with redirect_stdout(sys.stderr):  # the publisher's own report
        planned = redriving.publish(store, platform, planned, say)
    made = [it.decision for it in planned if it.decision is not None]
    return _end(planned, options, redriving.undrained(platform, made, options.wait, say))


def _discard(store: "Quarantine", records: "list[Record]", options: argparse.Namespace, _: target.Target) -> int:
    from operations.quarantine import redriving
    from operations.quarantine.plan import discards

    known = redriving.known(store)
    records = [it for it in records if it.id in options.ids or it.id not in known.decided]
    planned = discards(records, known, options.reason, _now())
    if not options.dry_run and _agreed(planned, options):
        planned = redriving.decide(store, planned)
    return _end(planned, options, [])


def _end(planned: "list[Planned]", options: argparse.Namespace, undrained: "list[Decision]") -> int:
    """Print the outcome for the records; returns the exit code."""
    from operations.quarantine import screen

    refused = sum(1 for it in planned if it.errors)
    lines = [it for it in planned if it.decision is not None and it.decision.LineId]
    if options.json:
        held = None if options.dry_run or options.action != "redrive" else len(lines) - len(undrained)
        facts = {"records": len(planned), "refused": refused, "lines": len(lines), "in_tables": held}
        _print({"dry_run": options.dry_run, **facts, "plan": [screen.plan_answer(it) for it in planned]})
    else:
        from console.tables import console

        screen.planned(planned, console())
    done = counted_of(len(planned) - refused, len(planned), "record")
    if not planned:
        decided = "`tillstream quarantine list --state all` shows their decisions"
        say(f"no chosen record is open, so none is {_DONE[options.action]}: {decided}")
    elif options.dry_run:
        say(f"dry run: {done} would be {_DONE[options.action]}, {refused:,} refused")
    elif undrained:
        left = counted_of(len(undrained), len(lines), "line")
        say(f"{left} {verb(len(undrained), 'is', 'are')} published but not in the tables yet: run it again later")
    else:
        proof = ", and the tables hold every line" if options.action == "redrive" and lines else ""
        say(f"{done} {_DONE[options.action]}, {refused:,} refused{proof}")
    return FAILED if refused else DUE if undrained else OK


_DONE: Final = {"redrive": "redriven", "discard": "discarded"}


def _agreed(planned: "list[Planned]", options: argparse.Namespace) -> bool:
    """Whether a person agrees to what is new in the plan; raises `InvalidSelection` if nobody does."""
    new = sum(1 for it in planned if it.is_new)
    if new and not options.yes and not confirmed(f"{options.action} {counted(new, 'record')} for good?"):
        raise InvalidSelection("nothing was changed; say --yes to decide, or --dry-run to see the plan")
    return True


def _patches(options: argparse.Namespace, records: "list[Record]") -> "tuple[Patches, tuple[Operation, ...]]":
    from operations.quarantine.patches import InvalidPatch, patches, setting

    settings = setting(options.set)
    if options.patch is None:
        return {}, settings
    known = {record.id for record in records}
    if str(options.patch) == "-":
        return patches("standard input", sys.stdin.buffer.read(), known), settings
    try:
        text = options.patch.read_bytes()
    except OSError as error:
        raise InvalidPatch(f"{options.patch} cannot be read: {error.strerror}") from None
    return patches(str(options.patch), text, known), settings


def _states(store: "Quarantine", records: "list[Record]") -> "tuple[Mapping[str, Decision], dict[str, State]]":
    from commerce.quarantined.decisions import state

    decided, published = store.decided(), store.published()
    return decided, {it.id: state(it.id, decided, published) for it in records}


def _is_discarded(record: "Record", known: "Known") -> bool:
    made = known.decided.get(record.id)
    return made is not None and not made.LineId


def _print(answer: Any) -> None:
    from commerce.wire import encode_answer

    print(encode_answer(answer).decode())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def moment(text: str) -> datetime:
    """A day or a moment in UTC, such as 2010-12-01 or 2010-12-01T08:26:00.

    >>> moment("2010-12-01")
    datetime.datetime(2010, 12, 1, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if "T" not in text:
        return datetime.combine(day(text), time(), UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must be a day or a time as 2010-12-01T08:26:00 in UTC, not {text!r}"
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _reason(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("must say why")
    return text.strip()


def _parser() -> Parser:
    parser = Parser(prog="tillstream quarantine", description=_DESCRIPTION)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = _add(actions, "list", "the quarantined records, by default the open ones", decides=False)
    listing.add_argument("--state", choices=STATES, default="open", help="records of this state (default: open)")
    _add(actions, "show", "all that is known of the chosen records", decides=False)
    redrive = _add(actions, "redrive", "publish mended records anew", _REDRIVE)
    redrive.add_argument(
        "--patch", type=Path, metavar="FILE",
        help="a JSON file of changes, by record id (see above); - for standard input",
    )  # fmt: skip
    redrive.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="a field's value in all chosen records"
    )
    redrive.add_argument(
        "--wait", type=seconds, default=WAIT_SECONDS, metavar="SECONDS",
        help="how long to wait while no further line reaches the tables (default: 120)",
    )  # fmt: skip
    discard = _add(actions, "discard", "record that records are given up, and why", _DISCARD)
    discard.add_argument("--reason", type=_reason, required=True, metavar="TEXT", help="why, for whoever asks later")
    return parser


def _add(actions: Any, name: str, help: str, says: str = "", *, decides: bool = True) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = actions.add_parser(name, help=help, description=says or help)
    added.set_defaults(decides=decides)
    added.add_argument(
        "ids", nargs="+" if name == "show" else "*", metavar="ID", help="a record's id, as `list` shows it"
    )
    added.add_argument("--kind", choices=KINDS, help="messages of the stream, rows of dropped files, or dead letters")
    added.add_argument("--consumer", metavar="NAME", help="order_tables, curate, or the function of a dead letter")
    added.add_argument("--rule", metavar="TEXT", help="a part of a reason: a field, a value or a rule")
    added.add_argument("--partition", type=whole(0), metavar="P", help="messages of this partition of the topic")
    added.add_argument("--since", type=moment, metavar="TIME", help="from this day or time on, in UTC")
    added.add_argument("--until", type=moment, metavar="TIME", help="before this day or time, in UTC")
    added.add_argument("--invoice", type=of_a_line("invoice_no"), metavar="NO", help="records of this invoice")
    added.add_argument("--json", action="store_true", help="JSON on standard output")
    if decides:
        added.add_argument("--all", action="store_true", help="choose every record that is not decided")
        added.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
        added.add_argument("--yes", action="store_true", help="decide without being asked")
    target.add_option(added)
    return added
