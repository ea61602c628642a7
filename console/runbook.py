"""The pages of docs/runbook, each by the messages that show its accident."""

from collections.abc import Iterable
from typing import Final

FOLDER: Final = "docs/runbook"

PART_ENDED: Final = "part-ended"
FUNCTION_FAILS: Final = "function-fails"

_PAGES: Final = (
    ("but what is filed ends before", "raw-object-lost"),
    ("the topic was recreated", "topic-recreated"),
    ("is dated by", "dated-by-senders"),
    ("was done for minutes", "consumer-behind"),
    ("nobody polls for it", "consumer-behind"),
    ("", FUNCTION_FAILS),
)
"""Parts of a function's error, and the page of each; the first that is found counts."""

_BY_HOP: Final = {
    "topic": "topic-recreated",
    "s3": "raw-object-lost",
    "dynamodb": "tables-emptied",
    "lake": "lake-rolled-back",
    "redshift": "warehouse-emptied",
}


def page_of(message: str) -> str:
    """The page for a function's error.

    >>> page_of("order-lines-3: the batch begins at offset 1108, but what is filed ends before 1046: …")
    'raw-object-lost'
    """
    return next(page for part, page in _PAGES if part in message)


def pages_of_hops(hops: Iterable[str]) -> list[str]:
    """The pages for the hops of which rules are broken, in the order of a row's way.

    >>> pages_of_hops(["redshift", "s3", "s3"])
    ['raw-object-lost', 'warehouse-emptied']
    """
    broken = set(hops)
    return [page for hop, page in _BY_HOP.items() if hop in broken]


def way_back(pages: Iterable[str]) -> list[str]:
    """The sentences that name these pages, each once.

    >>> way_back(["raw-object-lost", "raw-object-lost"])
    ['the way back: docs/runbook/raw-object-lost.md']
    """
    return [f"the way back: {FOLDER}/{page}.md" for page in dict.fromkeys(pages)]
