"""The list of what remains of an erased customer where no command can delete it, and until when. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from console.counts import counted

DAYS_OF_BACKUPS = 35
"""Days for which DynamoDB restores a table, and the bucket keeps an older version of a file of the lake."""


class Remains(msgspec.Struct, frozen=True):
    """Something that remains, and when it goes; None where that is not for this platform to say."""

    what: str
    goes: datetime | None

    def __str__(self) -> str:
        """The remaining thing, and when it goes."""
        return self.what if self.goes is None else f"{self.what} (until {self.goes:%Y-%m-%d %H:%M} UTC)"


def remains(
    messages: int, newest: datetime | None, retention: timedelta, now: datetime, *, backups: bool
) -> Iterator[Remains]:
    """The copies that remain after an erasure: messages of the topic, and on AWS the backups of the stores."""
    if messages and newest is not None:
        yield Remains(f"{counted(messages, 'message')} of the topic, which every consumer drops", newest + retention)
    if backups:
        yield Remains("older versions of the lake's files", now + timedelta(days=DAYS_OF_BACKUPS))
        yield Remains("point-in-time recovery of the tables", now + timedelta(days=DAYS_OF_BACKUPS))
        yield Remains("recovery points of the warehouse", now + timedelta(days=1))
        yield Remains("older versions of the items of bulk loads", now + timedelta(days=2))
        yield Remains("the sales extracts of before, which hold sums", now + timedelta(days=2))
    yield Remains("files of whoever sent the rows, and copies that people made", None)


def sentence(found: list[Remains]) -> str:
    """One sentence about all that remains.

    >>> sentence([Remains("7 messages of the topic", datetime(2026, 12, 6, 8)), Remains("files of the sender", None)])
    'erased but for 7 messages of the topic (until 2026-12-06 08:00 UTC); files of the sender'
    """
    return "erased but for " + "; ".join(map(str, found))
