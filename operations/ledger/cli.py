"""`tillstream ledger show | rebuild | new-epoch | start`: arguments in, decisions written, the ledger shown."""

import argparse
import sys
from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from commerce import wire
from commerce.raw import last_key
from console.arguments import Parser, whole
from operations.errors import Refused, StoreUnreachable
from operations.ledger.checks import LastObject, check_recreated, check_start
from operations.ledger.view import Entry, show, view
from operations.reconcile.bucket import Bucket
from operations.reconcile.screen import console
from operations.reconcile.topic import Topic
from stores import target
from stores.ledger import Ledger
from stores.retries import CLIENT, within
from stores.target import Target

_DESCRIPTION: Final = """\
    tillstream ledger show
    tillstream ledger rebuild --yes

How far each partition of the topic is filed in S3. The raw archive goes on by this ledger alone, never skips, and
stops where it could lose or repeat a message. Each of the other three commands is right in one case only.
"""
_REBUILD: Final = """\
Right after the ledger's table was restored or lost, before the stream goes on: writes each row anew from the raw
objects, which are the truth. Harmless at any other time: a row that is right stays as it is.
"""
_NEW_EPOCH: Final = """\
Right after the topic was deleted and made again, so that its offsets began at 0 once more: the archive has stopped and
said so. Every partition is filed from offset 0 under the next epoch, and what was filed stays. First wait until no
invocation of the raw archive can still hold messages of the old topic (its time-out). Refused while the topic still
holds a message that is filed.
"""
_START: Final = """\
Right where the archive has stopped because messages are gone for good: they expired before they were filed, or the
topic never had these offsets. Lets the partition go on at OFFSET; the offsets before it are given up, and reconcile
says which lines that costs. Refused while the topic still holds one of them.
"""
_PATIENCE_SECONDS: Final = 60.0


class Platform:
    """The stores that the ledger's commands look into."""

    def __init__(self, of: Target) -> None:
        self.target = of
        self.bucket = Bucket(of)
        client = of.client("dynamodb", config=CLIENT)
        self.ledger = Ledger(client, of.offsets_table, of.cluster, within(_PATIENCE_SECONDS))

    def entries(self) -> list[Entry]:
        """The ledger as it is; without the topic's ends where its brokers cannot be reached from here."""
        rows, keys = self.ledger.rows(self.target.topic), self.bucket.raw_keys()
        try:
            with Topic(self.target) as topic:
                ends = {partition: topic.bounds(partition)[1] for partition in topic.partitions()}
        except StoreUnreachable as error:
            print(f"the topic's ends are not shown: {error}", file=sys.stderr)
            ends = {}
        return view(rows, keys, ends)


def ledger(argv: list[str]) -> int:
    """Do what the arguments say and show the ledger: 0 done, 1 refused or failed, 2 wrong use."""
    options = _parser().parse_args(argv)
    platform = Platform(target.find(options.stack))
    if options.decides and not options.yes and not _agrees(options.action):
        print(f"tillstream ledger {options.action}: nothing was changed; say --yes to decide", file=sys.stderr)
        return 2
    try:
        options.run(platform, options)
        entries = platform.entries()
    except (BotoCoreError, ClientError) as error:
        raise StoreUnreachable(f"the ledger in table {platform.target.offsets_table}: {error}") from error
    if options.json:
        print(wire.encode_answer(entries).decode())
    else:
        show(entries, console())
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="tillstream ledger", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions, "show", "how far each partition is filed", _show, decides=False)
    _add(actions, "rebuild", "write the rows anew from the raw objects", _rebuild, _REBUILD)
    _add(actions, "new-epoch", "file a recreated topic from offset 0", _new_epoch, _NEW_EPOCH)
    start = _add(actions, "start", "give messages up that are gone for good", _start, _START)
    start.add_argument("--partition", type=whole(0), required=True, metavar="P", help="the partition that has stopped")
    start.add_argument("--offset", type=whole(0), required=True, metavar="OFFSET", help="where the next batch begins")
    return parser


def _add(
    actions: Any, name: str, help: str, run: Callable[[Platform, argparse.Namespace], None], says: str = "",
    *, decides: bool = True,
) -> argparse.ArgumentParser:  # fmt: skip
    added: argparse.ArgumentParser = actions.add_parser(
        name, help=help, description=says or help, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    added.set_defaults(run=run, decides=decides)
    added.add_argument("--json", action="store_true", help="the ledger afterwards, as JSON on stdout")
    if decides:
        added.add_argument("--yes", action="store_true", help="decide without being asked")
    target.add_option(added)
    return added


def _show(platform: Platform, options: argparse.Namespace) -> None:
    """Nothing to do: the ledger is shown after every command."""


def _rebuild(platform: Platform, options: argparse.Namespace) -> None:
    changed = platform.ledger.rebuild(platform.target.topic, platform.bucket.lake)
    for rebuilt in changed:
        was = rebuilt.before.position
        before = f"offset {was.next_offset:,} of epoch {was.epoch}" if was else "absent"
        now = f"offset {rebuilt.position.next_offset:,} of epoch {rebuilt.position.epoch}"
        print(f"partition {rebuilt.before.partition}: was {before}, is {now}", file=sys.stderr)
    print(f"{len(changed)} rows rebuilt from the raw objects", file=sys.stderr)


def _new_epoch(platform: Platform, options: argparse.Namespace) -> None:
    keys, lake = platform.bucket.raw_keys(), platform.bucket.lake
    epoch = max((key.epoch for key in keys), default=0)
    with Topic(platform.target) as topic:
        partitions = topic.partitions()
        lasts = [last for partition in partitions if (last := last_key(keys, partition, epoch))]
        filed = [LastObject(last, lake.extent(str(last)).first_timestamp) for last in lasts]
        check_recreated(topic, filed)
        begun = platform.ledger.new_epoch(platform.target.topic, partitions, lake)
    epochs = {row.position.epoch for row in begun if row.position}
    print(f"epoch {max(epochs)} begins at offset 0 of {len(begun)} partitions", file=sys.stderr)


def _start(platform: Platform, options: argparse.Namespace) -> None:
    ledger, topic_name, partition = platform.ledger, platform.target.topic, options.partition
    row = ledger.read(topic_name, partition)
    position = row.position or ledger.position_without_row(topic_name, partition, platform.bucket.lake)
    with Topic(platform.target) as topic:
        partitions = topic.partitions()
        if partition not in partitions:
            raise Refused(f"the topic {topic_name} has no partition {partition}: it has 0 to {max(partitions)}")
        check_start(topic, partition, position.next_offset, options.offset)
    ledger.record_start(topic_name, partition, options.offset)
    given_up = f"offsets {position.next_offset:,} to {options.offset - 1:,} are given up"
    print(f"partition {partition} may go on at offset {options.offset:,}: {given_up}", file=sys.stderr)


def _agrees(action: str) -> bool:
    """Whether the person at the terminal says yes; nobody does where there is none."""
    if not sys.stdin.isatty():
        return False
    print(
        f"tillstream ledger {action} decides for good (see --help). Go on? [y/N] ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")
