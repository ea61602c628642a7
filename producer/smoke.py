"""One line of no value that is sent and followed through a platform by its API alone: `tillstream smoke`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic, sleep
from typing import Any, Final

import msgspec

from commerce.identity import order_line
from commerce.lines import OrderLine, OrderRow
from commerce.wire import encode, parse
from producer.api import Connection
from producer.errors import ApiRefused
from producer.replay.plan import detail

LOOK_SECONDS: Final = 1.0
GOES_ON: Final = ("ok", "behind")
"""The states of a consumer that reads on."""


class Step(msgspec.Struct, frozen=True):
    """A step of the line's way: its name, whether the line made it, and the seconds that passed until then."""

    name: str
    done: bool
    seconds: float
    why: str = ""


def smoke_line(now: datetime) -> OrderLine:
    """A line that no other run sends: an invoice named by the second, of one piece for nothing and of no customer.

    >>> smoke_line(datetime(2026, 11, 29, 12, 0, 1)).InvoiceNo
    '920261129120001'
    """
    number = f"9{now:%Y%m%d%H%M%S}"
    row = OrderRow(number, "SMOKE", "smoke test", 1, now.replace(microsecond=0), Decimal(0), None, "Unspecified")
    return order_line(row, 1)


def followed(connection: Connection, line: OrderLine, limit_seconds: float) -> Iterator[Step]:
    """Send the line and yield each step when the line has made it; the first that fails is the last.

    Raises `ApiRefused` if the API does not accept the line, and `NoAnswer` if it does not answer.
    """
    began = monotonic()

    def step(name: str, ask: Callable[[], bool], why: str) -> Step:
        while not (done := ask()) and monotonic() - began < limit_seconds:
            sleep(LOOK_SECONDS)
        return Step(name, done, round(monotonic() - began, 1), "" if done else why)

    answer = connection.post_lines(b"[" + encode(line) + b"]")
    if answer.status != 202:
        raise ApiRefused(f"the API answers {answer.status}: {detail(answer.body)}")
    path = f"/invoices/{line.InvoiceNo}"
    story = f"{path}/lines/{line.LineId}"
    late = f"not within {limit_seconds:g} s"
    steps = (
        ("the topic holds it", lambda: bool(_asked(connection, story).get("topic")), late),
        ("the table holds it", lambda: bool(_asked(connection, story).get("dynamodb")), late),
        ("the API shows its invoice", lambda: _asked(connection, path).get("Lines") == 1, late),
        ("the raw archive holds it", lambda: bool(_asked(connection, story).get("raw")), late),
        ("the consumers go on", lambda: _consumers_go_on(_asked(connection, "/pipeline")), late),
    )
    yield Step("the API took the line", done=True, seconds=round(monotonic() - began, 1))
    for name, ask, why in steps:
        yield (made := step(name, ask, why))
        if not made.done:
            return


def _asked(connection: Connection, path: str) -> Mapping[str, Any]:
    """The API's answer; empty where it knows nothing yet."""
    answer = connection.get(path)
    if answer.status == 404:
        return {}
    if answer.status != 200:
        raise ApiRefused(f"the API answers {answer.status} to GET {path}: {detail(answer.body)}")
    found = parse(answer.body)
    return found if isinstance(found, dict) else {}


def _consumers_go_on(pipeline: Mapping[str, Any]) -> bool:
    return all(it["state"] in GOES_ON for it in pipeline.get("consumers", ()))


def now() -> datetime:
    """The present time in UTC, without a zone, as an order line has it."""
    return datetime.now(UTC).replace(tzinfo=None)
