"""Order lines → DynamoDB Local in memory by our writer, beside boto3's own writers and ready-made requests.

The store is one process on the same cores, so it is the limit; ours also reads each invoice back and keeps its summary,
which the others do not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter, process_time
from typing import Any, Final

import boto3

from benchmarks.measure import environments
from benchmarks.measure.laptop import parts, table_like
from benchmarks.measure.race import ROUNDS, Entrant, Race, Size, Took
from benchmarks.measure.rows import files, lines, values
from benchmarks.report.results import Comparison
from commerce.lines import OrderLine
from local.config import RunConfig
from stores.dynamodb import items
from stores.dynamodb.client import ITEMS
from stores.dynamodb.plain_json import of_plain_json
from stores.dynamodb.tables import Tables

LINES: Final[Mapping[Size, int]] = {"gate": 4_000, "bench": 20_000, "full": 77_000}
THREADS: Final = 8
BATCH: Final = 25
CPU: Final = "client's CPU µs a line"


def measure(size: Size) -> Iterator[Comparison]:
    """Compare the ways; each writes the same lines into new tables."""
    gate = size == "gate"
    environments.ready("awswrangler")
    by = ", by the client's CPU time" if gate else ""
    race = Race("tables", f"order lines → DynamoDB Local in memory, {LINES[size]:,} lines{by}")
    with parts() as (config, _):
        ways = Ways(config, lines()[: LINES[size]], by_cpu=gate)
        entrants = [
            Entrant(f"ours: lines and summaries, {THREADS} threads", "ours", ways.summaries),
            Entrant(f"ours: lines alone, {THREADS} threads", "ours", ways.lines_alone),
            Entrant("Table.batch_writer: lines alone", "peer", ways.batch_writer),
            Entrant("put_item: lines alone", "peer", ways.put_item),
            Entrant("awswrangler put_df: lines alone", "peer", ways.awswrangler),
            Entrant(f"its own requests, ready-made, {THREADS} threads", "limit", ways.ready_made),
        ]
        if gate:
            entrants = [entrant for entrant in entrants if entrant.run in (ways.summaries, ways.batch_writer)]
        for number in range(ROUNDS[size]):
            race.round(number, entrants)
            yield race.comparison


class Ways:
    """The ways to write these lines; each takes new, empty tables. `by_cpu` counts this process's CPU time alone."""

    def __init__(self, config: RunConfig, of: Sequence[OrderLine], *, by_cpu: bool = False) -> None:
        """Make a client as order_tables makes it, and one as boto3 has it."""
        self._config = config
        self._by_cpu = by_cpu
        self._lines = of
        self._session = boto3.Session(config.access_key_id, config.secret_access_key, region_name=config.region)
        self._dynamodb = self._session.client("dynamodb", endpoint_url=config.endpoints["dynamodb"], config=ITEMS)
        self._items = of_plain_json(
            self._session.client("dynamodb", endpoint_url=config.endpoints["dynamodb"], config=ITEMS)
        )
        self._copies = 0

    def summaries(self) -> Took:
        """Ours: lines, each touched invoice read back, its summary offered."""
        return self._ours(lambda tables: tables.add)

    def lines_alone(self) -> Took:
        """Ours without what follows the lines."""
        return self._ours(lambda tables: tables.put_lines)

    def _ours(self, action: Callable[[Tables], Callable[[Sequence[OrderLine]], object]]) -> Took:
        invoices, customers = self._table("invoices"), self._table("customers")
        with ThreadPoolExecutor(THREADS) as pool:
            put = action(Tables(self._items, invoices, customers, each=pool.map))
            return self._timed(lambda: put(self._lines))

    def batch_writer(self) -> Took:
        """The resource's own writer, one thread."""
        resource = self._session.resource("dynamodb", endpoint_url=self._config.endpoints["dynamodb"])
        table = resource.Table(self._table("invoices"))
        ready = [values(line) for line in self._lines]

        def write() -> None:
            with table.batch_writer() as writer:
                for item in ready:
                    writer.put_item(Item=item)

        return self._timed(write)

    def put_item(self) -> Took:
        """One request a line, one thread; a tenth of the lines."""
        table = self._table("invoices")
        some = self._lines[: len(self._lines) // 10]

        def write() -> None:
            for line in some:
                self._dynamodb.put_item(TableName=table, Item=items.line_item(line))

        return self._timed(write, len(some))

    def awswrangler(self) -> Took:
        """A data frame by AWS SDK for pandas, in an environment of its own."""
        config = self._config
        settings = {
            "TABLE": self._table("invoices"),
            "ENDPOINT": config.endpoints["dynamodb"],
            "AWS_ACCESS_KEY_ID": config.access_key_id,
            "AWS_SECRET_ACCESS_KEY": config.secret_access_key,
            "AWS_DEFAULT_REGION": config.region,
        }
        script = str(environments.PEERS / "awswrangler_put.py")
        paths = [str(path) for path in files()]
        said = environments.done(
            str(environments.python("awswrangler")), script, str(len(self._lines)), *paths, environment=settings
        )
        return Took(len(self._lines), float(said))

    def ready_made(self) -> Took:
        """The same batches of lines, made before the clock starts and sent by as many threads."""
        table = self._table("invoices")
        ready = [items.line_item(line) for line in self._lines]
        batches = [ready[at : at + BATCH] for at in range(0, len(ready), BATCH)]

        def put(batch: Sequence[Any]) -> None:
            left: Any = {table: [{"PutRequest": {"Item": item}} for item in batch]}
            while left:
                left = self._items.batch_write_item(RequestItems=left)["UnprocessedItems"]

        with ThreadPoolExecutor(THREADS) as pool:
            return self._timed(lambda: list(pool.map(put, batches)))

    def _timed(self, write: Callable[[], object], rows: int | None = None) -> Took:
        """The seconds of the write, and the processor time of this process a line."""
        count = len(self._lines) if rows is None else rows
        cpu, began = process_time(), perf_counter()
        write()
        seconds, cpu = perf_counter() - began, process_time() - cpu
        return Took(count, cpu if self._by_cpu else seconds, {CPU: cpu / count * 1e6})

    def _table(self, part: str) -> str:
        self._copies += 1
        return table_like(self._config, part, str(self._copies))
