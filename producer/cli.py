"""`tillstream replay`, `put`, `invoice`, `customer`, `smoke` and `generate`: the client at the terminal.

What a command works with is imported when it works: `--help` needs none of it.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from commerce.errors import UnreadableDocument
from console import files, selections
from console.arguments import day, of_a_line, seconds, whole
from console.counts import counted
from console.exits import FAILED, INTERRUPTED, OK, WRONG_USE, say
from console.maps import add_map_option
from producer.errors import ApiRefused, NotKnown
from producer.replay.options import INVOICES, command_parser, replay_options
from stores import target

if TYPE_CHECKING:
    from producer.put import Drop, Dropped
    from stores.s3.incoming import IncomingFolder

SMOKE_SECONDS: Final = 180.0
"""How long `tillstream smoke` waits for its line: three times the longest wait of the raw archive."""


def replay(argv: list[str]) -> int:
    """Send CSV order lines to the API: 0 if all were accepted, 1 if some were rejected or unsent, 2 for wrong use."""
    options = replay_options(argv)
    if options.suggest_map:
        return _suggested_map(options.files[0])
    if options.check:
        return _checked_files(options)
    import msgspec

    from producer import views
    from producer.api import Api
    from producer.replay.command import Voice, replayed
    from producer.replay.run import Order, Run
    from producer.replay.state import held

    order = Order(
        files=options.files,
        selection=selections.from_options(options),
        target="",
        batch=options.batch,
        connections=options.connections,
        give_up_after=options.give_up_after,
        state=options.state,
        rejects=options.rejects,
        forms=options.forms,
        rate=options.rate,
        speedup=options.speedup,
        loop=options.loop,
    )
    platform = target.find(options.stack, api_only=True)
    if len(options.files) > 1:
        say(f"reads {views.named(options.files)}")
    order = msgspec.structs.replace(order, target="the laptop" if platform.is_laptop else platform.api_url)
    with held(options.state), Run(order, Api(platform).connect, Voice().tell, say) as run:
        return replayed(run, as_json=options.json)


def _suggested_map(file: Path) -> int:
    """Print the column map that the file needs: 0 if it is complete, 1 if a field has no column, 2 if there is none."""
    from producer.suggestion.suggest import suggestion

    with files.opened(file) as (name, document):
        found = suggestion(name, document)
    print(found.text, end="")
    if found.lacking:
        say(f"no column looks like {', '.join(found.lacking)}: name it in the map, which is not complete without it")
    elif found.refused:
        say(f"{found.refused:,} of the {found.rows:,} rows looked at would be refused by this map; --check tells why")
    return FAILED if found.lacking else OK


def _checked_files(options: argparse.Namespace) -> int:
    """Check the files, send nothing: 0 all rows are valid, 1 rows would be refused, 2 a file cannot be read."""
    import msgspec

    from commerce.wire import encode_answer
    from producer import screens
    from producer.check import column_profile, screen
    from producer.check.check import Check

    profile = column_profile.Profile()
    chosen = selections.from_options(options)
    check = Check(options.files, options.forms, profile.add)
    try:
        found = check.read(chosen, options.batch, options.rate, options.speedup)
    except KeyboardInterrupt:
        say(f"stopped by Ctrl-C after {counted(check.found.rows, 'row')}; nothing was sent")
        return INTERRUPTED
    found.columns = profile.columns()
    if options.json:
        print(encode_answer(msgspec.structs.asdict(found)).decode())
    else:
        screens.show(screen.checked(found))
    return WRONG_USE if found.unreadable else FAILED if found.refused else OK


def put(argv: list[str]) -> int:
    """Put CSV files under the lake's incoming/ prefix, where the next run of the job curate reads them."""
    parser = command_parser(
        "put",
        "Drop CSV files, plain, gzip or zip, into the lake's incoming/ folder, from where the job curate takes them.",
        "tillstream put day.csv",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of them")
    add_map_option(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    target.add_option(parser)
    options = parser.parse_args(argv)
    from commerce.wire import encode_answer
    from console import forms
    from producer.put import drops, examine
    from stores.s3.incoming import IncomingFolder

    paths = files.files(options.paths)
    of_files = forms.forms(options.map, paths)
    with contextlib.ExitStack() as until_put:
        try:
            examine(paths, of_files)
            planned = drops(paths, of_files, until_put, say)
        except UnreadableDocument:
            if len(paths) > 1:
                say(f"none of the {len(paths)} files was put:")
            raise
        platform = target.find(options.stack)
        folder = IncomingFolder(platform.client("s3"), platform.lake_bucket)
        done = [_dropped(drop, folder) for drop in planned]
    if options.json:
        print(encode_answer({"bucket": platform.lake_bucket, "files": done}).decode())
    return OK


def _dropped(drop: "Drop", folder: "IncomingFolder") -> "Dropped":
    from producer.put import Dropped, line

    replaced = folder.put(drop.file, drop.key)
    done = Dropped(drop.source or str(drop.file), drop.key, drop.file.stat().st_size, replaced, drop.refused)
    print(line(done), file=sys.stderr)
    return done


def invoice(argv: list[str]) -> int:
    """Show an invoice and its lines; exit code 1 if the API does not know it."""
    parser = command_parser("invoice", "Show an invoice and its lines.", "tillstream invoice 707000")
    parser.add_argument(
        "number", type=of_a_line("invoice_no"), metavar="INVOICE", help="an InvoiceNo, such as 707000 or C536379"
    )
    options = _screen_options(parser, argv)
    from producer import screens

    return _screen(f"/invoices/{options.number}", f"invoice {options.number}", options, screens.invoice)


def customer(argv: list[str]) -> int:
    """Show a customer and their invoices; exit code 1 if the API does not know them."""
    parser = command_parser("customer", "Show a customer and their invoices.", "tillstream customer 12366")
    parser.add_argument("number", type=of_a_line("customer_id"), metavar="CUSTOMER", help="a CustomerID, such as 12366")
    options = _screen_options(parser, argv)
    from producer import screens

    return _screen(f"/customers/{options.number}", f"customer {options.number}", options, screens.customer)


def smoke(argv: list[str]) -> int:
    """Send one line of no value and follow it through the platform: 0 if it came through, else 1."""
    parser = command_parser(
        "smoke",
        "Send one line of an invoice of its own, worth nothing, and follow it into the topic, the tables and the raw "
        "archive by the API alone. The line stays.",
        "tillstream smoke",
    )
    parser.add_argument(
        "--wait", type=seconds, default=SMOKE_SECONDS, metavar="SECONDS", help="for how long (default: %(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    target.add_option(parser)
    options = parser.parse_args(argv)
    from commerce.wire import encode_answer
    from producer.api import Api
    from producer.smoke import followed, now, smoke_line

    line, steps = smoke_line(now()), []
    for step in followed(Api(target.find(options.stack, api_only=True)).connect(), line, options.wait):
        steps.append(step)
        if not options.json:
            print(f"{'ok' if step.done else 'FAILED':6} {step.seconds:6.1f} s  {step.name} {step.why}".rstrip())
    if options.json:
        print(encode_answer({"invoice": line.InvoiceNo, "line_id": line.LineId, "steps": steps}).decode())
    return OK if steps[-1].done else FAILED


def generate(argv: list[str]) -> int:
    """Write a believable day of order lines as CSV; the same day and seed give the same bytes."""
    parser = command_parser(
        "generate",
        "Write a believable day of invented order lines as CSV, with every oddity of real ones.",
        "tillstream generate 2010-12-01 -o day.csv",
    )
    parser.add_argument("day", type=day, metavar="DAY", help="YYYY-MM-DD or today")
    parser.add_argument("--seed", type=whole(0), default=0, metavar="N", help="another one, another day (default: 0)")
    parser.add_argument(
        "--invoices",
        type=whole(1),
        default=INVOICES,
        metavar="N",
        help="about how many (default: %(default)s)",
    )
    parser.add_argument("--utf-8", action="store_true", help="no rows in Windows-1252, which real exports have")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument("--force", action="store_true", help="replace a FILE that holds something else")
    options = parser.parse_args(argv)
    try:
        if options.output and not options.force and _holds_something_else(options):
            say(f"{options.output} is there already and holds something else: --force replaces it")
            return WRONG_USE
        rows = _write_day(options)
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        say(f"{options.output} cannot be written: {error.strerror}")
        return WRONG_USE
    where = f" in {options.output}" if options.output else ""
    encoding = "" if options.utf_8 else "; a few are in Windows-1252, as in real files, the others in UTF-8"
    say(f"{counted(rows, 'row')} of {options.day}{where}{encoding}")
    return OK


def _day(options: argparse.Namespace) -> Iterator[bytes]:
    from producer.generate import records

    return records(options.day, seed=options.seed, invoices=options.invoices, utf_8=options.utf_8)


def _holds_something_else(options: argparse.Namespace) -> bool:
    """Whether the output is a file with other bytes than this day's; an empty file has none to lose."""
    output: Path = options.output
    if not output.is_file() or not output.stat().st_size:
        return False
    with output.open("rb") as file:
        return not all(file.read(len(record)) == record for record in _day(options)) or bool(file.read(1))


def _write_day(options: argparse.Namespace) -> int:
    count, output, day = -1, options.output, _day(options)  # the header is not a row
    with contextlib.nullcontext(sys.stdout.buffer) if output is None else output.open("wb") as file:
        for record in day:
            file.write(record)
            count += 1
        file.flush()
    return count


def _screen_options(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    parser.add_argument("--json", action="store_true", help="the API's answer, all its pages merged")
    target.add_option(parser)
    return parser.parse_args(argv)


def _screen(path: str, what: str, options: argparse.Namespace, screen: Callable[[Mapping[str, Any]], Any]) -> int:
    from commerce.wire import encode_answer
    from producer import on_the_way, screens, views
    from producer.api import Api
    from producer.replay.plan import detail

    platform = target.find(options.stack, api_only=True)
    waiting = on_the_way.note(platform)
    connection = Api(platform).connect()
    bodies = []
    for page in connection.pages(path):
        if page.status == 404:
            late = waiting or "rows that were just sent take a moment to arrive"
            raise NotKnown(f"{platform.api_url} knows no {what}; {late}")
        if page.status != 200:
            raise ApiRefused(f"the API answers {page.status}: {detail(page.body)}")
        bodies.append(page.body)
    answer = views.merged(bodies)
    if options.json:
        print(encode_answer(answer).decode())
    else:
        screens.show(screen(answer))
    if waiting:
        say(waiting)
    return OK
