"""The messages of a load job about a store that lacks loaded lines. Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

SHOWN: Final = 5

_PAGES: Final = {"load_tables": "tables-emptied", "load_warehouse": "warehouse-emptied"}


class Loss(msgspec.Struct, frozen=True):
    """The lines of a batch missing in the store: `missing` of those lines, or summaries, that were checked."""

    batch: str
    missing: int
    looked_at: int
    what: str = "lines"


def batches(losses: Sequence[Loss]) -> str:
    """The batches with missing lines, the first few by name.

    >>> batches([Loss("20101201T082600Z-00ff", 7, 1000)])
    'batch 20101201T082600Z-00ff lacks 7 of 1,000 lines'
    """
    named = [f"batch {it.batch} lacks {it.missing:,} of {it.looked_at:,} {it.what}" for it in losses[:SHOWN]]
    more = len({it.batch for it in losses[SHOWN:]})
    return ", ".join(named) + (f", and {more:,} more lack some" if more else "")


def remedy(job: str) -> str:
    """The command that restores the missing lines.

    >>> remedy("load_tables")
    'Loading every batch again restores them: `tillstream job load_tables --again` (on AWS see docs/deploy.md); see \
docs/runbook/tables-emptied.md'
    """
    how = f"`tillstream job {job} --again` (on AWS see docs/deploy.md)"
    return f"Loading every batch again restores them: {how}; see docs/runbook/{_PAGES[job]}.md"
