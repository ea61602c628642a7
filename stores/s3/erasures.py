"""The records of erasures in the lake bucket, and the gate by which a writer drops the lines that they name."""

from collections.abc import Callable, Iterator
from functools import cache
from math import inf
from time import monotonic
from typing import Any, Final

import msgspec

from commerce.erasures import NOTHING, Erasure, Proof
from commerce.paths import ERASURES, erasure_key, erasure_proof_key, is_erasure
from stores.s3.listing import listed
from stores.s3.objects import Lake

GATE_SECONDS: Final = 20.0
"""The age at which a process lists the records anew: a function that runs every second would pay for each listing."""


class Gate:
    """The LineIds of all erased lines, as they were at most `GATE_SECONDS` ago: the memory of one process.

    A record never changes, so each is read once in the life of the process.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._of_records: dict[str, frozenset[str]] = {}
        self._line_ids, self._until, self._bucket = NOTHING, -inf, ""

    def line_ids(self, lake: Lake) -> frozenset[str]:
        """The LineIds that must not be stored. Raises what S3 does: a writer that cannot know them may not write."""
        now = self._clock()
        if now >= self._until or lake.bucket != self._bucket:
            keys = {it["Key"] for it in _listed(lake)}
            if keys != self._of_records.keys():
                known = self._of_records
                self._of_records = {it: known[it] if it in known else frozenset(_read(lake, it).lines) for it in keys}
                self._line_ids = frozenset().union(*self._of_records.values())
            self._until, self._bucket = now + GATE_SECONDS, lake.bucket
        return self._line_ids


@cache
def gate() -> Gate:
    """The gate of this process, which a function's invocations share."""
    return Gate()


def put(lake: Lake, erasure: Erasure) -> bool:
    """Write the record; False if there is one with its id, which stays as it is."""
    return lake.put_once(erasure_key(erasure.id), msgspec.json.encode(erasure))


def records(lake: Lake) -> list[Erasure]:
    """All records, oldest first."""
    return [_read(lake, it["Key"]) for it in _listed(lake)]


def put_proof(lake: Lake, proof: Proof) -> bool:
    """Write the proof of an erasure; False if there is one, which stays as it is."""
    return lake.put_once(erasure_proof_key(proof.id), msgspec.json.encode(proof))


_decode_proof: Final = msgspec.json.Decoder(Proof).decode


def proof(lake: Lake, erasure: str) -> Proof | None:
    """The proof of an erasure; None while it is not carried out; asked by somebody who may list the bucket."""
    found = lake.dated(erasure_proof_key(erasure))
    return _decode_proof(found[0]) if found else None


def is_unfinished(lake: Lake) -> bool:
    """Whether an erasure has a record and no proof: it is under way, or was stopped."""
    keys = {it["Key"] for it in listed(lake.retries, lake.client, lake.bucket, ERASURES)}
    begun = (key.removeprefix(ERASURES).removesuffix(".json") for key in keys if is_erasure(key))
    return any(erasure_proof_key(it) not in keys for it in begun)


def line_ids(lake: Lake) -> frozenset[str]:
    """The LineIds of all erased lines, now."""
    return Gate().line_ids(lake)


def _listed(lake: Lake) -> Iterator[Any]:
    return (it for it in listed(lake.retries, lake.client, lake.bucket, ERASURES) if is_erasure(it["Key"]))


_decode: Final = msgspec.json.Decoder(Erasure).decode


def _read(lake: Lake, key: str) -> Erasure:
    return _decode(lake.read(key))
