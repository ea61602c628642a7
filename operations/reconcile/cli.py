"""`tillstream reconcile`: reads the arguments, prints the verdict."""

import argparse
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from console import selections
from console.arguments import Parser, did_you_mean, seconds
from console.files import files
from console.maps import add_map_option
from operations.errors import reading
from operations.reconcile.hops.names import BY_DEFAULT, CSV, HOPS, TOPIC
from stores import target

if TYPE_CHECKING:
    from console.forms import Forms
    from operations.reconcile.verdict import Verdict
    from operations.reconcile.waiting import Stalled
    from operations.topic import Topic

WAIT_SECONDS: Final = 120.0

_DESCRIPTION: Final = """\
    tillstream reconcile day.csv
    tillstream reconcile day.csv --since 2010-12-01 --hops topic,s3,dynamodb

Proves that every store holds the rows of the files, each once: the topic, the raw files in S3, the tables in DynamoDB,
the lake's table and Redshift's are read, and judged for the days of the selected rows. Lines of these days that came by
other files are counted, and the stores must agree on them; with --exact there must be none. The topic of a deployed
stage is judged only if --hops names it: its brokers are reached from inside the VPC alone.

Exit code 0: every rule holds. 1: something is lost, repeated or different. 3: nothing is, but something is due: a
consumer has not read on, or a job has not run; the last line names it.
"""


def reconcile(argv: list[str]) -> int:
    """Judge the named files and print the verdict; exit code 0: all agree, 1: lost, 2: wrong use, 3: due."""
    options = _parser().parse_args(argv)
    # the stores' clients take a second to import
    from commerce import wire
    from console.forms import forms
    from console.tables import console
    from operations.reconcile.hops.csv import entries
    from operations.reconcile.progress import progress
    from operations.reconcile.publishing import count, publish, published
    from operations.reconcile.report import show
    from operations.reconcile.run import reconcile as judged

    chosen = selections.from_options(options)
    paths = files(options.paths)
    of_files = forms(options.map, paths)
    platform = target.find(options.stack)
    with reading(f"table {platform.offsets_table}"), progress() as say:
        rows = entries(paths, of_files)
        verdict = judged(
            rows,
            chosen,
            platform,
            options.hops,
            options.wait,
            say,
            exact=options.exact,
            stalled=_stalled(platform),
            seen=_seen(platform, options.hops),
        )
    if options.json:
        print(wire.encode_answer(verdict.answer()).decode())
    else:
        show(verdict, console(), _places(paths, verdict, of_files))
    if options.publish:  # after all is shown: a verdict takes minutes, and stands whether others may read it or not
        newest = published(verdict, datetime.now(UTC))
        publish(newest, platform)
        count(newest, platform)
    return verdict.outcome


def _stalled(platform: target.Target) -> "Stalled":
    """A function that asks which groups stand still since now; what it says of a deployed platform is nothing."""
    if not platform.is_laptop:
        return dict
    from local.diagnosis.standstill import stalled

    return partial(stalled, platform.api_url, datetime.now(UTC))


def _seen(platform: target.Target, hops: Collection[str] | None) -> "Topic | None":
    """The topic as the API of a deployed platform shows it; None where its brokers are to be asked."""
    if platform.is_laptop:
        return None
    if TOPIC in (hops or ()):
        from operations.topic import check_reachable

        check_reachable(platform)
        return None
    from operations.stage.topic import StageTopic
    from producer.api import Api

    return StageTopic(platform, Api(platform).connect())


def _parser() -> Parser:
    parser = Parser(prog="tillstream reconcile", description=_DESCRIPTION)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="CSV files, plain, gzip or zip, and folders of them")
    add_map_option(parser)
    selections.add_options(parser)
    default = f"{','.join(BY_DEFAULT)}, and lake and redshift once a batch has been loaded into them"
    parser.add_argument("--hops", type=_hops, metavar="LIST", help=f"what to judge (default: {default})")
    parser.add_argument(
        "--exact", action="store_true", help="a line of these days that no file holds is wrong, whatever brought it"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, with every missing LineId")
    parser.add_argument(
        "--publish",
        action="store_true",
        help="put the verdict into the lake bucket, where the API reads it, and its metric where an alarm watches it",
    )
    parser.add_argument(
        "--wait",
        type=seconds,
        default=WAIT_SECONDS,
        metavar="SECONDS",
        help="how long to wait while no consumer makes progress, or a store is silent (default: 120; 0 waits for no "
        "consumer)",
    )
    target.add_option(parser)
    return parser


def _hops(text: str) -> tuple[str, ...]:
    """The named hops in the order of a row's way; csv, which the others are compared with, is always among them."""
    named = {name.strip() for name in text.split(",")}
    if unknown := sorted(named - set(HOPS)):
        meant = did_you_mean(unknown[0], HOPS)
        raise argparse.ArgumentTypeError(f"no hop {unknown[0]!r}: there are {', '.join(HOPS)}{meant}")
    if named == {CSV}:
        raise argparse.ArgumentTypeError("csv is what the other hops are measured by: name one of them")
    return tuple(name for name in HOPS if name in named | {CSV})


def _places(paths: list[Path], verdict: "Verdict", of_files: "Forms") -> dict[str, str]:
    """The places in the files of the first lost lines, by LineId; empty if no line is lost."""
    from operations.reconcile.hops.csv import places
    from operations.reconcile.verdict import SHOWN, Outcome

    if verdict.outcome is not Outcome.LOST:
        return {}
    wanted = {line.line_id for hop in verdict.hops for line in hop.missing[:SHOWN]}
    return places(paths, wanted, of_files) if wanted else {}
