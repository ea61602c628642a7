"""No request outlasts its caller's time, and no broken answer counts as one."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import parse_headers
from threading import Thread
from time import monotonic
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError, ResponseStreamingError

from stores.dynamodb.plain_json import of_plain_json
from stores.dynamodb.tables import Tables
from stores.retries import CONNECT_SECONDS, READ_SECONDS, OutOfTime, Retries, each_within, never, within
from stores.s3.objects import Lake
from tests.orders import a_line
from tests.parts import S3
from tests.protocols.world import timeout
from tests.stores.servers import dynamodb_client, s3_client

GET: dict[str, Any] = {"TableName": "Invoices", "Key": {"InvoiceNo": {"N": "536365"}}}


class SilentStore:
    """A client of a store that takes a connection's whole time, and all of a read's, twice; on a clock of its own."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.client = dynamodb_client("http://127.0.0.1:1")
        self.client.meta.events.register("before-send", self._say_nothing)

    def _say_nothing(self, request: Any, **_: Any) -> None:
        self.seconds += CONNECT_SECONDS + 2 * request.context.get("read_timeout", READ_SECONDS)
        raise timeout()

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.mark.parametrize("budget", [2, 2.5, 4, 8, 25, 40, 300])
def test_a_silent_store_is_given_up_within_the_callers_time(budget: float) -> None:
    store = SilentStore()
    retries = Retries(lambda: budget - store.seconds, sleep=store.sleep, jitter=lambda: 1.0)
    with pytest.raises(ReadTimeoutError):
        retries.ask(partial(store.client.get_item, **GET))
    assert budget / 2 <= store.seconds <= budget


def test_a_store_is_not_asked_when_no_time_is_left() -> None:
    with pytest.raises(OutOfTime, match="no time is left"):
        within(0).ask(lambda: pytest.fail("asked"))


@pytest.mark.parametrize("retries", [never(), each_within(300)])
def test_with_time_enough_a_request_has_its_clients_own(retries: Retries) -> None:
    given = []

    def answer(request: Any, **_: Any) -> None:
        given.append(request.context.get("read_timeout"))
        raise ValueError

    client = dynamodb_client("http://127.0.0.1:1")
    client.meta.events.register("before-send", answer)
    with pytest.raises(ValueError):
        retries.ask(partial(client.get_item, **GET))
    assert given == [READ_SECONDS]


@contextmanager
def server(*answers: bytes) -> Iterator[str]:
    """A server that answers these bytes, a connection each, and then nothing at all; yields its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                for answer in answers:
                    with listening.accept()[0] as connection, connection.makefile("rb") as request:
                        request.readline()
                        # whole: a connection closed with bytes unread is reset, and its answer lost
                        request.read(int(parse_headers(request).get("Content-Length", 0)))
                        connection.sendall(answer)

        thread = Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_server_that_accepts_and_never_answers_is_given_up_before_the_clients_own_time() -> None:
    with server() as silent:
        client = dynamodb_client(silent)  # first: a busy machine takes longer for it than the request has
        began = monotonic()
        with pytest.raises(ReadTimeoutError):
            within(1).ask(partial(client.get_item, **GET))
        assert monotonic() - began < READ_SECONDS


def answer(body: bytes, sent: int | None = None, **headers: str) -> bytes:
    """A successful answer of which only so many bytes of the body are sent."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body[:sent]


FOUND = b'{"Item":{"InvoiceNo":{"N":"536365"}}}'


@pytest.mark.parametrize("sent", [0, 1, len(FOUND) - 1])
def test_an_answer_that_breaks_off_is_asked_for_again(sent: int) -> None:
    with server(answer(FOUND, sent), answer(FOUND)) as address:
        found = within(60).ask(partial(dynamodb_client(address).get_item, **GET))
    assert found["Item"] == {"InvoiceNo": {"N": "536365"}}


def test_lines_that_dynamodb_left_over_are_put_although_its_answer_broke_off() -> None:
    """Without its body the answer would say that nothing was left."""
    with server(answer(b'{"UnprocessedItems":{"i":[]}}', 0), answer(b"{}")) as address:
        client = dynamodb_client(address)
        puts: list[str] = []
        client.meta.events.register("before-send", lambda request, **_: puts.append(request.method))
        Tables(client, "i", "c", within(60)).put_lines([a_line()])
    assert len(puts) == 2


def test_without_retries_a_broken_answer_is_an_error() -> None:
    with (
        server(answer(FOUND, 5)) as address,
        pytest.raises(ResponseStreamingError, match="GetItem: the answer ends after 5 of 37 bytes"),
    ):
        dynamodb_client(address).get_item(**GET)


@pytest.mark.parametrize("sent", [0, 3])
def test_an_object_that_breaks_off_is_read_again(sent: int) -> None:
    with server(answer(b"object", sent), answer(b"object")) as address:
        lake = Lake(s3_client(S3(address, "key", "secret")), "lake", within(60))
        assert lake.read("raw/1") == b"object"


def test_the_head_of_an_object_has_a_length_and_no_body() -> None:
    with server(answer(b"object", 0, x_amz_meta_next="12")) as address:
        client = s3_client(S3(address, "key", "secret"))
        assert client.head_object(Bucket="lake", Key="raw/1")["Metadata"] == {"next": "12"}


def test_a_scan_whose_items_are_decoded_as_plain_json_is_whole_or_asked_for_again() -> None:
    items = b'{"Count":1,"Items":[{"InvoiceNo":{"N":"536365"}}],"ScannedCount":1}'
    with server(answer(items, 30), answer(items)) as address:
        client = of_plain_json(dynamodb_client(address))
        scanned = within(60).ask(partial(client.scan, TableName="invoices"))
    assert (scanned["Items"], scanned["Count"]) == ([{"InvoiceNo": {"N": "536365"}}], 1)
