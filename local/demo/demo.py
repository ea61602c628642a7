"""`make demo`: the whole platform on this machine, on real rows, in a minute or two.

Starts it from the templates that deploy, replays five days, shows an invoice, a customer and a raw file, and proves
that every store holds exactly the rows of the files. Then two days more are dropped as files, the batch jobs take them
into the lake, DynamoDB and the warehouse, the warehouse tells the daily sales, and all is proven again: a table of
every promise closes it. It stops everything at its end.

It has a state directory of its own, so that it never touches the platform of the checkout. Where the real rows are
absent, generated days take their place.
"""

import gzip
import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from commerce import paths
from console.tables import console
from local.demo.proofs import is_alike, proofs, typical
from stores.target import CHECKOUT, find, state_directory

REAL_DAYS: Final = CHECKOUT.parent / "shared" / "data" / "online-retail"
FIRST, LAST = "2010-12-01", "2010-12-05"
DROPPED: Final = ("2010-12-06", "2010-12-07")
BY_DAY: Final = """\
SELECT InvoiceDate::date AS day, count(*) AS lines, sum(Quantity * UnitPrice) AS amount
FROM order_lines GROUP BY ALL ORDER BY day"""
DAILY_SALES: Final = "SELECT * FROM daily_sales ORDER BY day"
DAILY_NET: Final = "SELECT day, net FROM daily_sales ORDER BY day"
EVERY_HOP: Final = "csv,topic,s3,dynamodb,lake,redshift"
HOME: Final = CHECKOUT / ".tillstream" / "demo"
PATIENCE_SECONDS: Final = 120


class DemoFailed(Exception):
    """A step of the demo did not show what it promises."""


def main() -> int:
    """Run the demo; 0 only if every step showed what it promises and every hop agrees."""
    os.environ["TILLSTREAM_HOME"] = str(HOME)
    os.environ.pop("TILLSTREAM_API_URL", None)
    began = time.monotonic()
    run("down", shown=False, checked=False)  # a demo that was killed may have left one
    try:
        run("up", "--detach", "--in-memory")
        _show()
    except DemoFailed as failure:
        print(f"\ndemo: {failure}", file=sys.stderr)
        return 1
    finally:
        run("down", checked=False)
    print(f"\nThe demo took {time.monotonic() - began:.0f} s. To play on:  {command()} up")
    return 0


def _show() -> None:
    real = REAL_DAYS.is_dir()
    if not real:
        print("The real rows are not here (README says where to get them): generated days take their place.")
    rows = [str(_relative(REAL_DAYS)), "--since", FIRST, "--until", LAST] if real else [str(_generated_day(FIRST))]
    run("replay", *rows)
    answers = {key: _answer("invoice", key, right) for key, right in _expected_invoices(rows, real=real).items()}
    for invoice in answers:
        run("invoice", invoice)
    customer = str(next(answer["CustomerID"] for answer in answers.values() if answer["CustomerID"]))
    _answer("customer", customer, lambda answer: bool(answer["invoices"]))
    run("customer", customer)
    _show_raw_file()
    run("reconcile", *rows, "--exact")
    verdict = _show_batch(real=real)
    print("\nThis demo has shown:\n")
    console().print(proofs(answers.values(), verdict))
    if not (verdict["agree"] and is_alike(verdict)):
        raise DemoFailed("the stores do not hold what the files do")


def _show_batch(*, real: bool) -> dict[str, Any]:
    """Send two days that the stream did not carry through the batch path; the verdict on all stores and all days."""
    dropped = (
        [str(_relative(REAL_DAYS / f"{day}.csv")) for day in DROPPED] if real else [str(_generated_day(DROPPED[0]))]
    )
    run("put", *dropped)
    run("job", "all")
    run("lake", BY_DAY)
    run("sql", DAILY_SALES)
    run("sql", DAILY_NET, "--chart")
    whole = [str(_relative(REAL_DAYS)), "--since", FIRST, "--until", DROPPED[-1]]
    files = whole if real else [str(_relative(_day_file(FIRST))), *dropped]
    text = run("reconcile", *files, "--hops", EVERY_HOP, "--exact", "--json", taken=True, checked=False)
    if not text:
        raise DemoFailed("there is no verdict on all stores")
    verdict: dict[str, Any] = json.loads(text)
    return verdict


def _expected_invoices(rows: list[str], *, real: bool) -> dict[str, Callable[[dict[str, Any]], bool]]:
    """The invoices to show, each with a condition that its answer must satisfy."""
    if not real:
        first, copied = _invoices_of(Path(rows[0]))
        return {first[0]: lambda answer: answer["Lines"] == first[1], copied[0]: lambda answer: _has_a_copy(answer)}
    return {
        "536373": lambda answer: (answer["Lines"], answer["Amount"]) == (16, 259.86),
        "536381": lambda answer: (
            answer["Lines"] == 35 and sum(line["StockCode"] == "71270" for line in answer["lines"]) == 2
        ),
    }


def _answer(command: str, key: str, is_right: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The answer of `tillstream COMMAND KEY --json`, once the consumers have processed its lines."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        text = run(command, key, "--json", shown=False, checked=False)
        answer: dict[str, Any] = json.loads(text) if text else {}
        if answer and is_right(answer):
            return answer
        time.sleep(0.5)  # between two looks, with the deadline above
    raise DemoFailed(f"{command} {key} is not what was sent, after {PATIENCE_SECONDS} s")


def _show_raw_file() -> None:
    """Show the first raw object's key and first line; waits for the archive's batch window."""
    target = find()
    s3 = target.client("s3")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (
        found := s3.list_objects_v2(Bucket=target.lake_bucket, Prefix=paths.raw_prefix(target.topic), MaxKeys=1).get(
            "Contents"
        )
    ):
        if time.monotonic() > deadline:
            raise DemoFailed("no raw file came within 120 s")
        time.sleep(0.5)  # between two looks, with the deadline above
    key = found[0]["Key"]
    body = gzip.decompress(s3.get_object(Bucket=target.lake_bucket, Key=key)["Body"].read())
    print(f"\nA raw file, s3://{target.lake_bucket}/{key}, begins:\n{body.splitlines()[0].decode()}")


def _generated_day(day: str) -> Path:
    """A generated day, for people without the data."""
    file = _day_file(day)
    file.parent.mkdir(parents=True, exist_ok=True)
    run("generate", day, "-o", str(_relative(file)))
    return _relative(file)


def _day_file(day: str) -> Path:
    return state_directory() / f"{day}.csv"


def _invoices_of(day: Path) -> tuple[tuple[str, int], tuple[str, int]]:
    """A typical invoice of a generated day, and one with an exact copy, with their numbers of lines."""
    from commerce.files.documents import order_lines

    with (CHECKOUT / day).open("rb") as document:
        lines = [entry.line for entry in order_lines(day.name, document) if entry.line]
    counts = Counter(line.InvoiceNo for line in lines)
    first = typical(lines)
    copied = next(line.InvoiceNo for line in lines if line.Occurrence > 1)
    return first, (copied, counts[copied])


def _has_a_copy(answer: dict[str, Any]) -> bool:
    return any(line["Occurrence"] > 1 for line in answer["lines"])


def _relative(path: Path) -> Path:
    return Path(os.path.relpath(path, CHECKOUT))


def command() -> str:
    """The command as it is called from the checkout."""
    return ".venv/bin/tillstream"


def run(*arguments: str, shown: bool = True, taken: bool = False, checked: bool = True) -> str:
    """Run a subcommand, on the screen or with its output as the answer; raises `DemoFailed` if it fails.

    What is `taken` is shown but for its output, which is the answer.
    """
    line = f"$ tillstream {shlex.join(arguments)}"
    if shown:
        bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        print(f"\n\033[1m{line}\033[0m" if bold else f"\n{line}", flush=True)
    unseen: dict[str, int] = {} if shown else {"stderr": subprocess.DEVNULL}
    if taken or not shown:
        unseen["stdout"] = subprocess.PIPE
    call = [sys.executable, "-m", "tillstream", *arguments]
    done = subprocess.run(call, cwd=CHECKOUT, text=True, check=False, **unseen)  # type: ignore[call-overload]  # handles
    if checked and done.returncode:
        raise DemoFailed(f"`{line[2:]}` ended with {done.returncode}")
    return done.stdout or ""


if __name__ == "__main__":
    sys.exit(main())
