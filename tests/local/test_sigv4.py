"""A request that botocore signed is accepted, and none that differs from it in any part."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from local.http import HttpRequest
from local.sigv4 import Keys, Scope, SignatureRefused, verify

KEYS = Keys("LAPTOPKEY", "a-secret")
SCOPE = Scope("us-east-1", "execute-api")
HOST = "127.0.0.1:4321"

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PATHS = st.lists(st.sampled_from(["a b", "%", "ä", "x~y", "..", ".", "", "a+b", "日本", "'()*!"]) | TEXT, max_size=4)
QUERIES = st.lists(st.tuples(st.sampled_from(["a", "b", "A", "ü x"]) | TEXT, TEXT), max_size=5)
HEADERS = st.dictionaries(
    st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True).filter(lambda name: not name.lower().startswith("x-amz")),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20),
    max_size=3,
)


def now() -> datetime:
    return datetime.now(UTC)


def signed(
    method: str = "POST",
    path: str = "/P/order-lines",
    query: str = "",
    body: bytes = b"[{}]",
    headers: dict[str, str] | None = None,
    *,
    keys: Keys = KEYS,
    scope: Scope = SCOPE,
    token: str | None = None,
) -> HttpRequest:
    """The request as botocore signs it, and as it then arrives."""
    url = f"http://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json", **(headers or {})})
    SigV4Auth(Credentials(keys.access_key_id, keys.secret_access_key, token), scope.service, scope.region).add_auth(
        request
    )
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    return HttpRequest(method, target, (("Host", HOST), *request.headers.items()), body)


def refusal(request: HttpRequest, when: datetime | None = None) -> tuple[str, str]:
    with pytest.raises(SignatureRefused) as caught:
        verify(request, KEYS, SCOPE, when or now())
    return caught.value.kind, str(caught.value)


def with_header(request: HttpRequest, name: str, change: Callable[[str], str]) -> HttpRequest:
    changed = tuple((n, change(v) if n.lower() == name else v) for n, v in request.headers)
    assert changed != request.headers
    return replace(request, headers=changed)


def quoted(query: list[tuple[str, str]]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)


@settings(deadline=None)  # other work on the machine is no failure
@given(st.sampled_from(["GET", "POST", "PUT"]), PATHS, QUERIES, st.binary(max_size=200), HEADERS)
def test_whatever_botocore_signs_is_accepted(
    method: str, path: list[str], query: list[tuple[str, str]], body: bytes, headers: dict[str, str]
) -> None:
    request = signed(method, "/P/" + "/".join(quote(part, safe="") for part in path), quoted(query), body, headers)
    verify(request, KEYS, SCOPE, now())


def test_a_date_header_serves_where_there_is_no_x_amz_date() -> None:
    request = signed(headers={"Date": format_datetime(now(), usegmt=True)})
    assert "x-amz-date" not in {name.lower() for name, _ in request.headers}
    verify(request, KEYS, SCOPE, now())


@settings(deadline=None)  # other work on the machine is no failure
@given(QUERIES.filter(bool), st.data())
def test_the_order_of_query_parameters_is_free(query: list[tuple[str, str]], data: st.DataObject) -> None:
    request = signed(query=quoted(query))
    shuffled = data.draw(st.permutations(query))
    verify(replace(request, target=f"/P/order-lines?{quoted(shuffled)}"), KEYS, SCOPE, now())


@settings(deadline=None)  # other work on the machine is no failure
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_another_body_is_refused(one: bytes, other: bytes) -> None:
    if one != other:
        kind, _ = refusal(replace(signed(body=one), body=other))
        assert kind == "InvalidSignatureException"


@settings(deadline=None)  # other work on the machine is no failure
@given(QUERIES, QUERIES)
def test_another_query_is_refused(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    if sorted(one) != sorted(other):
        request = signed(query=quoted(one))
        assert refusal(replace(request, target=f"/P/order-lines?{quoted(other)}"))[0] == "InvalidSignatureException"


TAMPERED: dict[str, Callable[[HttpRequest], HttpRequest]] = {
    "method": lambda request: replace(request, method="PUT"),
    "path": lambda request: replace(request, target="/P/order-lineS"),
    "trailing slash": lambda request: replace(request, target="/P/order-lines/"),
    "added query": lambda request: replace(request, target="/P/order-lines?a=1"),
    "host": lambda request: with_header(request, "host", lambda _: "elsewhere:1"),
    "signed header": lambda request: with_header(request, "content-type", lambda _: "text/plain"),
    "repeated signed header": lambda request: replace(request, headers=(*request.headers, ("content-type", "a/b"))),
    "date": lambda request: with_header(
        request, "x-amz-date", lambda stamp: stamp[:-2] + ("1" if stamp[-2] == "0" else "0") + "Z"
    ),
    "signature": lambda request: with_header(
        request, "authorization", lambda value: value[:-1] + ("0" if value[-1] != "0" else "1")
    ),
    "signature in upper case": lambda request: with_header(
        request, "authorization", lambda value: value.partition("Signature=")[0] + "Signature=" + "A" * 64
    ),
}


@pytest.mark.parametrize("part", TAMPERED)
def test_a_request_that_was_tampered_with_is_refused(part: str) -> None:
    kind, message = refusal(TAMPERED[part](signed()))
    assert kind == "InvalidSignatureException"
    assert "signature we calculated does not match" in message or part == "date"


def test_an_unsigned_payload_is_refused_over_any_body() -> None:
    """Only S3 takes a client's word for the hash of a body."""
    request = signed(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refusal(request)[0] == "InvalidSignatureException"


def test_the_mismatch_shows_both_strings_but_never_the_secret() -> None:
    _, message = refusal(signed(keys=Keys("LAPTOPKEY", "another-secret")))
    assert "The Canonical String for this request should have been\n'POST\n/P/order-lines\n" in message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" in message
    assert KEYS.secret_access_key not in message
    assert KEYS.secret_access_key not in repr(KEYS)


def test_an_unknown_key_is_refused_as_such() -> None:
    assert refusal(signed(keys=Keys("OTHERKEY", "a-secret"))) == (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )


def test_a_session_token_is_refused_since_the_laptop_gives_none() -> None:
    assert refusal(signed(token="a-token"))[0] == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (Scope("eu-west-1", "execute-api"), "valid region"),
        (Scope("us-east-1", "s3"), "correct service: 'execute-api'"),
    ],
)
def test_a_signature_for_another_scope_is_refused(scope: Scope, says: str) -> None:
    kind, message = refusal(signed(scope=scope))
    assert (kind, says in message) == ("InvalidSignatureException", True)


def test_another_day_in_the_scope_is_refused() -> None:
    stamp = now().strftime("/%Y%m%d/")
    request = with_header(signed(), "authorization", lambda value: value.replace(stamp, "/20100101/"))
    assert "Date in Credential scope" in refusal(request)[1]


def test_another_terminator_is_refused() -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace("aws4_request", "aws5_request"))
    assert "valid terminator" in refusal(request)[1]


@pytest.mark.parametrize(("minutes", "says"), [(6, "Signature expired: "), (-6, "Signature not yet current: ")])
def test_a_signature_outside_five_minutes_is_refused(minutes: int, says: str) -> None:
    kind, message = refusal(signed(), now() + timedelta(minutes=minutes))
    assert (kind, message.startswith(says)) == ("InvalidSignatureException", True)


@pytest.mark.parametrize("minutes", [4.9, -4.9])
def test_a_signature_within_five_minutes_is_accepted(minutes: float) -> None:
    verify(signed(), KEYS, SCOPE, now() + timedelta(minutes=minutes))


def test_no_authorization_header_is_a_missing_token() -> None:
    request = signed()
    unsigned = replace(request, headers=tuple(h for h in request.headers if h[0] != "Authorization"))
    assert refusal(unsigned) == ("MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("Bearer abc", "Unsupported AWS 'algorithm': 'Bearer'"),
        ("AWS4-HMAC-SHA256 nonsense", "'nonsense' not a valid key=value pair"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e", "requires 'Signature' parameter"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x", "5 slash-delimited elements"),
    ],
)
def test_an_authorization_header_of_another_form_says_what_it_lacks(value: str, says: str) -> None:
    kind, message = refusal(with_header(signed(), "authorization", lambda _: value))
    assert (kind, says in message) == ("IncompleteSignatureException", True)


@pytest.mark.parametrize("name", ["host", "x-amz-date"])
def test_host_and_date_must_be_signed(name: str) -> None:
    def without(value: str) -> str:
        return value.replace(f"{name};", "").replace(f";{name}", "")

    assert "must be a 'SignedHeader'" in refusal(with_header(signed(), "authorization", without))[1]


def test_a_request_without_any_date_is_incomplete() -> None:
    request = signed()
    dateless = replace(request, headers=tuple(h for h in request.headers if h[0].lower() != "x-amz-date"))
    assert refusal(dateless)[0] == "IncompleteSignatureException"


def test_a_date_of_another_form_is_incomplete() -> None:
    assert "ISO-8601" in refusal(with_header(signed(), "x-amz-date", lambda _: "yesterday"))[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Date", "Mon, 01 Jan 99999 00:00:00 GMT"),
        ("Date", "Fri, 31 Dec 9999 23:59:59 -2300"),
        ("Date", "\udcff"),
        ("X-Amz-Date", "00010101T000000Z"),
        ("X-Amz-Date", "20101201T082600Z\udcff"),
    ],
)
def test_a_date_that_no_clock_shows_is_refused(name: str, value: str) -> None:
    request = signed()
    headers = [(n, v.replace("x-amz-date", name.lower())) for n, v in request.headers if n.lower() != "x-amz-date"]
    # a day that is as odd as the date
    odd = [(n, re.sub("/[0-9]{8}/", "/10101T00/", v)) for n, v in headers]
    for given_headers in (headers, odd):
        kind, _ = refusal(replace(request, headers=(*given_headers, (name, value))))
        assert kind in ("IncompleteSignatureException", "InvalidSignatureException")


def test_a_date_of_another_zone_is_the_same_moment() -> None:
    there = format_datetime(now().astimezone(timezone(timedelta(hours=12))))
    request = with_header(signed(headers={"Date": "any"}), "date", lambda _: there)
    # the signature is over the text, so it does not match: but day and time are right
    kind, message = refusal(request)
    assert (kind, message.startswith("The request signature")) == ("InvalidSignatureException", True)


@pytest.mark.parametrize("part", ["Credential", "SignedHeaders", "Signature"])
def test_bytes_that_are_no_text_in_the_authorization_are_refused(part: str) -> None:
    request = with_header(signed(), "authorization", lambda value: value.replace(f"{part}=", f"{part}=\udcff\udced"))
    assert refusal(request)[0] in ("UnrecognizedClientException", "InvalidSignatureException")
