"""A consumer's function does not look for garbage in the middle of its batch."""

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest

from commerce.kafka_events import by_partition
from commerce.settings import OrderTablesSettings, RawArchiveSettings, to_env
from consumers.order_tables import handler as order_tables
from consumers.raw_archive import handler as raw_archive

EVENT = json.dumps(
    {
        "eventSource": "aws:kafka",
        "records": {
            "order-lines-0": [
                {
                    "topic": "order-lines",
                    "partition": 0,
                    "offset": offset,
                    "timestamp": 1291190400000,
                    "timestampType": "LOG_APPEND_TIME",
                    "value": "e30=",
                    "headers": [{"schema": [1]}],
                }
                for offset in range(5_000)
            ]
        },
    }
)
FUNCTIONS = [
    (raw_archive, RawArchiveSettings("lake", "offsets", "cluster")),
    (order_tables, OrderTablesSettings("invoices", "customers", "lake")),
]


@pytest.fixture
def looks() -> Iterator[list[int]]:
    """The generations that the collector has looked through since; the process's own threshold is there again after."""
    found: list[int] = []

    def look(phase: str, information: dict[str, int]) -> None:
        if phase == "start":
            found.append(information["generation"])

    threshold = gc.get_threshold()
    gc.callbacks.append(look)
    yield found
    gc.callbacks.remove(look)
    gc.set_threshold(*threshold)


@pytest.mark.parametrize(("function", "settings"), FUNCTIONS, ids=["raw_archive", "order_tables"])
def test_a_batch_is_read_with_at_most_one_look_for_garbage(
    function: Any, settings: Any, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name, value in to_env(settings).items():
        monkeypatch.setenv(name, value)
    function.platform.cache_clear()
    try:
        *_, pool = function.platform()
        pool.shutdown()
        looks.clear()
        messages = [message for _, of_one in by_partition(json.loads(EVENT)) for message in of_one]
    finally:
        function.platform.cache_clear()
    assert len(messages) == 5_000
    assert len(looks) <= 1
