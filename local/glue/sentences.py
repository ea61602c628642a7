"""What a job's records say, in sentences for the person at the terminal. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from commerce.paths import QUARANTINE

NOTHING = "there was nothing new"


def sentences(records: Iterable[str]) -> list[str]:
    """A few sentences for the records that a run wrote into its log; those of an unknown form stay as they are.

    >>> sentences(['{"batch":"b","lines":1200,"invoices":60,"seconds":2.5,"writing_seconds":1.0}'])
    ['1,200 lines of 60 invoices were written (batch b)']
    >>> sentences([])
    ['there was nothing new']
    """
    return [sentence for record in records for sentence in _of(record)] or [NOTHING]


def _of(record: str) -> Iterator[str]:
    try:
        told = msgspec.json.decode(record)
    except msgspec.DecodeError:
        told = None
    match told:
        case {"batch": batch, "rows": rows, "lines_added": added}:
            yield from _curated(batch, rows, added, told)
        case {"batch": batch, "lines": 0, "invoices": _}:
            yield (
                f"no line was written (batch {batch}): no new one came by a dropped file, and those that came by the "
                "stream order_tables has written (`tillstream job load_tables --again --all` writes them too)"
            )
        case {"batch": batch, "lines": lines, "invoices": invoices}:
            yield f"{counted(lines, 'line')} of {counted(invoices, 'invoice')} were written (batch {batch})"
        case {"batch": batch, "lines": lines, "lines_added": added}:
            yield f"{counted(lines, 'line')} were loaded, {added:,} of them new (batch {batch})"
        case {"schema": [*names]}:
            yield f"the warehouse's schema was brought up to date: {', '.join(names)}"
        case {"compacted": compacted, "expired": expired}:
            yield f"compacted: {_counts(compacted)}"
            yield f"forgotten with old snapshots: {_counts(expired)}"
        case _:
            yield record


def _curated(batch: str, rows: int, added: int, told: Mapping[str, Any]) -> Iterator[str]:
    files, objects, refused = told["files"], told["objects"], told["refused"]
    read = (
        f"{counted(files, 'dropped file')} and {counted(objects, 'raw object')} with {counted(rows, 'row')} were read"
    )
    yield f"{read}: {counted(added, 'line')} are new in the lake, {counted(refused, 'row')} refused (batch {batch})"
    for key, reason in told["set_aside"].items():
        yield f"{key} was set aside whole: {reason}"
    if refused or told["set_aside"]:
        places = f"{QUARANTINE}bulk/ and {QUARANTINE}stream/"
        yield f"what was refused stands with its reason under {places} of the lake bucket"


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "line"), counted(1200, "line")
    ('1 line', '1,200 lines')
    """
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _counts(told: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in told.items())
