"""Checks whether the tables still hold the loaded batches, by looking up samples of their lines and summaries.

A count would have to read the whole table, and DynamoDB's own is up to six hours old.
"""

from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Final

import msgspec

from commerce.erasures import NOTHING
from commerce.errors import RowsLost
from glue_jobs.load_tables.samples import KEYS, Sampled, chosen
from glue_jobs.load_tables.tasks import patient
from glue_jobs.losses import Loss, batches, remedy
from stores.dynamodb.client import dynamodb
from stores.dynamodb.presence import absent
from stores.s3.batches import Batches

REQUESTS_AT_ONCE: Final = 4


class Entry(msgspec.Struct, frozen=True):
    """A batch's entry in the ledger: the number of loaded lines, and a sample of them."""

    batch: str
    lines: int
    sample: tuple[Sampled, ...] = ()


_ENTRY: Final = msgspec.json.Decoder(Entry)


def check(
    records: Batches, ledger: str, loaded: Iterable[str], invoices: str, customers: str,
    erased: Collection[str] = NOTHING,
) -> None:  # fmt: skip
    """Raise `RowsLost` if a line or a summary of the samples is not in the tables; of lines that were not `erased`.

    `loaded` are all batches of the ledger.
    """
    some = chosen(sorted(loaded), Random())
    with ThreadPoolExecutor(REQUESTS_AT_ONCE) as pool:
        entries = list(pool.map(lambda batch: records.loaded_entry(ledger, batch, _ENTRY), some))

        def gone(table: str, keys: Iterable[dict[str, dict[str, str]]]) -> int:
            return len(absent(dynamodb(), table, keys, patient(), pool.map))

        losses, looked_up = [], 0
        for entry in entries:
            sample = [it for it in entry.sample if it.line_id not in erased][: KEYS // len(entries)]
            looked_up += len(sample)
            summaries = list(_summary_keys(sample))
            losses += [
                Loss(entry.batch, gone(invoices, (it.line_key for it in sample)), len(sample)),
                Loss(entry.batch, gone(customers, summaries), len(summaries), "summaries"),
            ]
    if lost := [loss for loss in losses if loss.missing]:
        raise RowsLost(lost_lines(lost, sum(it.lines for it in entries), len(entries), looked_up))


def lost_lines(losses: list[Loss], lines: int, of_batches: int, looked_up: int) -> str:
    """The message of a run that found lines missing in the tables."""
    standing = looked_up - sum(loss.missing for loss in losses if loss.what == "lines")
    return (
        f"the tables have lost rows: by the ledger {lines:,} lines of {of_batches:,} batches are loaded; of "
        f"{looked_up:,} that were looked up {standing:,} are there: {batches(losses)}. {remedy('load_tables')}; "
        "with `--all` beside it also the lines that came by the stream"
    )


def _summary_keys(sample: Iterable[Sampled]) -> Iterator[dict[str, dict[str, str]]]:
    """The keys of the summaries of these lines' invoices, each once."""
    found = {it.summary_key for it in sample} - {None}
    for customer_id, invoice_no in sorted(key for key in found if key):
        yield {"CustomerID": {"N": str(customer_id)}, "InvoiceNo": {"S": invoice_no}}
