"""Lines → DynamoDB Local in memory by load_tables: how well it keeps its rate, and how fast it and its peers are.

    python -m benchmarks loads --items 1000000 --rate 1000 --peer-items 100000

First `--peer-items` lines by each way, as fast as it goes; then lines up to `--items` at the set rate. The store is one
process on the same two cores: what it does alone is the limit, measured before and after.
"""

import argparse
import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import accumulate
from pathlib import Path
from typing import Any

import boto3

from benchmarks import days
from benchmarks.batch import drop
from benchmarks.report import Result, show, timed
from benchmarks.rows import lines_of, values
from benchmarks.spark_jobs import Run, job, peer, run
from benchmarks.stream import parts, table_like
from commerce.lines import OrderLine
from local.config import RunConfig
from local.parts.provisioning import client
from stores import items

WINDOW_SECONDS = 10.0
HOOKS = Path(__file__).parent / "hooks"
ALONE = 2, 4
"""Processes that write to the store alone, and threads of each, as a load on two cores has them."""


def measure(argv: Sequence[str] = ()) -> None:
    """Show the peers, then the rate."""
    parser = argparse.ArgumentParser(prog="benchmarks loads")
    parser.add_argument("--items", type=int, default=60_000, help="lines in the table in the end")
    parser.add_argument("--rate", type=float, default=1_000.0, help="items a second that the load is set to")
    parser.add_argument("--peer-items", type=int, default=20_000, help="lines that each way writes")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, parts() as (config, _):
        loads = Loads(config, Path(folder))
        loads.peers(options.peer_items)
        loads.at_rate(options.items, options.rate)


class Loads:
    """Loads of one platform."""

    def __init__(self, config: RunConfig, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._dynamodb = client(config, "dynamodb")

    def peers(self, count: int) -> None:
        """Measure each program's load of the same lines, without a rate limit."""
        files = days.write(self._folder / "csv", count)
        lines = lines_of(files)
        before = self._alone(lines)
        wrangled = self._timed(lambda table: _put_df(self._config, table, lines))
        spark = self._timed(lambda table: self._batch_writer(files[0].parent, table))
        drop(self._config, files)
        run(job(self._config, "curate"), self._config)
        (said, _, times) = self._load(1e9)
        assert said["lines"] == count, said
        seconds = times[-1][0] - times[0][0]
        after = self._alone(lines)
        show(
            f"{count:,} lines → DynamoDB Local in memory, as fast as it goes; load {os.getloadavg()[0]:.1f}",
            [
                Result("ours: load_tables, lines alone counted", count / seconds),
                Result("ours: load_tables, lines and summaries", sum(n for _, n in times) / seconds),
                Result("awswrangler put_df: lines alone", count / wrangled),
                Result("Spark + batch_writer, Spark's start included: lines alone", count / spark),
                Result("limit: the store alone, before", before),
                Result("limit: the store alone, after", after),
            ],
        )

    def at_rate(self, count: int, rate: float) -> None:
        """Load the remaining lines at the set rate, and show how it was kept."""
        files = days.write(self._folder / "more", count)
        sample = lines_of(files[:10])
        before = self._alone(sample)
        drop(self._config, files)
        run(job(self._config, "curate"), self._config)
        said, found, times = self._load(rate)
        written, seconds = sum(n for _, n in times), times[-1][0] - times[0][0]
        most = greatest(times, WINDOW_SECONDS)
        print(f"load_tables set to {rate:,.0f} items/s; load {os.getloadavg()[0]:.1f}")
        print(f"  {said['lines']:,} lines, {said['invoices']:,} invoices; {written:,} items written in {seconds:.1f} s")
        for what, share in (
            ("in all", written / seconds),
            (f"most over any {WINDOW_SECONDS:.0f} s", most / WINDOW_SECONDS),
        ):
            print(f"  {what}: {share:,.0f} items/s, {share / rate:.3f} of the rate")
        print(
            f"  MB: driver {found.driver_mb:.0f}, JVM {found.jvm_mb:.0f}, greatest worker {found.worker_mb:.0f}",
            flush=True,
        )
        # last: full of a million items, the store in its 1 GB has broken a connection
        print(f"  the store alone: {before:,.0f} items/s before, {self._alone(sample):,.0f} after")

    def _load(self, rate: float) -> tuple[dict[str, Any], Run, list[tuple[float, int]]]:
        """Run load_tables at this rate: its entry in the ledger, the run, and the time and items of each write."""
        with tempfile.TemporaryDirectory() as folder:
            ours = job(self._config, "load_tables")
            path = os.pathsep.join([str(HOOKS), *map(str, ours.module_zips)])
            noting = {"BENCHMARK_WRITES": folder, "PYTHONPATH": path}
            found = run(ours, self._config, "--items-per-second", str(rate), environment=noting)
            noted = [line.split() for path in Path(folder).iterdir() for line in path.read_text("utf-8").splitlines()]
        (said,) = found.said
        return said, found, sorted((float(moment), int(count)) for moment, count in noted)

    def _alone(self, lines: Sequence[OrderLine]) -> float:
        """Items a second that the store takes, ready-made, by BatchWriteItem."""
        ready = [items.line_item(line) for line in lines]
        processes, threads = ALONE
        with ProcessPoolExecutor(processes) as pool:

            def write(table: str) -> None:
                shares = [ready[n::processes] for n in range(processes)]
                for put in [pool.submit(_put_all, self._config, table, share, threads) for share in shares]:
                    put.result()

            return len(lines) / self._timed(write)

    def _timed(self, write: Callable[[str], None]) -> float:
        """Seconds of a write into a new table like Invoices."""
        name = table_like(self._config, "invoices", "alone")
        seconds, _ = timed(lambda: write(name))
        self._dynamodb.delete_table(TableName=name)
        return seconds

    def _batch_writer(self, folder: Path, table: str) -> None:
        path = {"PYTHONPATH": str(Path(__file__).parent.parent)}
        run(peer(self._config, "spark_batch_writer", csv=str(folder), table=table), self._config, environment=path)


def greatest(times: Sequence[tuple[float, int]], seconds: float) -> int:
    """The most items that were written within any such time; the writes come in their order.

    >>> greatest([(0.0, 5), (4.0, 3), (9.9, 1), (10.1, 7), (30.0, 2)], 10)
    11
    """
    moments = [moment for moment, _ in times]
    sums = [0, *accumulate(count for _, count in times)]
    return max(sums[bisect_right(moments, begin + seconds)] - sums[at] for at, begin in enumerate(moments))


def _put_all(config: RunConfig, table: str, ready: list[Any], threads: int) -> None:
    dynamodb = client(config, "dynamodb")

    def put(at: int) -> None:
        left = {table: [{"PutRequest": {"Item": item}} for item in ready[at : at + 25]]}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(put, range(0, len(ready), 25)):
            pass


def _put_df(config: RunConfig, table: str, lines: Iterable[OrderLine]) -> None:
    import awswrangler
    import pandas

    awswrangler.config.dynamodb_endpoint_url = config.endpoints["dynamodb"]
    session = boto3.Session(config.access_key_id, config.secret_access_key, region_name=config.region)
    awswrangler.dynamodb.put_df(pandas.DataFrame(list(map(values, lines)), dtype=object), table, boto3_session=session)
