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
    """The words of the command; nothing of the record is read as an option, nor part of a field's name as its value.

    Raises ValueError for a field whose name has an equals sign.

    >>> words(Redrive("stream/t/3/42-1", {"Country": "France"}, True))
    ['quarantine', 'redrive', '--json', '--dry-run', '--set=Country=France', '--', 'stream/t/3/42-1']
    """
    if wrong := [field for field in wanted.set if "=" in field]:
        raise ValueError(f"an order line has no field {', '.join(wrong)}")
    how = ["--dry-run"] if wanted.dry_run else ["--yes", "--wait=0"]
    changes = [f"--set={field}={value}" for field, value in wanted.set.items()]
    return ["quarantine", "redrive", "--json", *how, *changes, "--", wanted.id]


class Redriving:
    """Runs one redrive at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def redrive(self, wanted: Redrive) -> Any:
        """The command's report; raises `NotRedriven`, `Busy`, and ValueError as `words` does."""
        command = words(wanted)
        if self._turn.locked():
            raise Busy
        async with self._turn:
            return await _run(command)


async def _run(command: list[str]) -> Any:
    try:
        async with asyncio.timeout(MOST_SECONDS), begun(*command) as process:
            said, complaints = await process.communicate()
    except TimeoutError:
        raise NotRedriven(f"The command was ended after {MOST_SECONDS:g} seconds.") from None
    if process.returncode in JUDGED:
        try:
            return msgspec.json.decode(said)
        except msgspec.DecodeError:
            pass
    raise NotRedriven(complaints.decode("utf-8", "replace").strip())
