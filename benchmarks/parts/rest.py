"""REST → Kafka through gateway, Lambda runtime and ingest, beside FastAPI by hand, and a bare producer as the limit.

Twelve connections, 1, 100 and 500 rows a request; requests are made and signed before the clock starts.
"""

import asyncio
import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from confluent_kafka import Producer

from benchmarks.measure import environments
from benchmarks.measure.laptop import parts, process, publish, running
from benchmarks.measure.race import ROUNDS, Entrant, Race, Size, Took
from benchmarks.measure.rows import lines
from benchmarks.report.results import Comparison, Measure
from commerce import wire
from commerce.lines import FIELDS, OrderLine
from local.config import RunConfig
from local.parts.ports import LOOPBACK, answers, free_port
from local.processes import Program
from local.state import State

CONNECTIONS: Final = 12
ROWS: Final[Mapping[Size, Mapping[int, int]]] = {
    "gate": {500: 100_000},
    "bench": {1: 4_000, 100: 60_000, 500: 150_000},
    "full": {1: 20_000, 100: 500_000, 500: 1_000_000},
}
"""Rows a request, and rows in total."""

Request = tuple[bytes, dict[str, str]]


def measure(size: Size) -> Iterator[Comparison]:
    """Compare for each number of rows a request."""
    environments.ready("fastapi")
    with parts() as (config, state):
        for rows, total in ROWS[size].items():
            size_of_one = f"{rows} row{'s' if rows > 1 else ''} a request"
            by: Measure = "cpu_rate" if size == "gate" else "rate"
            race = Race(f"rest-{rows}", f"REST → Kafka, {size_of_one}, {CONNECTIONS} connections", by=by)
            entrants = [
                Entrant("ours: signed, checked, identified", "ours", partial(_ours, config, state, rows, total)),
                Entrant("FastAPI by hand: neither", "peer", partial(_fastapi, config, rows, total)),
                Entrant("confluent-kafka produce", "limit", partial(_bare_producer, config)),
            ]
            for number in range(ROUNDS[size]):
                race.round(number, entrants)
                yield race.comparison


def _ours(config: RunConfig, state: State, rows: int, total: int) -> Took:
    url, requests = requests_to_ours(config, rows, total)
    with process("runtime", config, state):
        return load(url, requests, rows)


def requests_to_ours(config: RunConfig, rows: int, total: int) -> tuple[str, list[Request]]:
    """The gateway's address, and signed requests of so many rows each, of so many in total."""
    url = f"http://{LOOPBACK}:{config.gateway_port}/{config.platform.apis[0].stage}/order-lines"
    return url, [_signed(url, config, body) for body in _bodies(rows, total, FIELDS_AND_IDS)]


def _fastapi(config: RunConfig, rows: int, total: int) -> Took:
    python, port = str(environments.python("fastapi")), free_port()
    command = (python, "-m", "uvicorn", "fastapi_ingest:app", "--port", str(port), "--log-level", "error")
    settings = {"BOOTSTRAP_SERVERS": config.bootstrap_servers, "TOPIC": config.platform.topics[0].name}
    log = Path(config.state) / "fastapi.log"
    program = Program("fastapi", command, log, lambda: answers(port), port, settings, environments.PEERS)
    requests: list[Request] = [(body, {}) for body in _bodies(rows, total, FIELDS)]
    with running([program]):
        return load(f"http://{LOOPBACK}:{port}/order-lines", requests, rows)


FIELDS_AND_IDS = (*FIELDS, "Occurrence", "LineId")


def _bodies(rows: int, total: int, fields: Sequence[str]) -> list[bytes]:
    """The requests' bodies; copies of a line never share a request, since the rows repeat only after 77,000."""
    endless = itertools.cycle(lines())
    return [_body(list(itertools.islice(endless, rows)), fields) for _ in range(total // rows)]


def _body(batch: list[OrderLine], fields: Sequence[str]) -> bytes:
    if fields is FIELDS_AND_IDS:
        return wire.encode_all(batch)
    return wire.encode_answer([{name: getattr(line, name) for name in fields} for line in batch])


def _signed(url: str, config: RunConfig, body: bytes) -> Request:
    request = AWSRequest("POST", url, data=body)
    keys = Credentials(config.access_key_id, config.secret_access_key)
    SigV4Auth(keys, "execute-api", config.region).add_auth(request)
    return body, dict(request.headers.items())


def load(url: str, requests: list[Request], rows: int) -> Took:
    """The requests' rows and seconds, with percentiles of the requests' milliseconds, after a tenth to warm up."""
    warm = max(CONNECTIONS, len(requests) // 10)
    return asyncio.run(_run(url, requests[:warm], requests[warm:], rows))


async def _run(url: str, warm: list[Request], requests: list[Request], rows: int) -> Took:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        await _send_all(session, url, warm)
        began = perf_counter()
        times = await _send_all(session, url, requests)
        seconds = perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return Took(len(requests) * rows, seconds, {"p50 ms": cuts[49] * 1000, "p99 ms": cuts[98] * 1000})


async def _send_all(session: aiohttp.ClientSession, url: str, requests: list[Request]) -> list[float]:
    left, times = iter(requests), []

    async def connection() -> None:
        for body, headers in left:
            began = perf_counter()
            async with session.post(url, data=body, headers={"Content-Type": "application/json", **headers}) as answer:
                assert answer.status == 202, (answer.status, (await answer.read())[:300])
                await answer.read()
            times.append(perf_counter() - began)

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return times


def _bare_producer(config: RunConfig) -> Took:
    producer = Producer({"bootstrap.servers": config.bootstrap_servers, "enable.idempotence": True, "linger.ms": 5})
    values = [(wire.encode(line), line.InvoiceNo.encode()) for line in lines()]
    began = perf_counter()
    publish(producer, config.platform.topics[0].name, values)
    return Took(len(values), perf_counter() - began)
