"""`tillstream ledger`: shows how far the raw archive is, and carries out an operator's decision about it."""

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from console.arguments import Parser, whole
from console.exits import WRONG_USE, confirmed
from operations.errors import reading
from stores import target

_DESCRIPTION: Final = """\
    tillstream ledger show
    tillstream ledger refile --yes

How far each partition of the topic is filed in S3. The raw archive goes on by this ledger alone, never skips, and
stops where it could lose or repeat a message. docs/runbook says which of the other
commands is right after which accident.
"""
_REBUILD: Final = """\
Right after the ledger's table was restored or lost: writes each row anew from the raw objects, which are the truth. A
row that is right stays as it is. Refused where the objects end before what the archive's group has read: then objects
were lost, which `tillstream ledger refile` files again.
"""
_REFILE: Final = """\
Right after raw objects were lost: files again, from the topic, every message that no raw object holds although the
archive has read it, and lets the ledger stand where the objects end. What the topic has let go of is named, by
partition and offsets, and the exit code is 1. May run beside the archive, be killed, and be run again; first wait until
no invocation of the raw archive can still run that began before the loss (its time-out).
"""
_RESTORE: Final = """\
Right after the bucket's raw objects were lost, where a copy of them is on disk: puts each one back, with its metadata
made anew, never over another object. The folder has the keys as paths, as `aws s3 sync` makes it. Then
`tillstream ledger refile` files what is younger than the copy.
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
says which lines that costs. Right as well to accept what `tillstream ledger refile` named as gone for good. Refused
while the topic still holds one of them.
"""
_LET_GO: Final = """\
Right where the archive has stopped at a message dated by CREATE_TIME, once the topic has message.timestamp.type set to
LogAppendTime again: deletes from the topic, in each partition, what is not filed yet up to the last such message, and
lets the archive go on behind it. It names the offsets: send the rows of those days again, since each is the same line.
Refused while the topic lacks that setting, and while order_tables has not read what would be deleted.
"""


def ledger(argv: list[str]) -> int:
    """Carry out the command and show the ledger: 0 done, 1 refused, failed or not all done, 2 wrong use."""
    options = _parser().parse_args(argv)
    # the stores' clients take a second to import
    from commerce import wire
    from console.tables import console
    from operations.ledger.actions import ACTIONS, Platform
    from operations.ledger.view import show
    from operations.topic import check_reachable

    platform = Platform(target.find(options.stack))
    question = f"tillstream ledger {options.action} decides for good (see --help). Go on?"
    if options.decides and not options.yes and not confirmed(question):
        print(f"tillstream ledger {options.action}: nothing was changed; say --yes to decide", file=sys.stderr)
        return WRONG_USE
    check_reachable(platform.target)
    with reading(f"the ledger in table {platform.target.offsets_table}"):
        code = ACTIONS[options.action](platform, options)
        entries = platform.entries()
    if options.json:
        print(wire.encode_answer(entries).decode())
    else:
        show(entries, console())
    return code


def _parser() -> Parser:
    parser = Parser(prog="tillstream ledger", description=_DESCRIPTION)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions, "show", "how far each partition is filed", decides=False)
    restore = _add(actions, "restore", "put raw objects back from a copy on disk", _RESTORE)
    restore.add_argument("folder", type=Path, metavar="FOLDER", help="a copy of the bucket, with raw/ in it")
    _add(actions, "refile", "file messages again whose raw objects were lost", _REFILE)
    _add(actions, "rebuild", "write the rows anew from the raw objects", _REBUILD)
    _add(actions, "new-epoch", "file a recreated topic from offset 0", _NEW_EPOCH)
    start = _add(actions, "start", "give messages up that are gone for good", _START)
    start.add_argument("--partition", type=whole(0), required=True, metavar="P", help="the partition that has stopped")
    start.add_argument("--offset", type=whole(0), required=True, metavar="OFFSET", help="where the next batch begins")
    _add(actions, "let-go", "give messages up that their senders dated", _LET_GO)
    return parser


def _add(actions: Any, name: str, help: str, says: str = "", *, decides: bool = True) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = actions.add_parser(name, help=help, description=says or help)
    added.set_defaults(decides=decides)
    added.add_argument("--json", action="store_true", help="the ledger afterwards, as JSON on stdout")
    if decides:
        added.add_argument("--yes", action="store_true", help="decide without being asked")
    target.add_option(added)
    return added
