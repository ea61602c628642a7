"""Publishes a quarantined record anew for the pages, by `tillstream quarantine redrive`."""

import asyncio
from typing import Any, Final

import msgspec

from local.pages.commands import begun

JUDGED: Final = (0, 1, 3)
"""The exit codes with which the command reports: published or not, refused, or not in the tables yet."""

MOST_SECONDS: Final = 120.0


class NotRedriven(Exception):
    """The command reported nothing; the text is its own."""


class Busy(Exception):
    """A redrive runs: each reads every decision that was ever made."""


class Redrive(msgspec.Struct, frozen=True):
    """A record, the new values of some of its fields, and whether this is only a try."""

    id: str
    set: dict[str, str]
    dry_run: bool


def words(wanted: Redrive) -> list[str]:
    """The words of the command, which reads the new values from its standard input.

    They may be a customer's, and every user of the machine sees a process's words. Nothing of the record is read as an
    option.

    >>> words(Redrive("stream/t/3/42-1", {"Country": "France"}, True))
    ['quarantine', 'redrive', '--json', '--dry-run', '--patch=-', '--', 'stream/t/3/42-1']
    """
    how = ["--dry-run"] if wanted.dry_run else ["--yes", "--wait=0"]
    changes = ["--patch=-"] if wanted.set else []
    return ["quarantine", "redrive", "--json", *how, *changes, "--", wanted.id]


def patch(wanted: Redrive) -> bytes:
    """The patch of the record with its new values: what the command reads.

    >>> patch(Redrive("stream/t/3/42-1", {"Country": "France", "Occurrence": "2"}, True))
    b'{"stream/t/3/42-1":{"Country":"France","Occurrence":2}}'
    """
    is_number = wanted.set.get("Occurrence", "").isdecimal()
    typed = {**wanted.set, "Occurrence": int(wanted.set["Occurrence"])} if is_number else wanted.set
    return msgspec.json.encode({wanted.id: typed})


class Redriving:
    """Runs one redrive at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def redrive(self, wanted: Redrive) -> Any:
        """The command's report; raises `NotRedriven` and `Busy`."""
        if self._turn.locked():
            raise Busy
        async with self._turn:
            return await _run(words(wanted), patch(wanted))


async def _run(command: list[str], given: bytes) -> Any:
    try:
        async with asyncio.timeout(MOST_SECONDS), begun(*command, asks=True) as process:
            said, complaints = await process.communicate(given)
    except TimeoutError:
        raise NotRedriven(f"The command was ended after {MOST_SECONDS:g} seconds.") from None
    if process.returncode in JUDGED:
        try:
            return msgspec.json.decode(said)
        except msgspec.DecodeError:
            pass
    raise NotRedriven(complaints.decode("utf-8", "replace").strip())
