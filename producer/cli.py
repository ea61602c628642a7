"""`tillstream replay`, `put`, `invoice`, `customer` and `generate`: the client at the terminal."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from commerce import selection
from commerce.errors import InvalidRow, UnreadableDocument
from commerce.lines import customer_id, invoice_no
from commerce.wire import encode_answer
from producer import believable_day, views
from producer.api import Api
from producer.errors import ApiRefused, NotKnown, WrongUse
from producer.interrupts import INTERRUPTED, first_raises_second_leaves
from producer.put import Dropped, drops, told
from producer.replay import MOST_ROWS, detail
from producer.run import Order, Run
from stores import inputs, target
from stores.incoming import IncomingFolder

OK: Final = 0
FAILED: Final = 1
WRONG_USE: Final = 2

GIVE_UP_SECONDS: Final = 600.0
TELL_SECONDS: Final = 5.0
"""How often, at most, a replay in trouble says so."""


def replay(argv: list[str]) -> int:
    """Send CSV order lines to the API: 0 if all were accepted, 1 if some were rejected or unsent, 2 for wrong use."""
    options = _replay_parser().parse_args(argv)
    order = Order(
        files=inputs.files(options.paths),
        selection=selection.from_options(options),
        target="",
        batch=options.batch,
        connections=options.connections,
        give_up_after=options.give_up_after,
        state=options.state,
        rejects=options.rejects,
    )
    try:
        platform = target.find(options.stack, api_only=True)
        order = msgspec.structs.replace(order, target="the laptop" if platform.is_laptop else platform.api_url)
        with Run(order, Api(platform).connect, _Voice().tell) as run:
            return _replayed(run, as_json=options.json)
    except WrongUse as error:
        _say(str(error))
        return WRONG_USE


def _replayed(run: Run, *, as_json: bool) -> int:
    """Carry the replay out and report it, however it ends."""
    began = time.monotonic()
    code: int | None = None
    try:
        with first_raises_second_leaves():
            run.go()
    except UnreadableDocument as error:
        _say(str(error))
        code = WRONG_USE
    except WrongUse as error:  # it began rightly; the disk filled up
        _say(str(error))
        code = FAILED
    except KeyboardInterrupt:
        _say(f"stopped by Ctrl-C{_how_to_resume(run)}")
        code = INTERRUPTED
    if run.trouble:
        _say(f"{run.trouble}{_how_to_resume(run)}")
    _report(run, time.monotonic() - began, as_json=as_json)
    if code is None:
        code = FAILED if run.counts.rejected or run.counts.unsent else OK
    return code


def _report(run: Run, seconds: float, *, as_json: bool) -> None:
    counts, files = run.counts, run.order.files
    for reject in run.shown:
        print(f"  {views.rejected(str(files[reject.row.file]), reject)}", file=sys.stderr)
    if counts.rejected > len(run.shown) and run.order.rejects is None:
        print("  … `--rejects FILE` keeps every rejected row and its reasons", file=sys.stderr)
    print(views.closing(counts, len(files), seconds), file=sys.stderr)
    if as_json:
        told = {**msgspec.structs.asdict(counts), "files": len(files), "seconds": round(seconds, 3)}
        print(encode_answer(told).decode())


def _how_to_resume(run: Run) -> str:
    if run.order.state is None:
        return "; with `--state FILE` the next replay would go on from here (rows sent twice are the same lines)"
    return f"; the same command with --state {run.order.state} goes on from here"


def put(argv: list[str]) -> int:
    """Drop CSV files into the lake's incoming/ folder, from where the next run of the job curate takes them."""
    parser = _parser(
        "put",
        "Drop CSV files into the lake's incoming/ folder, from where the job curate takes them.",
        "tillstream put data/2010-12-03.csv data/2010-12-05.csv",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a CSV file, or a folder of them")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    target.add_option(parser)
    options = parser.parse_args(argv)
    try:
        planned = drops(inputs.files(options.paths))
    except WrongUse as error:
        _say(str(error))
        return WRONG_USE
    platform = target.find(options.stack)
    folder = IncomingFolder(platform.client("s3"), platform.lake_bucket)
    done: list[Dropped] = []
    for drop in planned:
        replaced = folder.put(drop.file, drop.key)
        done.append(Dropped(str(drop.file), drop.key, drop.file.stat().st_size, replaced))
        print(told(done[-1]), file=sys.stderr)
    if options.json:
        print(encode_answer({"bucket": platform.lake_bucket, "files": done}).decode())
    return OK


def invoice(argv: list[str]) -> int:
    """Show an invoice and its lines; 1 where the API knows none."""
    parser = _parser("invoice", "Show an invoice and its lines.", "tillstream invoice 536373")
    parser.add_argument("number", metavar="INVOICE", help="an InvoiceNo, such as 536373 or C536379")
    options = _screen_options(parser, argv)
    number = _checked(parser, invoice_no, options.number)
    from producer import tables  # rich takes a while to import, and only the screens need it

    return _screen(f"/invoices/{number}", f"invoice {number}", options, tables.invoice)


def customer(argv: list[str]) -> int:
    """Show a customer and their invoices; 1 where the API knows none."""
    parser = _parser("customer", "Show a customer and their invoices.", "tillstream customer 17850")
    parser.add_argument("number", metavar="CUSTOMER", help="a CustomerID, such as 17850")
    options = _screen_options(parser, argv)
    number = _checked(parser, customer_id, options.number)
    from producer import tables

    return _screen(f"/customers/{number}", f"customer {number}", options, tables.customer)


def generate(argv: list[str]) -> int:
    """Write a believable day of order lines as CSV; the same day and seed give the same bytes."""
    parser = _parser(
        "generate",
        "Write a believable day of invented order lines as CSV, with every oddity of real ones.",
        "tillstream generate 2010-12-01 -o day.csv",
    )
    parser.add_argument("day", type=selection.day, metavar="DAY", help="YYYY-MM-DD or today")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed gives another day (default: 0)")
    parser.add_argument(
        "--invoices",
        type=_at_least(1),
        default=believable_day.INVOICES,
        metavar="N",
        help="about how many (default: %(default)s)",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: standard output")
    options = parser.parse_args(argv)
    try:
        rows = _write_day(options.day, options.seed, options.invoices, options.output)
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        _say(f"{options.output} cannot be written: {error.strerror}")
        return WRONG_USE
    _say(f"{rows:,} rows of {options.day}{f' in {options.output}' if options.output else ''}")
    return OK


def _write_day(day: date, seed: int, invoices: int, output: Path | None) -> int:
    count = -1  # the header is no row
    with contextlib.nullcontext(sys.stdout.buffer) if output is None else output.open("wb") as file:
        for record in believable_day.records(day, seed=seed, invoices=invoices):
            file.write(record)
            count += 1
        file.flush()
    return count


def _replay_parser() -> argparse.ArgumentParser:
    parser = _parser(
        "replay",
        "Send the order lines of CSV files to the API. Rows sent twice are the same lines, so it may be repeated.",
        "tillstream replay data/online-retail --since 2010-12-01 --until 2010-12-05 --state replay.json",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a CSV file, or a folder of them, in order of name")
    selection.add_options(parser)
    sending = parser.add_argument_group("sending")
    sending.add_argument(
        "--batch", type=_at_least(1, MOST_ROWS), default=500, metavar="N", help="rows a request (default: 500)"
    )
    sending.add_argument(
        "--connections", type=_at_least(1, 256), default=8, metavar="N", help="requests at a time (default: 8)"
    )
    sending.add_argument(
        "--give-up-after",
        type=float,
        default=GIVE_UP_SECONDS,
        metavar="SECONDS",
        help="stop when rows have not arrived for this long; the rest is unsent (default: 600)",
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="how far it came: resumes after a stop, or kill -9, at any point"
    )
    parser.add_argument(
        "--rejects", type=Path, metavar="FILE", help="rejected rows as JSON lines: file, line, row, reasons"
    )
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object on standard output")
    target.add_option(parser)
    return parser


def _parser(name: str, what: str, example: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(f"tillstream {name}", description=f"{what} Example: {example}")


def _screen_options(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    parser.add_argument("--json", action="store_true", help="the API's answer, all its pages merged")
    target.add_option(parser)
    return parser.parse_args(argv)


def _screen(path: str, what: str, options: argparse.Namespace, screen: Callable[[Mapping[str, Any]], Any]) -> int:
    platform = target.find(options.stack, api_only=True)
    connection = Api(platform).connect()
    bodies = []
    for page in connection.pages(path):
        if page.status == 404:
            raise NotKnown(f"{platform.api_url} knows no {what}")
        if page.status != 200:
            raise ApiRefused(f"the API answers {page.status}: {detail(page.body)}")
        bodies.append(page.body)
    answer = views.merged(bodies)
    if options.json:
        print(encode_answer(answer).decode())
    else:
        from producer import tables

        tables.show(screen(answer))
    return OK


def _checked(parser: argparse.ArgumentParser, parse: Callable[[object], object], text: str) -> object:
    try:
        return parse(text)
    except InvalidRow as error:
        parser.error(str(error))


def _at_least(least: int, most: int | None = None) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least or (most is not None and value > most):
            raise argparse.ArgumentTypeError(f"must be at least {least}" + (f" and at most {most}" if most else ""))
        return value

    return number


class _Voice:
    """Says what goes wrong while it is tried again, at a pace that can be read."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def tell(self, trouble: str) -> None:
        """Say it, unless something was said just now."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + TELL_SECONDS
            _say(trouble)


def _say(sentence: str) -> None:
    print(f"tillstream: {sentence}", file=sys.stderr)
