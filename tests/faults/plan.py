"""The plan of a round of faults: a pure function of its seed, which can be printed and played again."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(2012, 1, 1)
"""The generated day of the round with seed 0: no other test has days after those of the real data."""

BEFORE_AND_AFTER: Final = ("reset", "500", "503", "409", "throttled", "silent")
"""Faults of one request, each before its effect and after it; `silent` is an answer that never comes."""

REQUESTS: Final = {
    "s3": (r"PUT .*/raw/",),
    "dynamodb": ("BatchWriteItem", "PutItem", "UpdateItem", "(Batch)?GetItem", "Query"),
    "redshift-data": ("BatchExecuteStatement", "DescribeStatement"),
    "kafka": ("Produce", "Fetch", "OffsetCommit"),
}
"""The requests that each round makes for certain, as patterns; those of the Data API in a round with jobs."""

READ_BY_JOBS: Final = r"GET .*/raw/"

STREAM: Final = (
    "ingest",
    "raw_archive",
    "order_tables",
    "runtime",
    "event_source",
    "kafka",
    "dynamodb",
    "s3",
    "client",
)
"""The processes that a round kills or stops while rows flow: workers of three functions, servers, and the client."""

DISKS: Final = ("kafka", "dynamodb", "s3")
"""The stores whose disk can be full for a while: the kernel refuses each write of the process to a file."""

DELIVERED_AGAIN: Final = (r"PUT .*/raw/", "UpdateItem", "PutItem")
"""The requests at which a function can become a zombie: it goes on although its batch is delivered again."""

JOBS: Final = ("spark driver", "spark worker", "redshift_data")
"""The processes that a round kills or stops while jobs run."""

EVERYTHING: Final = "supervisor"
"""All processes at once, as when their supervisor is killed: the kernel ends its children with it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a part.

    One of a request happens to those that match `request`, from the one that is `nth` in the round on, `times` times.
    Others happen once `nth` requests have passed all proxies; one with `seconds` lasts so long.
    """

    part: str
    kind: str
    nth: int
    request: str = ""
    times: int = 1
    seconds: float = 0.0

    @property
    def is_of_jobs(self) -> bool:
        """Whether it can happen in a round with jobs only."""
        return self.part in (*JOBS, "redshift-data") or self.request == READ_BY_JOBS


@dataclass(frozen=True, slots=True)
class Round:
    """A generated day, sent while these faults happen; with `jobs`, the batch path runs meanwhile."""

    seed: int
    day: str
    invoices: int
    jobs: bool
    faults: tuple[Fault, ...]
    rows_a_second: int = 300


def plan(seed: int, *, jobs: bool | None = None) -> Round:
    """The round of this seed; every fourth runs the jobs as well, unless it is decided.

    >>> plan(7) == plan(7), plan(7) == plan(8)
    (True, False)
    """
    rng = random.Random(seed)
    with_jobs = seed % 4 == 3 if jobs is None else jobs
    faults = [_of_a_request(rng, rng.choice(("s3", "dynamodb"))) for _ in range(rng.randint(1, 2))]
    faults.append(rng.choice((_of_kafka, _of_the_network))(rng))
    faults.append(rng.choice((_of_a_process, _of_a_process, _of_a_process, _of_a_disk, _zombie))(rng))
    if with_jobs:
        faults.append(_of_a_request(rng, "redshift-data"))
        faults.append(Fault("s3", "half body", rng.randint(1, 3), READ_BY_JOBS, rng.randint(1, 3)))
        faults.append(_of_a_process(rng, JOBS))
    elif rng.random() < 0.1:
        faults.append(Fault(EVERYTHING, "kill", rng.randint(20, 60)))
    return Round(seed, day_of(seed), rng.randint(15, 30), with_jobs, tuple(faults))


def minute(seed: int) -> Round:
    """A minute of a soak: rows flow all the time, and one fault happens; every fifth minute the jobs run as well."""
    rng = random.Random(f"soak {seed}")
    with_jobs = seed % 5 == 4
    makers = (_of_kafka, _of_the_network, _of_a_process, _of_a_disk, _zombie)
    if with_jobs:
        fault = _of_a_process(rng, JOBS)
    else:
        fault = rng.choice((*makers, lambda rng: _of_a_request(rng, rng.choice(("s3", "dynamodb")))))(rng)
    return Round(seed, day_of(seed), 100, with_jobs, (fault,), 30)


def day_of(seed: int) -> str:
    """The day of a round's rows."""
    return (FIRST_DAY + timedelta(days=seed % 20_000)).isoformat()


def _of_a_request(rng: random.Random, part: str) -> Fault:
    """A fault of requests, before or after their effect."""
    request = rng.choice(REQUESTS[part])
    # a run of the jobs makes few of the Data API's requests
    nth, times = (1, 1) if part == "redshift-data" else (rng.randint(1, 5), rng.randint(1, 3))
    # the answer to a put has no body that could break off
    halves = ("half request",) if part == "s3" else ("half request", "half body")
    kind = rng.choice(("delay", *halves, *BEFORE_AND_AFTER))
    if kind == "delay":
        return Fault(part, kind, nth, request, times, round(rng.uniform(0.5, 3), 1))
    if kind in halves:
        return Fault(part, kind, nth, request, times)
    if kind == "409" and part == "s3" and rng.random() < 0.5:
        kind = "412"
    # each silence lasts for as long as its client waits
    return Fault(part, f"{kind} {rng.choice(('before', 'after'))}", nth, request, 1 if kind == "silent" else times)


def _of_kafka(rng: random.Random) -> Fault:
    kind = rng.choice(("delay", "reset before", "reset after", "half body"))
    seconds = round(rng.uniform(0.5, 2), 1) if kind == "delay" else 0.0
    return Fault("kafka", kind, rng.randint(1, 4), rng.choice(REQUESTS["kafka"]), 1, seconds)


def _of_the_network(rng: random.Random) -> Fault:
    """A part that nobody reaches for a while: what is on its way is lost when the network is back."""
    return Fault(rng.choice(("s3", "dynamodb", "kafka")), "partition", rng.randint(5, 60), "", 1, rng.choice((1, 2, 4)))


def _of_a_disk(rng: random.Random) -> Fault:
    return Fault(rng.choice(DISKS), "disk full", rng.randint(5, 60), seconds=float(rng.choice((1, 2, 3))))


def _zombie(rng: random.Random) -> Fault:
    """A function held at a request while its event source is killed, until the request has come a second time."""
    request = rng.choice(DELIVERED_AGAIN)
    part = "s3" if request.startswith("PUT") else "dynamodb"
    return Fault(part, "zombie", rng.randint(1, 5), request)


def _of_a_process(rng: random.Random, parts: tuple[str, ...] = STREAM) -> Fault:
    part, kind = rng.choice(parts), rng.choice(("kill", "kill", "stop"))
    seconds = float(rng.choice((1, 2, 3))) if kind == "stop" else 0.0
    return Fault(part, kind, rng.randint(5, 60), seconds=seconds)
