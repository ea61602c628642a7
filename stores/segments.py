"""The work of a function as segments of X-Ray traces, beside the one that Lambda records of the function itself.

A batch from Kafka holds messages of many requests. Lambda records the batch as a trace of its own, if any; by a segment
in each request's trace the request is seen from the API to its consumers. The X-Ray daemon, which Lambda runs beside a
traced function, takes a segment as one datagram (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html).
"""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import time
from typing import Any, Final

import msgspec

from commerce.metrics import FUNCTION
from stores.metrics import Log

DAEMON: Final = "AWS_XRAY_DAEMON_ADDRESS"
"""The variable with the daemon's host and port; Lambda sets it where a function is traced, the laptop does not."""

_HEADER: Final = b'{"format": "json", "version": 1}\n'


@contextmanager
def followed(roots: Sequence[str], log: Log) -> Iterator[None]:
    """Record the work inside the block as a segment of the traces with these roots, failed if it raises.

    A segment has the name and the request of the function whose log this is.
    """
    began, failed = time(), True
    try:
        yield
        failed = False
    finally:
        segments = [_segment(root, log, began, failed) for root in roots]
        if segments and (daemon := os.environ.get(DAEMON)):
            _send(segments, daemon)


def _segment(root: str, log: Log, began: float, failed: bool) -> dict[str, Any]:
    return {
        "name": log.of[FUNCTION],
        "id": os.urandom(8).hex(),
        "trace_id": root,
        "start_time": began,
        "end_time": time(),
        "fault": failed,
        "annotations": {**log.fields},
    }


def _send(segments: Sequence[dict[str, Any]], daemon: str) -> None:
    """Send the segments, which nobody confirms: a batch is never failed or held up by its trace."""
    host, _, port = daemon.rpartition(":")
    with suppress(OSError, ValueError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        for segment in segments:
            with suppress(OSError):  # the next one may go
                out.sendto(_HEADER + msgspec.json.encode(segment), (host, int(port)))
