"""What a load job says of a store that holds less than its ledger says was loaded. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

SHOWN: Final = 5


class Loss(msgspec.Struct, frozen=True):
    """What a batch lacks in the store: `missing` of those of its lines, or summaries, that were looked at."""

    batch: str
    missing: int
    looked_at: int
    what: str = "lines"


def batches(losses: Sequence[Loss]) -> str:
    """The batches that lack something, the first few losses by name.

    >>> batches([Loss("20101201T082600Z-00ff", 7, 1000)])
    'batch 20101201T082600Z-00ff lacks 7 of 1,000 lines'
    """
    named = [f"batch {it.batch} lacks {it.missing:,} of {it.looked_at:,} {it.what}" for it in losses[:SHOWN]]
    more = len({it.batch for it in losses[SHOWN:]})
    return ", ".join(named) + (f", and {more:,} more lack some" if more else "")


def remedy(job: str) -> str:
    """The command that makes the store whole.

    >>> remedy("load_tables")
    'It is made whole by loading every batch again: `tillstream job load_tables --again` (on AWS see docs/deploy.md)'
    """
    return f"It is made whole by loading every batch again: `tillstream job {job} --again` (on AWS see docs/deploy.md)"
