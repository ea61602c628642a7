"""`tillstream backfill`: reads the arguments, shows the plan, and carries it out."""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.arguments import Parser
from console.exits import OK, WRONG_USE, confirmed, say
from stores import target

if TYPE_CHECKING:
    from operations.backfill.plan import Plan
    from operations.topic import Topic

CONSUMERS: Final = ("raw_archive", "order_tables")

_DESCRIPTION: Final = """\
    tillstream backfill order_tables --from-time 2026-11-29T18:00 --dry-run
    tillstream backfill order_tables --from-offset 0=0 --dry-run

Lets a consumer read old messages of the topic again, beside its usual reading and as a consumer group of its own. Both
consumers may read a message any number of times: the archive's ledger drops what is filed, and the tables keep each
line once. So it repairs what the tables lost, and changes nothing that is right.

It reads every partition from a time on, or the named ones from an offset. The topic holds seven days.
"""


def backfill(argv: list[str]) -> int:
    """Read old messages again for a consumer: 0 when it is done, 1 if it is refused, 2 for wrong use."""
    options = _parser().parse_args(argv)
    from operations.backfill.plan import planned
    from operations.errors import Refused
    from operations.topic import Topic

    platform = target.find()
    if not platform.is_laptop:
        raise Refused("it reads the laptop's topic, and is not built for a deployed stage: docs/operating.md says why")
    with Topic(platform) as topic:
        bounds = {it: topic.bounds(it) for it in topic.partitions()}
        firsts = _firsts(topic, bounds, options)
        plan = planned(getattr(platform, f"{options.consumer}_group"), datetime.now(UTC), bounds, firsts)
        return _carried_out(plan, topic, options)


def _carried_out(plan: "Plan", topic: "Topic", options: argparse.Namespace) -> int:
    """Show the plan and, unless it is only to be shown, carry it out."""
    from local.state import State
    from operations.backfill import laptop
    from operations.backfill.plan import sentences

    (say_plainly if options.json else print)("\n".join(sentences(plan)))
    if options.dry_run:
        return _answered(plan, options)
    if not options.yes and not confirmed("Read them again?"):
        say("nothing was read: say --yes")
        return WRONG_USE
    laptop.carry_out(plan, topic, State.here(), say)
    said = f"{plan.messages:,} messages were read again by {options.consumer}; `tillstream reconcile` counts the stores"
    (say_plainly if options.json else print)(said)
    return _answered(plan, options)


def say_plainly(text: str) -> None:
    """Print sentences for people on stderr, where programs read standard output."""
    print(text, file=sys.stderr)


def _answered(plan: "Plan", options: argparse.Namespace) -> int:
    """Print the plan as one JSON object, if asked for."""
    if options.json:
        from commerce.wire import encode_answer

        print(encode_answer({"dry_run": options.dry_run, "messages": plan.messages, "plan": plan}).decode())
    return OK


def _parser() -> Parser:
    parser = Parser("tillstream backfill", description=_DESCRIPTION)
    parser.add_argument("consumer", choices=CONSUMERS, metavar="CONSUMER", help=" or ".join(CONSUMERS))
    begin = parser.add_mutually_exclusive_group(required=True)
    begin.add_argument(
        "--from-time", type=moment, metavar="TIME", help="from the first message of this time on; UTC without a zone"
    )
    begin.add_argument(
        "--from-offset",
        type=offset,
        action="append",
        metavar="PARTITION=OFFSET",
        help="this partition from this offset on; say it again for other partitions",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be read again, and do nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def moment(text: str) -> datetime:
    """A time in ISO 8601, in UTC where it has no zone.

    >>> moment("2026-11-29T18:00").isoformat()
    '2026-11-29T18:00:00+00:00'
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a time such as 2026-11-29T18:00, not {text!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def offset(text: str) -> tuple[int, int]:
    """A partition and an offset in it.

    >>> offset("3=1200")
    (3, 1200)
    """
    partition, is_there, number = text.partition("=")
    if not (is_there and partition.isdecimal() and number.isdecimal()):
        raise argparse.ArgumentTypeError(f"must be PARTITION=OFFSET, such as 3=1200, not {text!r}")
    return int(partition), int(number)


def _firsts(
    topic: "Topic", bounds: Mapping[int, tuple[int, int]], options: argparse.Namespace
) -> Mapping[int, int | None]:
    """The offset at which each partition begins; None where there is none so late, no entry where none is named."""
    if options.from_offset:
        return dict(options.from_offset)
    found = {partition: topic.offset_at(partition, options.from_time) for partition in bounds}
    return {it: None if first is None else max(first, bounds[it][0]) for it, first in found.items()}
