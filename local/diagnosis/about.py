"""The records of all logs that name an id, and the others of the same requests, by their times.

A trace's id leads from the request to the batches of both consumers; an invoice's or a line's to where it was refused.
"""

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Final

from local.diagnosis.logs import Log
from local.errors import NotPossible

_TIME: Final = re.compile(rb'"time":"([^"]+)"')
_REQUEST: Final = re.compile(rb'"request":"([^"]+)"')


def about(chosen: Sequence[Log], id: str) -> list[str]:
    """The lines, each after the name of its log; raises `NotPossible` if no record names the id."""
    quoted = f'"{id}"'.encode()
    requests = {named[1] for _, line in _records(chosen) if quoted in line and (named := _REQUEST.search(line))}
    found = []
    for log, line in _records(chosen):
        request, time = _REQUEST.search(line), _TIME.search(line)
        if quoted in line or (request and request[1] in requests):
            found.append((time[1] if time else b"", log.name, line))
    if not found:
        raise NotPossible(
            f"no record names {id}: a log has the ids of sampled traces, of requests, and of refused rows"
        )
    width = max(len(name) for _, name, _ in found)
    return [f"{name:{width}} | {line.decode('utf-8', 'replace')}" for _, name, line in sorted(found, key=itemgetter(0))]


def _records(chosen: Sequence[Log]) -> Iterator[tuple[Log, bytes]]:
    """The records of the logs, each with its log; lines for people alone are left out."""
    for log in chosen:
        with log.file.open("rb") as lines:
            yield from ((log, line.rstrip(b"\n")) for line in lines if line.startswith(b"{"))
