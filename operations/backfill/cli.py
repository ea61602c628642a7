"""`tillstream backfill`: reads the arguments, shows the plan, and carries it out."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from console.arguments import Parser
from console.counts import counted
from console.exits import OK, WRONG_USE, confirmed, say, show, unconfirmed
from stores import target

if TYPE_CHECKING:
    from operations.backfill.mapping import StagePlan
    from operations.backfill.plan import Plan
    from operations.topic import Topic

CONSUMERS: Final = ("raw_archive", "order_tables")

_DESCRIPTION: Final = """\
    tillstream backfill order_tables --from-time 2026-11-29T18:00 --dry-run
    tillstream backfill order_tables --from-offset 0=0 --dry-run
    tillstream backfill order_tables --from-offset 0=0 --stack tillstream-dev

Lets a consumer read old messages of the topic again, beside its usual reading and as a consumer group of its own. Both
consumers may read a message any number of times: the archive's ledger drops what is filed, and the tables keep each
line once. So it repairs what the tables lost, and changes nothing that is right.

It reads every partition from a time on, or the named ones from an offset. The topic holds seven days. On a deployed
stage a second event source mapping reads, which begins at a time: offsets mean the time of the earliest named message.
"""


def backfill(argv: list[str]) -> int:
    """Read old messages again for a consumer: 0 when it is done, 1 if it is refused, 2 for wrong use."""
    made = parser()
    options = made.parse_args(argv)
    if twice := named_twice(options.from_offset or ()):
        made.error(f"argument --from-offset: partition {twice} is named twice, so where it begins is not known")
    platform = target.find(options.stack)
    return _of_laptop(platform, options) if platform.is_laptop else of_stage(platform, options)


def of_stage(platform: target.Target, options: argparse.Namespace) -> int:
    """Show the plan for a deployed stage and, unless it is only to be shown, carry it out."""
    from operations.backfill.mapping import planned_on_stage, sentences
    from operations.backfill.stage import StageBackfill
    from operations.stage.topic import StageTopic
    from producer.api import Api

    topic, group = StageTopic(platform, Api(platform).connect()), getattr(platform, f"{options.consumer}_group")
    bounds = {it: topic.bounds(it) for it in topic.partitions()}
    since = options.from_time or _earliest(topic, bounds, options.from_offset)
    held = sum(end - start for start, end in bounds.values())
    by_offsets = bool(options.from_offset)
    plan = planned_on_stage(group, datetime.now(UTC), since, held, by_offsets=by_offsets)
    work = StageBackfill(platform, say)
    work.mapping(group)
    if not _agreed(sentences(plan), options):
        return WRONG_USE
    if not options.dry_run:
        work.carry_out(plan)
        show(f"{options.consumer} has read them again; `tillstream reconcile` counts the stores", as_json=options.json)
    return _answered(plan, options)


def _earliest(topic: "Topic", bounds: Mapping[int, tuple[int, int]], offsets: Sequence[tuple[int, int]]) -> datetime:
    """The time of the earliest message at these partitions and offsets; raises `Refused` for one that is not held."""
    from operations.backfill.plan import check_offset

    for partition, offset in offsets:
        check_offset(bounds, partition, offset)
    found = [next(iter(topic.read(partition, offset, offset + 1))) for partition, offset in offsets]
    return datetime.fromtimestamp(min(it.timestamp for it in found) / 1000, UTC)


def _of_laptop(platform: target.Target, options: argparse.Namespace) -> int:
    """Show the plan for the laptop and, unless it is only to be shown, carry it out."""
    from operations.backfill.plan import planned
    from operations.topic import Topic

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

    if not _agreed(sentences(plan), options):
        return WRONG_USE
    if not options.dry_run:
        laptop.carry_out(plan, topic, State.here(), say)
        read = f"{options.consumer} has read {counted(plan.messages, 'message')} again"
        show(f"{read}; `tillstream reconcile` counts the stores", as_json=options.json)
    return _answered(plan, options, messages=plan.messages)


def _agreed(plan: Sequence[str], options: argparse.Namespace) -> bool:
    """Show a plan, and ask whether to carry it out; a plan that is only shown needs no answer."""
    show("\n".join(plan), as_json=options.json)
    if options.dry_run or options.yes or confirmed("Read them again?"):
        return True
    say(unconfirmed("nothing was read"))
    return False


def _answered(plan: "Plan | StagePlan", options: argparse.Namespace, **counts: int) -> int:
    """Print the plan as one JSON object, if asked for."""
    if options.json:
        from commerce.wire import encode_answer

        print(encode_answer({"dry_run": options.dry_run, **counts, "plan": plan}).decode())
    return OK


def parser() -> Parser:
    """The command's options."""
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
    target.add_option(parser)
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


def named_twice(offsets: Sequence[tuple[int, int]]) -> str:
    """The first partition that has two of these offsets; empty if none has.

    >>> named_twice([(0, 0), (3, 7), (0, 5)]), named_twice([(0, 0), (3, 7)])
    ('0', '')
    """
    partitions = [partition for partition, _ in offsets]
    return next((str(it) for it in partitions if partitions.count(it) > 1), "")


def _firsts(
    topic: "Topic", bounds: Mapping[int, tuple[int, int]], options: argparse.Namespace
) -> Mapping[int, int | None]:
    """The offset at which each partition begins; None where there is none so late, no entry where none is named."""
    if options.from_offset:
        return dict(options.from_offset)
    from operations.backfill.plan import firsts_of_time

    return firsts_of_time({it: topic.offset_at(it, options.from_time) for it in bounds}, bounds)
