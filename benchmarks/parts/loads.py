"""Lines → DynamoDB Local in memory by load_tables, beside Spark with `batch_writer`; in full, also at a set rate.

The store is one process on the same cores: what it does alone, ready-made, is the limit. Each round has a platform of
its own. The seconds of load_tables are those from the first write's answer to the last one's; its peer includes Spark's
start.
"""

import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import boto3

from benchmarks.measure import days
from benchmarks.measure.laptop import parts, table_like
from benchmarks.measure.race import ROUNDS, Entrant, Race, Size, Took
from benchmarks.measure.rows import lines_of
from benchmarks.parts.batch import drop
from benchmarks.parts.spark_jobs import job, peer, run
from benchmarks.report.results import Comparison
from local.config import RunConfig
from local.parts.provisioning import client
from stores.dynamodb import items

LINES: Final[Mapping[Size, int]] = {"gate": 5_000, "bench": 20_000, "full": 100_000}
AT_RATE: Final = 1_000_000, 2_000.0
"""The lines of the run in full at a set rate, and the rate in items a second."""

WINDOW_SECONDS: Final = 10.0
HOOKS: Final = Path(__file__).parents[1] / "hooks"
ALONE: Final = 2, 4
"""Processes that write to the store alone, and threads of each, as a load on two cores has them."""


def measure(size: Size) -> Iterator[Comparison]:
    """Compare the loads, without a limit of rate; in full, then one at a set rate."""
    race = Race("loads", f"staged lines → DynamoDB Local in memory, {LINES[size]:,} lines")
    for number in range(ROUNDS[size]):
        with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
            loads = Loads(config, Path(folder), LINES[size])
            entrants = [
                Entrant("ours: load_tables, lines and summaries", "ours", loads.ours),
                Entrant("Spark + batch_writer: lines alone", "peer", loads.batch_writer),
                Entrant("the store alone, ready-made", "limit", loads.alone),
            ]
            race.round(number, entrants)
        yield race.comparison
    if size == "full":
        race = Race("loads-at-rate", "load_tables at a set rate")
        with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
            count, rate = AT_RATE
            loads = Loads(config, Path(folder), count)
            race.run(Entrant(f"ours: set to {rate:,.0f} items/s", "ours", lambda: loads.ours(rate)))
        yield race.comparison


class Loads:
    """Loads of the same lines, which curate has staged."""

    def __init__(self, config: RunConfig, folder: Path, count: int) -> None:
        """Drop the files and run curate."""
        self._config = config
        self._count = count
        self._dynamodb = client(config, "dynamodb")
        self._files = days.write(folder / "csv", count)
        drop(config, self._files)
        run(job(config, "curate"), config)

    def ours(self, rate: float = 1e9) -> Took:
        """Run load_tables at this rate; the rows are items, summaries among them, as each write's answer tells."""
        with tempfile.TemporaryDirectory() as folder:
            load = job(self._config, "load_tables")
            path = os.pathsep.join([str(HOOKS), *map(str, load.module_zips)])
            noting = {"BENCHMARK_WRITES": folder, "PYTHONPATH": path}
            (said,) = run(load, self._config, "--items-per-second", str(rate), environment=noting).said
            noted = [line.split() for path in Path(folder).iterdir() for line in path.read_text("utf-8").splitlines()]
        assert said["lines"] == self._count, said
        times = sorted((float(moment), int(count)) for moment, count in noted)
        kept = {"most of the rate over 10 s": greatest(times, WINDOW_SECONDS) / WINDOW_SECONDS / rate}
        written, seconds = sum(count for _, count in times), times[-1][0] - times[0][0]
        return Took(written, seconds, kept | {"share of the rate": written / seconds / rate} if rate < 1e9 else {})

    def batch_writer(self) -> Took:
        """Spark over the same files, each partition by boto3's writer."""
        folder, path = self._files[0].parent, {"PYTHONPATH": str(Path(__file__).parents[2])}

        def write(table: str) -> None:
            program = peer(self._config, "spark_batch_writer", csv=str(folder), table=table)
            run(program, self._config, environment=path)

        return self._timed(write)

    def alone(self) -> Took:
        """The items that the store takes, ready-made, by BatchWriteItem."""
        ready = [items.line_item(line) for line in lines_of(self._files)]
        processes, threads = ALONE
        with ProcessPoolExecutor(processes) as pool:

            def write(table: str) -> None:
                shares = [ready[n::processes] for n in range(processes)]
                for put in [pool.submit(_put_all, self._config, table, share, threads) for share in shares]:
                    put.result()

            return self._timed(write)

    def _timed(self, write: Callable[[str], None]) -> Took:
        """A write into a new table like Invoices."""
        name = table_like(self._config, "invoices", "alone")
        began = perf_counter()
        write(name)
        seconds = perf_counter() - began
        self._dynamodb.delete_table(TableName=name)
        return Took(self._count, seconds)


def greatest(times: Sequence[tuple[float, int]], seconds: float) -> int:
    """The most items that were written within any such time; the writes come in their order.

    >>> greatest([(0.0, 5), (4.0, 3), (9.9, 1), (10.1, 7), (30.0, 2)], 10)
    11
    """
    moments = [moment for moment, _ in times]
    sums = [0, *accumulate(count for _, count in times)]
    return max(sums[bisect_right(moments, begin + seconds)] - sums[at] for at, begin in enumerate(moments))


def _put_all(config: RunConfig, table: str, ready: list[Any], threads: int) -> None:
    # of its own: the parent's client is remembered, and a fork would write into its connection
    session = boto3.Session(config.access_key_id, config.secret_access_key, region_name=config.region)
    dynamodb = session.client("dynamodb", endpoint_url=config.endpoints["dynamodb"])

    def put(at: int) -> None:
        left = {table: [{"PutRequest": {"Item": item}} for item in ready[at : at + 25]]}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(put, range(0, len(ready), 25)):
            pass
