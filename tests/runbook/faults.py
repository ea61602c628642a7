"""The alarms that tests raise by real faults and end by pages of the runbook, as the tests name them."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final, NamedTuple

import pytest

ALARMS: Final = "alarms"
"""The mark of a test that raises alarms."""

MODULES: Final = (
    "tests.runbook.test_laptop_pages",
    "tests.runbook.test_stream_pages",
    "tests.runbook.test_broker_disk",
)
"""The modules of those tests."""

WITHOUT: Final[Mapping[str, str]] = {}
"""The alarms without such a test, each with the reason."""


class Fault(NamedTuple):
    """A fault that a test makes, the alarm that it raises, and the page that ends it."""

    alarm: str
    by: str
    page: str


def raises(*alarms: str, by: str, page: str) -> pytest.MarkDecorator:
    """Mark a test that raises these alarms by a fault, and ends them by following a page of the runbook."""
    return pytest.mark.alarms(*alarms, by=by, page=page)


def faults() -> Iterator[Fault]:
    """The faults that the tests name."""
    for name in MODULES:
        for test in vars(import_module(name)).values():
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == ALARMS:
                    yield from (Fault(alarm, **mark.kwargs) for alarm in mark.args)
