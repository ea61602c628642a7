"""REST → Kafka through gateway, Lambda runtime and ingest, beside FastAPI by hand, and a bare producer as the limit.

Twelve connections, 1, 100 and 500 rows a request; requests are made and signed before the clock starts.
"""

import asyncio
import itertools
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import aiohttp
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from confluent_kafka import Producer

from benchmarks.report import Result, show, timed
from benchmarks.rows import lines
from benchmarks.stream import parts, process, publish, running
from commerce import wire
from commerce.lines import FIELDS, OrderLine
from local.config import RunConfig
from local.parts.ports import LOOPBACK, answers, free_port
from local.processes import Program

CONNECTIONS = 12
ROWS_A_REQUEST = {1: 4_000, 100: 60_000, 500: 150_000}
"""Rows a request, and rows in total."""

Request = tuple[bytes, dict[str, str]]


def measure() -> None:
    """Show one comparison for each number of rows a request."""
    with parts() as (config, state):
        ours = config.platform.apis[0]
        url = f"http://{LOOPBACK}:{config.gateway_port}/{ours.stage}/order-lines"
        topic = config.platform.topics[0].name
        port = free_port()
        peer = _fastapi(config, topic, port)
        limit = _bare_producer(config, topic)
        for rows, total in ROWS_A_REQUEST.items():
            with process("runtime", config, state):
                mine = _load(url, [_signed(url, config, body) for body in _bodies(rows, total, FIELDS_AND_IDS)], rows)
            with running([peer]):
                theirs = _load(
                    f"http://{LOOPBACK}:{port}/order-lines", [(b, {}) for b in _bodies(rows, total, FIELDS)], rows
                )
            results = [("ours: signed, checked, identified", mine), ("FastAPI by hand: neither", theirs)]
            lines_of = [
                Result(name, rate, {"p50 ms": f"{p50:.0f}", "p99 ms": f"{p99:.0f}"})
                for name, (rate, p50, p99) in results
            ]
            limit_line = Result("limit: confluent-kafka produce", limit, {"p50 ms": "", "p99 ms": ""})
            show(f"REST → Kafka, {rows} rows a request, {CONNECTIONS} connections", [*lines_of, limit_line])


def _fastapi(config: RunConfig, topic: str, port: int) -> Program:
    app = "benchmarks.peers.fastapi_ingest:app"
    command = (sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error")
    environment = {"BOOTSTRAP_SERVERS": config.bootstrap_servers, "TOPIC": topic}
    return Program("fastapi", command, Path(config.state) / "fastapi.log", lambda: answers(port), port, environment)


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


def _load(url: str, requests: list[Request], rows: int) -> tuple[float, float, float]:
    """Rows a second, and the 50th and 99th percentile of the requests' milliseconds, after a tenth to warm up."""
    warm = max(CONNECTIONS, len(requests) // 10)
    return asyncio.run(_run(url, requests[:warm], requests[warm:], rows))


async def _run(url: str, warm: list[Request], requests: list[Request], rows: int) -> tuple[float, float, float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        await _send_all(session, url, warm)
        began = perf_counter()
        times = await _send_all(session, url, requests)
        seconds = perf_counter() - began
    cuts = statistics.quantiles(times, n=100)
    return len(requests) * rows / seconds, cuts[49] * 1000, cuts[98] * 1000


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


def _bare_producer(config: RunConfig, topic: str) -> float:
    producer = Producer({"bootstrap.servers": config.bootstrap_servers, "enable.idempotence": True, "linger.ms": 5})
    values = [(wire.encode(line), line.InvoiceNo.encode()) for line in lines()]
    seconds, _ = timed(lambda: publish(producer, topic, values))
    return len(values) / seconds
