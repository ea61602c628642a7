"""Every input to a server of the running platform is answered clearly, and disturbs nothing else."""

import gzip
import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urlsplit
from uuid import uuid4

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from commerce import wire
from local.api_gateway.server import MOST_CONNECTIONS
from tests.end_to_end.laptop import platform
from tests.end_to_end.listeners import answer, listeners
from tests.end_to_end.raised import raised
from tests.end_to_end.servers import JSON, PROBLEM, Reply, Servers, Signature
from tests.orders import a_line, fields_of

if TYPE_CHECKING:
    from schemathesis import Case

pytestmark = pytest.mark.parts

ROW = json.dumps(fields_of(InvoiceNo="536365", UnitPrice=2.55)).encode()
INVOKE = "/2015-03-31/functions/ingest/invocations"
REFUSALS = (b"HTTP/1.1 400 ", b"HTTP/1.1 403 ", b"HTTP/1.1 501 ")  # S3Proxy first says what it has not got
DEEP = 990
"""Python reads what is nested so deep, and cannot write it a few calls further down."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with platform(tmp_path_factory.mktemp("servers"), "--in-memory", "--course") as laptop:
        servers = Servers(laptop)
        yield servers
        # every row that any test saw accepted is in every store, and no others
        servers.nothing_is_lost()
        assert servers.ask("GET", "/invoices/536365").status == 200
        memory = servers.greatest_memory()
        assert memory["gateway"] < 250, memory
        assert memory["worker"] < 200, memory


@pytest.fixture(autouse=True)
def a_right_request_is_answered_as_ever(servers: Servers) -> Iterator[None]:
    yield
    assert servers.ask("POST", "/order-lines", ROW).status == 202


def row(text: bytes) -> bytes:
    """An array of a right row and of one that says this."""
    return b"[" + ROW + b',{"StockCode":"x",' + text + b"}]"


NO_REQUEST = {
    "nothing": b"",
    "truncated": ROW[:-20],
    "no JSON": b"InvoiceNo,StockCode\n536365,71053\n",
    "base64": b"W3siSW52b2ljZU5vIjoiNTM2MzY1In1d",
    "compressed": gzip.compress(ROW),
    "UTF-16": ROW.decode().encode("utf-16"),
    "Latin-1": row('"Description":"£5 NOTE"'.encode("latin-1")),
    "a byte order mark": b"\xef\xbb\xbf" + ROW,
    "bytes": bytes(range(256)),
    "a number": b"7",
    "no rows": b"[]",
    "NaN": row(b'"UnitPrice":NaN'),
    "an endless number": row(b'"Quantity":1' + b"0" * 5_000),
    "an endless exponent": row(b'"UnitPrice":1e99999999999999999999'),
    "a lone surrogate": row(b'"Country":"\\ud800"'),
    "nested without end": b"[" * 500_000,
    "some copies told and some not": b"[" + ROW + b"," + ROW[:-1] + b',"Occurrence":2}]',
}


@pytest.mark.parametrize("what", NO_REQUEST)
def test_a_body_that_is_no_request_is_a_problem(servers: Servers, what: str) -> None:
    reply = servers.ask("POST", "/order-lines", NO_REQUEST[what])
    assert (reply.status, reply.content_type) == (400, PROBLEM)
    assert reply.body["detail"]


WRONG_ROWS = {
    "10^400": b'"Quantity":1' + b"0" * 400,
    "a great exponent": b'"UnitPrice":1e999999999',
    "31 digits": b'"UnitPrice":1.' + b"0" * 29 + b"1",
    "no integer": b'"Quantity":0.5',
    "truth": b'"Quantity":true',
    "a control character": b'"Country":"\\u0000"',
    "an impossible date": b'"InvoiceDate":"2/30/2010 8:26"',
    "an unknown name": b'"\\u202e":1',
    "nested": b'"Description":' + b"[" * 500 + b"]" * 500,
}


@pytest.mark.parametrize("what", WRONG_ROWS)
def test_a_row_that_is_wrong_is_told_and_the_right_one_beside_it_accepted(servers: Servers, what: str) -> None:
    reply = servers.ask("POST", "/order-lines", row(WRONG_ROWS[what]))
    assert (reply.status, reply.content_type) == (207, JSON)
    assert [result.get("status", 202) for result in reply.body["results"]] == [202, 400]
    assert reply.body["results"][1]["errors"]


def test_a_value_nested_as_deep_as_python_just_reads_is_refused(servers: Servers) -> None:
    for depth in range(DEEP - 60, DEEP + 10, 2):
        reply = servers.ask("POST", "/order-lines", row(b'"Description":' + b"[" * depth + b"]" * depth))
        assert reply.status in (207, 400), depth


def test_a_name_that_stands_twice_in_a_row_is_an_error_of_that_row(servers: Servers) -> None:
    reply = servers.ask("POST", "/order-lines", b"[" + ROW[:-1] + b',"Quantity":7,"Quantity":6},' + ROW + b"]")
    twice, right = reply.body["results"]
    assert (reply.status, twice["status"], twice["errors"][0]["field"]) == (207, 400, "Quantity")
    assert right["LineId"]


def test_the_content_type_does_not_matter_and_a_body_is_what_it_is(servers: Servers) -> None:
    for content_type in ("text/csv", "application/xml", "nonsense", "multipart/form-data; boundary=x"):
        assert servers.ask("POST", "/order-lines", ROW, {"Content-Type": content_type}).status == 202


def test_too_much_is_413(servers: Servers) -> None:
    for body in (b"[" + b" " * 1_000_000 + b"]", b"[" + b"1," * 5_000 + b"1]"):
        reply = servers.ask("POST", "/order-lines", body)
        assert (reply.status, reply.content_type) == (413, PROBLEM)
    reply = servers.ask("POST", "/order-lines", b" " * (10 * 1024 * 1024 + 1))
    assert (reply.status, reply.content_type) == (413, JSON)


def test_who_does_not_sign_or_wrongly_or_too_late_is_refused(servers: Servers) -> None:
    now = datetime.now(UTC)
    refused = {
        "Missing Authentication Token": servers.send("POST", "/order-lines", ROW),
        "The request signature we calculated": servers.ask("POST", "/order-lines", ROW, secret="guessed"),
        "The security token": servers.ask("POST", "/order-lines", ROW, key="AKIANOBODY"),
        "Signature expired": servers.ask("POST", "/order-lines", ROW, moment=now - timedelta(minutes=6)),
        "Signature not yet current": servers.ask("POST", "/order-lines", ROW, moment=now + timedelta(minutes=6)),
    }
    for words, message in refused.items():
        assert (message.status, message.content_type) == (403, JSON)
        assert message.body["message"].startswith(words)


def test_bytes_that_are_no_text_in_a_signature_are_refused(servers: Servers) -> None:
    value = (
        "AWS4-HMAC-SHA256 Credential=\xff/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature="
    )
    assert servers.send("POST", "/order-lines", ROW, {"Authorization": value + "\xff"}).status == 403


def test_no_port_of_the_platform_answers_a_stranger(servers: Servers) -> None:
    assert servers.ask("POST", "/order-lines", ROW).status == 202  # so a worker runs
    status = json.loads(servers.laptop.do("status", "--json"))
    found = listeners(servers.laptop, {part["name"]: part["pid"] for part in status["parts"]})
    count = Counter(it.part for it in found)
    assert {name: count[name] for name in ("dynamodb", "kafka", "pages", "redshift_data", "s3")} == {
        "dynamodb": 1,
        "kafka": 2,
        "pages": 1,
        "redshift_data": 1,
        "s3": 1,
    }
    assert count["runtime"] > 2  # the gateway, the Invoke API, and each worker's own
    assert {it.address.removeprefix("::ffff:") for it in found} == {"127.0.0.1"}
    for it in found:
        own = f"Host: 127.0.0.1:{it.port}\r\n"
        for headers in (own, "Host: rebound.example.com\r\n", f"{own}Origin: https://example.com\r\n"):
            for method, path in (("GET", "/"), ("POST", "/"), ("OPTIONS", "/"), ("POST", INVOKE)):
                said = answer(it.port, headers, method, path)
                assert b"access-control" not in said.lower(), it
                # Kafka closes what does not speak its protocol
                assert (said == b"") if it.part == "kafka" else said.startswith(REFUSALS), (it, headers, said[:80])


def test_what_the_platform_keeps_is_its_users_alone(servers: Servers) -> None:
    kept = [servers.laptop.state, *servers.laptop.state.rglob("*")]
    open_to_others = [str(path) for path in kept if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert len(kept) > 10
    assert open_to_others == []


NOWHERE = [
    ("GET", "/order-lines"),
    ("DELETE", "/invoices/536365"),
    ("PATCH", "/order-lines"),
    ("OPTIONS", "/order-lines"),
    ("POST", "/order-lines/"),
    ("POST", "//order-lines"),
    ("POST", "/./order-lines"),
    ("POST", "/x/../order-lines"),
    ("POST", "/order%2Dlines"),
    ("POST", "/%6frder-lines"),
    ("POST", "/Order-Lines"),
    ("POST", "/order-lines%00"),
    ("POST", "/order-lines%0d%0aX-Header:%20x"),
    ("GET", "/invoices/536365/lines"),
    ("GET", "/invoices/"),
    ("GET", "/../P/invoices/536365"),
    ("GET", "/.env"),
]


@pytest.mark.parametrize(("method", "path"), NOWHERE)
def test_a_path_or_method_that_is_not_there_is_a_missing_token(servers: Servers, method: str, path: str) -> None:
    reply = servers.ask(method, path, ROW if method == "POST" else b"")
    assert reply == Reply(403, JSON, {"message": "Missing Authentication Token"})


@pytest.mark.parametrize(
    "name", ["%2e%2e", "..%2f536365", "536365%2f..", "%00", "%0d%0aX:y", "%ff", "536365%20%27OR%201=1", "9" * 5_000]
)
def test_an_invoice_of_an_odd_name_is_a_problem(servers: Servers, name: str) -> None:
    for path in (f"/invoices/{name}", f"/invoices?InvoiceNo={quote(unquote_to_bytes(name), safe='')}"):
        reply = servers.ask("GET", path)
        assert (reply.status, reply.content_type) == (400, PROBLEM)
        assert len(reply.body["detail"]) < 500


def test_who_sends_slowly_holds_up_nobody(servers: Servers) -> None:
    url = urlsplit(servers.laptop.target.api_url)
    assert url.hostname is not None
    with ExitStack() as held:
        for _ in range(MOST_CONNECTIONS + 50):
            slow = held.enter_context(socket.create_connection((url.hostname, url.port or 80), timeout=300))
            slow.sendall(b"POST /P/order-lines HTTP/1.1\r\nHost: he")
        assert servers.ask("POST", "/order-lines", ROW).status == 202


def test_an_invalid_message_of_the_topic_is_filed_and_quarantined_and_the_partition_goes_on(
    servers: Servers,
) -> None:
    before = quarantined(servers)
    known = wire.encode(a_line(InvoiceNo="C990001"))
    values: list[bytes | None] = [
        None,
        b"",
        b"\x00\xff\xfe",
        b"[]",
        b"{}",
        b'{"InvoiceNo":\n"1"}',
        b"[" * DEEP + b"]" * DEEP,
        b'{"a":' * DEEP + b"1" + b"}" * DEEP,
        b'{"a":' * (DEEP - 40) + b"1" + b"}" * (DEEP - 40),
        b'{"Quantity":1' + b"0" * 5_000 + b"}",
        b"x" * 900_000,
        known[:-1],
        known.replace(b'"Country"', b'"country"'),
    ]
    headers: list[Any] = [
        [],
        [("schema", None)],
        [("schema", b"")],
        [("schema", b"\xff" * 1_000)],
        [("schema", b"\x01"), ("schema", b"\x02")],
        [("", b"\x00"), ("ключ", "日本".encode()), ('"\n', b"\n")],
        [(f"name {index}", b"\x80") for index in range(200)],
    ]
    keys = [None, b"", b"\xff\xfe", b"536365", b"k" * 10_000]
    servers.put_into_topic(
        *({"value": value, "key": b"536365", "partition": 0} for value in values),
        *({"value": b"{}", "headers": odd, "key": b"536365", "partition": 0} for odd in headers),
        *({"value": b"{}", "key": key, "partition": 0} for key in keys),
    )
    assert servers.ask("POST", "/order-lines", b"[" + ROW + b"]").status == 202
    servers.nothing_is_lost()
    assert quarantined(servers) - before == len(values) + len(headers) + len(keys)
    assert "MessagesQuarantined" in raised(servers.laptop)


def quarantined(servers: Servers) -> int:
    pages = servers.laptop.target.client("s3").get_paginator("list_objects_v2")
    listed = pages.paginate(Bucket=servers.laptop.target.lake_bucket, Prefix="quarantine/stream/")
    return sum(len(page.get("Contents", [])) for page in listed)


def test_a_traced_request_is_followed_from_the_api_to_both_consumers(servers: Servers) -> None:
    root = f"1-{0x5E9A1F00:08x}-{uuid4().hex[:24]}"
    assert servers.ask("POST", "/order-lines", ROW, {"X-Amzn-Trace-Id": f"Root={root};Sampled=1"}).status == 202
    servers.nothing_is_lost()
    found = servers.laptop.do("logs", "--about", root).splitlines()
    records = [(line.partition(" | ")[0].strip(), json.loads(line.partition(" | ")[2])) for line in found]
    assert [log for log, record in records if record.get("trace") == root] == ["ingest"]
    assert {log for log, record in records if root in record.get("traces", ())} == {"rawarchive", "ordertables"}
    done = {name for _, record in records for name in ("RowsAccepted", "raw_object", "LinesPut") if name in record}
    assert done == {"RowsAccepted", "raw_object", "LinesPut"}  # the work of the same requests is there too


SECRET = "Zyxwvut"
HOSTILE = [
    {"Description": SECRET * 40},
    {"Country": f"{SECRET}\u0000"},
    {"Country": [{SECRET: SECRET}]},
    {"CustomerID": f"Mrs {SECRET}"},
    {"InvoiceDate": f"12/1/2010 {SECRET}"},
    {"UnitPrice": SECRET},
    {"Quantity": f"6 {SECRET}"},
    {"StockCode": f"{SECRET} and more than twenty characters"},
    {"InvoiceNo": SECRET},
    {"LineId": SECRET},
    {"Occurrence": SECRET},
    {SECRET: 1},
]


def test_no_log_holds_a_customers_value_whatever_is_sent(servers: Servers) -> None:
    rows = [json.dumps(json.loads(ROW) | hostile) for hostile in HOSTILE]
    bodies = [*rows, f"[{','.join(rows)}]", f'"{SECRET}"', f"{SECRET},{SECRET}", f'{{"{SECRET}":', f'[{{"{SECRET}":1,'
              f'"{SECRET}":2}}]']  # fmt: skip
    for body in bodies:
        assert servers.ask("POST", "/order-lines", body.encode()).status == 400
    for path in (f"/invoices/{SECRET}", f"/customers/{SECRET}", f"/invoices?InvoiceNo={SECRET}", f"/{SECRET}"):
        assert servers.ask("GET", path).status in (400, 403)
    odd = [(SECRET, SECRET.encode()), ("trace", f"{SECRET:x<35}".encode()), ("schema", SECRET.encode())]
    servers.put_into_topic(
        *({"value": body.encode(), "key": SECRET.encode(), "headers": odd, "partition": 1} for body in bodies)
    )
    servers.nothing_is_lost()
    named = [log.name for log in (servers.laptop.state / "logs").iterdir() if SECRET.encode() in log.read_bytes()]
    assert named == []


CONTRACT = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
"""The checks of Schemathesis that every answer must pass. Left out: that whatever the schema allows is accepted (no
schema knows February or a page's `next`), and 405 for other methods (API Gateway says 403)."""


WITHOUT_PARAMETERS = ("/openapi.json", "/pipeline", "/sales", "/verdict")
"""The paths of requests of which nothing can be wrong, and which are all alike."""


@pytest.mark.parametrize("cases", [250, pytest.param(5_000, marks=[pytest.mark.scale, pytest.mark.timeout(5400)])])
def test_whatever_is_made_from_the_contract_is_answered_as_the_contract_says(servers: Servers, cases: int) -> None:
    # each process that collects the tests would import it, for half a second
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import CHECKS, load_all_checks

    contract = servers.ask("GET", "/openapi.json").body
    # every request is signed: how they are not is tested above
    del contract["security"], contract["components"]["securitySchemes"]
    every: Any = schemathesis.openapi.from_dict(contract).get_all_operations()
    operations = [found.ok() for found in every]
    kinds = [
        (operation, mode)
        for operation in operations
        for mode in GenerationMode
        if operation.path not in WITHOUT_PARAMETERS or mode is GenerationMode.POSITIVE
    ]
    load_all_checks()
    # 413 refuses too, which the check of refusals does not know
    checks = {
        too_much: CHECKS.get_by_names([it for it in CONTRACT if not (too_much and it == "negative_data_rejection")])
        for too_much in (True, False)
    }
    before = servers.statuses.total()
    with requests.Session() as session:
        session.trust_env = False
        # an operation may have no more cases than a few
        count = cases * 12 // 10 // sum(operation.path not in WITHOUT_PARAMETERS for operation, _ in kinds)
        for operation, mode in kinds:
            try_cases(servers, session, operation.as_strategy(mode), checks, count)
    assert servers.statuses.total() - before >= cases
    assert servers.statuses[202] + servers.statuses[207] > cases // 50
    assert {status for status in servers.statuses if status >= 500} <= {503}


def try_cases(servers: Servers, session: requests.Session, strategy: Any, checks: Any, count: int) -> None:
    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def try_one(case: "Case[Any]") -> None:
        response = case.call(
            base_url=servers.laptop.target.api_url,
            session=session,
            auth=Signature(servers),
            allow_redirects=False,
            timeout=300,
        )
        servers.tally(response.status_code, response.json())
        case.validate_response(response, checks=checks[response.status_code == 413])

    try_one()
