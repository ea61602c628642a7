"""`tillstream erase`: reads the arguments, shows what is held of a customer, erases it, and shows what remains."""

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from console.arguments import Parser, of_a_line, suggest
from console.counts import counted
from console.exits import OK, WRONG_USE, confirmed, say, unconfirmed
from stores import target

if TYPE_CHECKING:
    from operations.erasure.run import Held

LIST: Final = "list"
WAIT_SECONDS: Final = 120.0

_DESCRIPTION: Final = """\
    tillstream erase 17850
    tillstream erase 17850 --yes
    tillstream erase list

Erases a customer from every store: raw objects, tables, lake, warehouse, dropped and staged files, quarantine. First it
shows what each store holds. Erasing is for good, and asks first; it records the LineIds, which every consumer and job
drops from then on, and never the customer's number. It may be stopped and run again. `list` shows past erasures.

At the end every store is searched anew, and the last line says what remains, such as messages of the topic, and until
when. Lines that come after the record are new ones and stay.

Exit code 0: erased, or nothing is held. 1: something is left, which is named. 2: wrong use, or nothing was erased.
"""


def erase(argv: list[str]) -> int:
    """Erase a customer, or list past erasures: 0 when done, 1 if something is left, 2 for wrong use."""
    options = _parser().parse_args(argv)
    # the stores' clients take a second to import
    from operations.errors import Refused, reading

    platform = target.find(options.stack)
    if options.customer == LIST:
        return _list(platform, options)
    if not (platform.is_laptop or options.stack):
        raise Refused(f"it runs jobs of the platform at {platform.api_url}: name its stack, with --stack")
    if not options.dry_run:
        from operations.bulk_load.under_way import check_no_load
        from operations.erasure.platform import check_no_job

        check_no_load(platform)
        check_no_job(platform, options.stack)
    with reading(f"the stores of {platform.api_url}"):
        return _erase(platform, options)


def _parser() -> Parser:
    parser = Parser("tillstream erase", description=_DESCRIPTION)
    customer = parser.add_argument(
        "customer", type=_customer, metavar="CUSTOMER", help="the CustomerID; or `list`: past erasures"
    )
    suggest(customer, LIST)
    parser.add_argument("--dry-run", action="store_true", help="show what is held, and change nothing")
    parser.add_argument("--yes", action="store_true", help="erase without asking")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    target.add_option(parser)
    return parser


def _customer(text: str) -> Any:
    """A CustomerID, or the word for the list of past erasures."""
    if text == LIST:
        return text
    try:
        return of_a_line("customer_id")(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"must be a CustomerID such as 17850, or `{LIST}`, not {text!r}") from None


def _erase(platform: target.Target, options: argparse.Namespace) -> int:
    from operations.erasure import platform as of_platform
    from operations.erasure.bucket import ErasableBucket
    from operations.erasure.remains import sentence
    from operations.erasure.run import Erasing

    bucket = ErasableBucket(platform)
    job = of_platform.job_of(platform, options.stack)
    stores = of_platform.stores(platform, bucket, job, partial(of_platform.check_no_job, platform, options.stack))
    with of_platform.topic(platform, options.stack) as topic:
        settle = partial(of_platform.settle, platform, topic, WAIT_SECONDS, say)
        erasing = Erasing(options.customer, bucket, stores, topic, settle, say)
        held = erasing.search()
        answer: dict[str, Any] = {"found": held.found, "in_topic": held.topic.count}
        if not options.json:
            _show(held)
        if held.is_nothing:
            return _end("no store holds anything of this customer", answer, options)
        if options.dry_run or not (options.yes or confirmed("Erase all of this for good?")):
            nothing = "nothing was erased"
            _end(f"dry run: {nothing}" if options.dry_run else unconfirmed(nothing), answer, options)
            return OK if options.dry_run else WRONG_USE
        remaining = erasing.carry_out(held)
        answer |= {"remains": remaining}
    return _end(sentence(remaining), answer, options)


def _show(held: "Held") -> None:
    """Print what each store holds."""
    from console.tables import Sheet, console

    figures = ("rows", "lines", "other records", "places")
    rows = [(it.store, *(f"{n:,}" for n in (it.rows, len(it.lines), it.others, len(it.places)))) for it in held.found]
    topic = ("topic", f"{held.topic.count:,}", f"{len(held.topic.lines):,}", "", f"{len(held.topic.messages):,}")
    console().print(Sheet(("store", *figures), [*rows, topic], figures))


def _end(said: str, answer: dict[str, Any], options: argparse.Namespace) -> int:
    """Print the last line; with `--json` the answer, and the line on stderr."""
    if options.json:
        from commerce.wire import encode_answer

        print(encode_answer(answer).decode())
        say(said)
    else:
        print(said)
    return OK


def _list(platform: target.Target, options: argparse.Namespace) -> int:
    """Print the records of all erasures, oldest first."""
    from operations.erasure.bucket import ErasableBucket
    from stores.s3 import erasures

    lake = ErasableBucket(platform).lake
    found = [(it, erasures.proof(lake, it.id)) for it in erasures.records(lake)]
    if options.json:
        return _end(
            counted(len(found), "erasure"),
            {"erasures": [{"record": it, "proof": proof} for it, proof in found]},
            options,
        )
    for it, proof in found:
        how = (
            f"carried out by {proof.at:%Y-%m-%d %H:%M} UTC, erased but for {'; '.join(proof.remains)}"
            if proof
            else "not carried out to its end: run it again"
        )
        print(f"{it.id}: {counted(len(it.lines), 'line')}, {how}")
    return _end(counted(len(found), "erasure"), {}, options)
