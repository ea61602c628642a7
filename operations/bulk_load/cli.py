"""`tillstream fill`: fills empty tables from everything that curate took, at a price that is said first."""

import argparse
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from console.arguments import Parser
from console.counts import counted
from console.exits import FAILED, OK, WRONG_USE, confirmed, say, show, unconfirmed
from stores import target

if TYPE_CHECKING:
    from commerce.batches.records import Export
    from operations.bulk_load.loading import BulkLoad

_DESCRIPTION: Final = """\
    tillstream fill --dry-run
    tillstream fill --stack tillstream-dev --dollars-per-gb 0.10

Fills the empty DynamoDB tables Invoices and Customers, as after a restore, with all order lines that curate has taken.
The job load_tables writes each line and each invoice summary as an item to the bucket, and DynamoDB imports the items
from there (StartBulkPutItems), which is cheaper than writing them one by one. The command says the price, asks, loads,
and counts both tables. On the laptop, which has no such import, the same items are put in batches. Run `tillstream job
curate` first: lines that it has not taken are not loaded.

Nothing else may write to the tables meanwhile: of a deployed stage, pause the consumer's event source mapping, which
this command names; on the laptop, send no rows.
"""


def fill(argv: list[str]) -> int:
    """Load the tables: 0 when all is loaded, 1 if it is refused or the job fails, 2 for wrong use."""
    options = _parser().parse_args(argv)
    platform = target.find(options.stack)
    from operations.bulk_load.loading import BulkLoad

    work = BulkLoad(platform, say)
    work.check()
    work.check_curated()
    name = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    try:
        with work.exporting():
            ended = _exported(platform, options.stack, name)
        return _loaded(work, work.export(name), platform, options) if ended == OK else FAILED
    finally:
        work.discard(name)


def _loaded(work: "BulkLoad", export: "Export", platform: target.Target, options: argparse.Namespace) -> int:
    """Say the price of an export and, unless it is only to be said, load it; the exit code."""
    from commerce.wire import encode_answer
    from operations.bulk_load.plan import price, sentences
    from operations.cost.prices import read

    prices = read()
    its = price(export, prices, options.dollars_per_gb)
    show("\n".join(sentences(export, its, prices)), as_json=options.json)
    if its.bulk is None and not platform.is_laptop and not options.dry_run:
        say("nothing was loaded: say --dollars-per-gb")
        return WRONG_USE
    if not options.dry_run:
        if not options.yes and not confirmed("Load the tables?"):
            say(unconfirmed("nothing was loaded"))
            return WRONG_USE
        work.check()  # again: the export took a while, and so did the answer
        work.load(export)
        summaries = counted(export.summaries, "summary", "summaries")
        show(f"loaded and counted: {counted(export.lines, 'line')} and {summaries}", as_json=options.json)
    if options.json:
        found = {
            "dry_run": options.dry_run,
            "export": export.export,
            "lines": export.lines,
            "summaries": export.summaries,
        }
        print(encode_answer(found | {"bytes": export.bytes}).decode())
    return OK


def _exported(platform: target.Target, stack: str | None, name: str) -> int:
    """Run load_tables so that it writes the items of an export of this name; its exit code."""
    own = ["--export", name]
    if platform.is_laptop:
        from local.glue.command import run_named
        from local.state import State

        return run_named("load_tables", own, State.here())
    from operations.errors import Refused
    from operations.stage import jobs
    from operations.stage.deployed import Deployed

    if not stack:
        raise Refused("the stack that has the job must be named: say --stack NAME")
    return jobs.run_named(Deployed(stack, platform), "load_tables", own)


def _parser() -> Parser:
    parser = Parser("tillstream fill", description=_DESCRIPTION)
    parser.add_argument(
        "--dollars-per-gb", type=dollars, metavar="N", help="AWS's price of bulk put items in the stage's region"
    )
    target.add_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="only write the items, and say the price")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    return parser


def dollars(text: str) -> Decimal:
    """A price from 0.

    >>> dollars("0.10")
    Decimal('0.10')
    """
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or found < 0:
        raise argparse.ArgumentTypeError(f"must be a number of dollars such as 0.10, not {text!r}")
    return found
