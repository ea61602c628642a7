"""The brokers of a deployed stage, looked for from a machine outside of its VPC."""

import socket
from dataclasses import replace

import pytest

from operations.errors import StoreUnreachable
from operations.topic import check_reachable
from tests.stores.test_target import LAPTOP


def test_brokers_that_cannot_be_reached_are_named_with_the_page_and_one_that_answers_is_enough() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"127.0.0.1:{server.getsockname()[1]}"
        with socket.create_server(("127.0.0.1", 0)) as closed:
            absent = f"127.0.0.1:{closed.getsockname()[1]}"
        check_reachable(replace(LAPTOP, endpoints={}, bootstrap_servers=f"{absent},{there}"))
        with pytest.raises(StoreUnreachable, match=f"no broker of {absent} .*VPC alone.*docs/operating.md"):
            check_reachable(replace(LAPTOP, endpoints={}, bootstrap_servers=absent))
        check_reachable(replace(LAPTOP, bootstrap_servers=absent))
