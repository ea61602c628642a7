"""A job's records as sentences for people. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from console.counts import counted, verb

NOTHING = "there was nothing new"

_RECORD = '{"time":'
"""The beginning of a record of `commerce.metrics`: what happened at a time, and the metrics of it."""


def is_result(line: str) -> bool:
    """Whether a line of a job's log is a result of the job: JSON, and not a record of metrics or of a refused row.

    >>> is_result('{"batch":"b","rows":7}'), is_result('{"time":"2026-11-29T12:00:00.000Z","refused_row":3}')
    (True, False)
    """
    return line.startswith("{") and not line.startswith(_RECORD)


def sentences(records: Iterable[str]) -> list[str]:
    """Sentences for the records that a run wrote into its log; records of an unknown form stay unchanged.

    >>> sentences(['{"batch":"b","lines":1200,"invoices":60,"seconds":2.5,"writing_seconds":1.0}'])
    ['1,200 lines of 60 invoices were written (batch b)']
    >>> sentences([])
    ['there was nothing new']
    """
    return [sentence for record in records for sentence in _of(record)] or [NOTHING]


def _of(record: str) -> Iterator[str]:
    try:
        fields = msgspec.json.decode(record)
    except msgspec.DecodeError:
        fields = None
    match fields:
        case {"batch": batch, "rows": rows, "lines_added": added}:
            yield from _curated(batch, rows, added, fields)
        case {"batches": batches, "until": batch, "restored": restored}:
            of_batches = counted(batches, "batch", "batches")
            yield f"{counted(restored, 'line')} of {of_batches} {verb(restored)} put back (the newest: {batch})"
        case {"batch": batch, "restaged": {**broken}}:
            why = "; ".join(f"{key} {how}" for key, how in broken.items())
            files = f"{counted(len(broken), 'staged file')} of batch {batch}"
            yield f"{files} {verb(len(broken))} written anew, since {why}"
        case {"batch": batch, "lines": 0, "invoices": _}:
            yield (
                f"no line was to be written (batch {batch}): no dropped file brought a new one, and order_tables "
                "writes the lines of the stream (`tillstream job load_tables --again --all` writes them too)"
            )
        case {"batch": batch, "lines": lines, "invoices": invoices}:
            yield f"{counted(lines, 'line')} of {counted(invoices, 'invoice')} {verb(lines)} written (batch {batch})"
        case {"export": export, "lines": lines, "summaries": summaries}:
            of_invoices = counted(summaries, "invoice summary", "invoice summaries")
            yield f"{counted(lines, 'line')} and {of_invoices} were written (export {export})"
        case {"batch": batch, "lines": lines, "again": True}:
            yield f"{counted(lines, 'line')} {verb(lines)} loaded again, and the table has each once (batch {batch})"
        case {"batch": batch, "lines": lines, "lines_added": added}:
            yield f"{counted(lines, 'line')} {verb(lines)} loaded, {added:,} of them new (batch {batch})"
        case {"erasure": erasure, "lines_erased": lines}:
            yield f"{counted(lines, 'line')} of the erasure {erasure} {verb(lines)} deleted"
        case {"schema": [*names]}:
            yield f"the warehouse's schema was brought up to date: {', '.join(names)}"
        case {"published": version, "extracts": extracts}:
            yield f"the sales extracts were published with {counted(sum(extracts.values()), 'row')} (version {version})"
        case {"compacted": compacted, "expired": expired}:
            yield _compacted(compacted)
            yield _expired(expired)
        case _:
            yield record


def _curated(batch: str, rows: int, added: int, record: Mapping[str, Any]) -> Iterator[str]:
    files, objects, refused = record["files"], record["objects"], record["refused"]
    read = (
        f"{counted(files, 'dropped file')} and {counted(objects, 'raw object')} with {counted(rows, 'row')} were read"
    )
    new = f"{counted(added, 'line')} {verb(added, 'is', 'are')} new in the lake"
    yield f"{read}: {new}, {counted(refused, 'row')} refused (batch {batch})"
    for key in record["set_aside"]:
        yield f"{key} was quarantined whole: `tillstream quarantine list` says why"
    if refused or record["set_aside"]:
        yield "`tillstream quarantine list` shows what was refused, and why"


def _compacted(counts: Mapping[str, int]) -> str:
    """The sentence about the counts of Iceberg's `rewrite_data_files`."""
    before, after = counts.get("rewritten_data_files_count", 0), counts.get("added_data_files_count", 0)
    if not before:
        return "no data file of the lake was small enough to be compacted"
    size = f", {counted(counts.get('rewritten_bytes_count', 0), 'byte')}"
    failed = counts.get("failed_data_files_count", 0)
    return f"{counted(before, 'data file')} of the lake{size}, {verb(before)} compacted into {after:,}" + (
        f"; {failed:,} could not be written" if failed else ""
    )


def _expired(counts: Mapping[str, int]) -> str:
    """The sentence about the counts of Iceberg's `expire_snapshots`, which are named after kinds of files."""
    kinds = {name.removeprefix("deleted_").removesuffix("_count"): count for name, count in counts.items() if count}
    if not kinds:
        return "no snapshot was old enough to be deleted with its files"
    parts = [counted(count, name.replace("_", " ").removesuffix("s")) for name, count in kinds.items()]
    return f"deleted with old snapshots: {', '.join(parts)}"
