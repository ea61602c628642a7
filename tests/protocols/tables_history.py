"""One random history of the Invoices and Customers tables: the stream's consumer, and bulk loads beside it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from commerce import wire
from commerce.keys import CUSTOMERS, INVOICES, line_key
from commerce.lines import OrderLine
from commerce.paths import quarantine_key
from commerce.summaries import VERSION, InvoiceSummary, summaries
from consumers.order_tables.handler import write
from stores.dynamodb import items
from stores.dynamodb.tables import Tables
from stores.s3.objects import Lake
from tests.consumers.kafka import Context
from tests.orders import a_line
from tests.protocols.dynamodb import FakeDynamoDB
from tests.protocols.s3 import FakeS3
from tests.protocols.world import Task, World, Wrong

TOPIC = "orders"
TIMESTAMP = 1_291_204_800_000

Content = OrderLine | bytes | None


@dataclass
class Job:
    """A writer at work, and the function that starts it again if it did not finish."""

    task: Task
    again: Callable[[], None]
    done: Callable[[], None]


class History:
    """Drives the implemented handler and bulk loads through one history; `check` says whether it ended right."""

    def __init__(self, seed: int, blind_to: frozenset[str] = frozenset()) -> None:
        self.world = world = World(seed)
        self.random = world.random
        self.s3 = FakeS3(world)
        keys = {"invoices": (INVOICES.partition, INVOICES.sort), "customers": (CUSTOMERS.partition, CUSTOMERS.sort)}
        self.dynamodb = FakeDynamoDB(world, keys, blind_to=blind_to)
        self.lines = self._lines()
        self.log = self._log()
        self.committed = [0 for _ in self.log]
        self.busy: set[int] = set()
        self.running: list[Job] = []
        self.zombies: list[Task] = []
        self.wakefulness = self.random.choice((0.0, 0.05, 0.3))  # how often a zombie gets its turn
        self.loads = [self._some_lines() for _ in range(self.random.choice((0, 1, 1, 2)))]
        if world.happens(0.3):
            self._store_an_older_formula()

    def run(self) -> None:
        """Deliver and load until all is done, then let every zombie run to its end."""
        while (
            self.running or self.loads or any(at < len(log) for at, log in zip(self.committed, self.log, strict=True))
        ):
            self._act()
        for zombie in self.zombies:
            zombie.finish()
        self.check()

    def _act(self) -> None:
        idle = [n for n, log in enumerate(self.log) if n not in self.busy and self.committed[n] < len(log)]
        if self.loads and (not self.running or self.world.happens(0.1)):
            self._load(self.loads.pop())
        elif idle and (not self.running or self.world.happens(0.3)):
            self._deliver(self.random.sample(idle, self.random.randint(1, len(idle))))
        elif self.zombies and self.world.happens(self.wakefulness):
            self.random.choice(self.zombies).step()
            self.zombies = [zombie for zombie in self.zombies if not zombie.is_done]
        elif self.running:
            self._go_on(self.random.choice(self.running))

    def _go_on(self, job: Job) -> None:
        """Let the writer make one request more, die, or be abandoned and continue as a zombie."""
        job.task.step()
        given_up = not job.task.is_done and self.world.happens(0.03)
        if not (job.task.is_done or given_up):
            return
        self.running.remove(job)
        if given_up and self.world.happens(0.5):
            job.task.die()
        elif given_up:
            self.zombies.append(job.task)
        if given_up or job.task.error:
            job.again()
        else:
            job.done()

    def _deliver(self, numbers: Sequence[int]) -> None:
        ends = {n: self.committed[n] + self.random.randint(1, 8) for n in numbers}
        records = {f"{TOPIC}-{n}": [self._record(n, at) for at in self._between(n, end)] for n, end in ends.items()}
        event = {"eventSource": "aws:kafka", "records": records}
        tables = self._tables()
        lake = Lake(self.s3, "lake", tables.retries)  # type: ignore[arg-type]

        def release() -> None:
            self.busy.difference_update(numbers)

        def commit() -> None:
            release()
            if not self.world.happens(0.1):  # else the commit is lost
                for number, end in ends.items():
                    self.committed[number] = min(end, len(self.log[number]))

        self.busy.update(numbers)
        self.running.append(Job(Task(self.world, lambda: write(event, tables, lake, Context())), release, commit))

    def _load(self, lines: Sequence[OrderLine]) -> None:
        """A bulk load, which its job starts again until it has finished."""
        tables = self._tables()
        task = Task(self.world, lambda: tables.add(lines))
        self.running.append(Job(task, lambda: self.loads.append(list(lines)), lambda: None))

    def check(self) -> None:
        """Check that every line that came is stored once, and that each summary is that of all its invoice's lines."""
        expected = {line_key(x): x for log in self.log for x in log if isinstance(x, OrderLine)}
        expected |= {line_key(line): line for line in self.loaded}
        found = [items.line(item) for item in self.dynamodb.items("invoices")]
        if sorted(map(line_key, found)) != sorted(expected) or any(expected[line_key(x)] != x for x in found):
            raise Wrong(f"Invoices holds {len(found)} lines, not the {len(expected)} that came")
        stored = sorted((items.summary(item) for item in self.dynamodb.items("customers")), key=_identity)
        right = sorted(summaries(expected.values()), key=_identity)
        if stored != right:
            raise Wrong(f"Customers holds {stored}, not {right}")
        quarantined = {
            quarantine_key(TOPIC, number, at, TIMESTAMP + at)
            for number, log in enumerate(self.log)
            for at, content in enumerate(log)
            if not isinstance(content, OrderLine)
        }
        if self.s3.objects.keys() != quarantined:
            raise Wrong(f"quarantined {sorted(self.s3.objects)}, not {sorted(quarantined)}")

    def _lines(self) -> list[OrderLine]:
        """The lines of a few invoices: one number twice, a customer or none or two, copies."""
        lines = []
        for invoice, customers in (("7", [1]), ("C7", [1]), ("8", [1, 2, None]), ("9", [None])):
            for number in range(self.random.randint(1, 9)):
                line = a_line(
                    Occurrence=number + 1,
                    InvoiceNo=invoice,
                    StockCode=f"S#{number % 5}",
                    Quantity=self.random.randint(-3, 9),
                    InvoiceDate=datetime(2010, 12, 1, 8, number % 3),
                    UnitPrice=Decimal(self.random.randint(1, 9)),
                    CustomerID=self.random.choice(customers),
                    Country=self.random.choice(("France", "Spain")),
                )
                lines.append(line)
        return lines

    def _log(self) -> list[list[Content]]:
        """Two partitions, each invoice in one of them, with lines that come twice and messages that are none."""
        log: list[list[Content]] = [[], []]
        sent = [line for line in self.lines if self.world.happens(0.9)]
        sent += [line for line in sent if self.world.happens(0.1)]
        self.random.shuffle(sent)
        for line in sent:
            log[int(line.InvoiceNo[-1]) % 2].append(line)
        for wrong in (b"{}", b"no line", None):
            if self.world.happens(0.3):
                partition = self.random.choice(log)
                partition.insert(self.random.randint(0, len(partition)), wrong)
        self.loaded: list[OrderLine] = []
        return log

    def _some_lines(self) -> list[OrderLine]:
        lines = [line for line in self.lines if self.world.happens(self.random.choice((0.3, 1.0)))]
        self.loaded += lines
        return lines

    def _store_an_older_formula(self) -> None:
        """Store all lines with their summaries by an older formula, and wrong."""
        for line in {line_key(x): x for log in self.log for x in log if isinstance(x, OrderLine)}.values():
            self.loaded.append(line)
        lines = {line_key(line): line for line in self.loaded}.values()
        calm, self.world.calm = self.world.calm, True
        tables = self._tables()
        tables.put_lines(lines)
        for summary in summaries(lines):
            old: InvoiceSummary = msgspec.structs.replace(summary, Units=summary.Units + 1, Version=VERSION - 1)
            assert tables.offer(old)
        self.world.calm = calm
        # each is touched once more, else nothing would ask for the new formula
        self.loads.append(list(lines))

    def _tables(self) -> Tables:
        return Tables(self.dynamodb, "invoices", "customers", self.world.retries())  # type: ignore[arg-type]

    def _between(self, number: int, end: int) -> range:
        return range(self.committed[number], min(end, len(self.log[number])))

    def _record(self, number: int, at: int) -> dict[str, Any]:
        content = self.log[number][at]
        value = wire.encode(content) if isinstance(content, OrderLine) else content
        return {
            "topic": TOPIC,
            "partition": number,
            "offset": at,
            "timestamp": TIMESTAMP + at,
            "timestampType": "LOG_APPEND_TIME",
            "key": None,
            "value": None if value is None else base64.b64encode(value).decode(),
            "headers": [],
        }


def _identity(summary: InvoiceSummary) -> tuple[int, str]:
    return summary.CustomerID, summary.InvoiceNo
