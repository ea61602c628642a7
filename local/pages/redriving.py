"""Publishes a quarantined record anew for the pages, by `tillstream quarantine redrive`."""

from typing import Any, Final

import msgspec

from local.pages.commands import begin

JUDGED: Final = (0, 1, 3)
"""The exit codes with which the command reports: published or not, refused, or not in the tables yet."""


class NotRedriven(Exception):
    """The command reported nothing; the text is its own."""


class Redrive(msgspec.Struct, frozen=True):
    """A record, the new values of some of its fields, and whether this is only a try."""

    id: str
    set: dict[str, str]
    dry_run: bool


def words(wanted: Redrive) -> list[str]:
    """The words of the command; nothing of the record is read as an option.

    >>> words(Redrive("stream/t/3/42-1", {"Country": "France"}, True))
    ['quarantine', 'redrive', '--json', '--dry-run', '--set=Country=France', '--', 'stream/t/3/42-1']
    """
    how = ["--dry-run"] if wanted.dry_run else ["--yes", "--wait=0"]
    changes = [f"--set={field}={value}" for field, value in wanted.set.items()]
    return ["quarantine", "redrive", "--json", *how, *changes, "--", wanted.id]


async def redrive(wanted: Redrive) -> Any:
    """The command's report; raises `NotRedriven`."""
    process = await begin(*words(wanted))
    said, complaints = await process.communicate()
    if process.returncode not in JUDGED:
        raise NotRedriven(complaints.decode("utf-8", "replace").strip())
    try:
        return msgspec.json.decode(said)
    except msgspec.DecodeError:
        raise NotRedriven(complaints.decode("utf-8", "replace").strip()) from None
