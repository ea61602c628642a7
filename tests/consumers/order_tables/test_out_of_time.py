"""A batch that does not fit the function's time comes to an end, by the retries of every stage."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from commerce import wire
from commerce.lines import OrderLine
from commerce.summaries import summaries
from consumers.order_tables.handler import write
from local.event_source.delivery import Answer, GiveUp, delivery
from local.event_source.events import Record
from local.platform import OnError
from stores.dynamodb import items
from stores.dynamodb.tables import Tables
from stores.retries import OutOfTime, within_invocation
from stores.s3.objects import Lake
from tests.consumers.kafka import a_message, an_event
from tests.consumers.order_tables.slow_store import SlowStore, TimedOut
from tests.local.event_source.plans import carried_out
from tests.orders import a_line
from tests.protocols.s3 import FakeS3
from tests.protocols.world import World

TIMEOUT_SECONDS: Final = 300
ON_DEMAND: Final = OnError()
PROD: Final = OnError(bisects=True, most_retries=5, bucket="lake")


def some_lines(count: int, an_invoice: int) -> list[OrderLine]:
    """Lines of invoices of this size, one after the other."""
    return [a_line(InvoiceNo=str(600_000 + n // an_invoice), StockCode=f"S{n % an_invoice}") for n in range(count)]


class Tries:
    """The event source's tries to deliver the lines to order_tables over a slow store."""

    def __init__(self, lines: Sequence[OrderLine], on_error: OnError, writes_a_second: float) -> None:
        self.lines, self.store = lines, SlowStore(writes_a_second)
        self.sizes: list[int] = []
        self.errors: list[str] = []
        self._deliver(on_error)

    def _deliver(self, on_error: OnError) -> None:
        messages = [a_message(offset, wire.encode(line)) for offset, line in enumerate(self.lines)]
        records = [Record(0, message.offset, b"x") for message in messages]

        def function(some: Sequence[Record]) -> Answer:
            assert len(self.sizes) < 40, "it loops for ever"
            self.sizes.append(len(some))
            return self._invoke(an_event(*[messages[record.offset] for record in some]))

        steps = carried_out(delivery(records, on_error, lambda: 0), function)
        assert not any(isinstance(step, GiveUp) for step in steps)

    def _invoke(self, event: dict[str, Any]) -> Answer:
        self.store.begin(TIMEOUT_SECONDS)
        tables = Tables(self.store, "invoices", "customers", within_invocation(self.store))  # type: ignore[arg-type]
        try:
            write(event, tables, Lake(FakeS3(World(0)), "lake"), self.store)  # type: ignore[arg-type]
        except (OutOfTime, TimedOut) as error:
            self.errors.append(str(error) or "timed out")
            return Answer(repr(error))
        return Answer()

    def check(self) -> None:
        """Check that every line is stored, and each summary is that of all its invoice's lines."""
        assert sum(map(len, self.store.invoices.values())) == len(self.lines)
        assert {items.summary(item) for item in self.store.customers.values()} == set(summaries(self.lines))


def test_on_demand_the_same_batch_is_taken_by_the_second_try_which_goes_on_where_the_first_stopped() -> None:
    tries = Tries(some_lines(10_000, an_invoice=20), ON_DEMAND, writes_a_second=20)

    assert tries.sizes == [10_000, 10_000]
    assert tries.errors == ["5000 of 10000 lines are written; those from invoice 600250 on are left"]
    assert tries.store.writes == 10_000 + 500  # each line and each invoice's summary once
    tries.check()


def test_in_prod_the_halves_of_the_batch_are_taken_and_nothing_is_given_up() -> None:
    tries = Tries(some_lines(10_000, an_invoice=20), PROD, writes_a_second=20)

    assert tries.sizes == [10_000, 5_000, 5_000]
    assert tries.store.writes == 10_000 + 500
    tries.check()


@pytest.mark.parametrize("on_error", [ON_DEMAND, PROD])
@pytest.mark.parametrize(
    ("count", "an_invoice", "writes_a_second"),
    [
        pytest.param(2_000, 1, 5, id="invoices of a line"),
        pytest.param(1_200, 1_200, 2, id="one invoice"),
        pytest.param(1_000, 20, 1.5, id="a group alone does not fit"),
    ],
)
def test_a_batch_comes_to_an_end_however_its_lines_are_spread_and_whatever_time_a_group_takes(
    on_error: OnError, count: int, an_invoice: int, writes_a_second: float
) -> None:
    tries = Tries(some_lines(count, an_invoice), on_error, writes_a_second)

    assert len(tries.sizes) > 1
    tries.check()
