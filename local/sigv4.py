"""Checks the SigV4 signature of a request as AWS does for API Gateway.

The rules are those of AWS's "Create a signed AWS API request" for every service but S3: the path is encoded a second
time, the body's real hash is taken whatever a header says, and a request is good for five minutes either side. Refusals
carry AWS's own words. Only the `Authorization` header form is known; a signature in the query is ignored here.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from local.http import HttpRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
WINDOW: Final = timedelta(minutes=5)
"""The largest difference between the clocks of a client and of this machine."""

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_CREDENTIAL: Final = re.compile(r"\bCredential=([^/,\s]+)/")
_PARAMETERS: Final = ("Credential", "Signature", "SignedHeaders")


@dataclass(frozen=True, slots=True)
class Keys:
    """The laptop's one pair of keys."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope that a signature must name."""

    region: str
    service: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs requests with these keys for this scope."""

    keys: Keys
    scope: Scope

    def headers(self, method: str, host: str, target: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers that sign a request made now; `target` is its path and query."""
        stamp, signed = now.strftime(_STAMP), ("host", "x-amz-date")
        request = HttpRequest(method, target, (), body)
        canonical = canonical_request(request, {"host": [host], "x-amz-date": [stamp]}, signed)
        key = _signing_key(self.keys.secret_access_key, stamp[:8], self.scope.region, self.scope.service)
        signature = _mac(key, string_to_sign(canonical, stamp, self.scope)).hex()
        scope = f"{stamp[:8]}/{self.scope.region}/{self.scope.service}/{TERMINATOR}"
        claim = f"Credential={self.keys.access_key_id}/{scope}, SignedHeaders={';'.join(signed)}"
        return {"Host": host, "X-Amz-Date": stamp, "Authorization": f"{ALGORITHM} {claim}, Signature={signature}"}


class SignatureRefused(Exception):
    """A request that is not signed, or wrongly; `kind` is AWS's error type, the text is AWS's message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def verify_head(request: HttpRequest, keys: Keys, scope: Scope, now: datetime) -> None:
    """Return if the head of a request claims to be signed with `keys` for `scope` at about `now`.

    Raises `SignatureRefused` if not: so nobody's body is read who does not know the keys' id. The signature is not
    looked at, since it is over the body too.
    """
    _checked_head(request, keys, scope, now)


def verify(request: HttpRequest, keys: Keys, scope: Scope, now: datetime) -> None:
    """Return if `request` was signed with `keys` for `scope` at about `now`; raises `SignatureRefused` if not."""
    headers, claim, stamp = _checked_head(request, keys, scope, now)
    canonical = canonical_request(request, headers, claim.signed_headers)
    text = string_to_sign(canonical, stamp, scope)
    key = _signing_key(keys.secret_access_key, stamp[:8], scope.region, scope.service)
    if not hmac.compare_digest(_mac(key, text).hex().encode(), _sent(claim.signature)):
        raise SignatureRefused("InvalidSignatureException", _mismatch(canonical, text))


def claimed_key_id(request: HttpRequest) -> str:
    """The id of the key that the request claims to be signed with; empty if it claims none. Nothing is checked."""
    for name, value in request.headers:
        if name.lower() == "authorization" and (found := _CREDENTIAL.search(value)):
            return found[1]
    return ""


@dataclass(frozen=True, slots=True)
class _Claim:
    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str


def _checked_head(
    request: HttpRequest, keys: Keys, scope: Scope, now: datetime
) -> tuple[Mapping[str, list[str]], _Claim, str]:
    """The headers by lower-case name, what they claim, and the time of the request; raises as `verify_head`."""
    headers = _by_name(request.headers)
    claim = _claim(headers)
    signed_at = _signed_at(headers, claim.signed_headers)
    # strftime gives the year 1 as one digit, which no stamp has
    stamp = f"{signed_at.year:04}{signed_at:%m%dT%H%M%SZ}"
    _check_credential(claim, keys, scope, stamp, "x-amz-security-token" in headers)
    _check_time(signed_at, stamp, now)
    return headers, claim, stamp


def _sent(text: str) -> bytes:
    """The original bytes of a header: those outside UTF-8 are lone surrogates in the text."""
    return text.encode("utf-8", "surrogateescape")


def _by_name(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in headers:
        named.setdefault(name.lower(), []).append(value)
    return named


def _claim(headers: Mapping[str, list[str]]) -> _Claim:
    values = headers.get("authorization")
    if not values:
        raise SignatureRefused("MissingAuthenticationTokenException", "Missing Authentication Token")
    if len(values) > 1:
        raise _incomplete("Authorization header must stand once in a request.")
    scheme, _, rest = values[0].strip().partition(" ")
    if scheme != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{scheme}'.")
    parameters = {}
    for part in rest.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise _incomplete(
                f"'{part.strip()}' not a valid key=value pair (missing equal-sign) in Authorization header."
            )
        parameters[name] = value
    missing = [f"Authorization header requires '{name}' parameter." for name in _PARAMETERS if not parameters.get(name)]
    if missing:
        raise _incomplete(" ".join(missing))
    credential = parameters["Credential"].split("/")
    if len(credential) != 5:
        raise _incomplete(f"Credential must have exactly 5 slash-delimited elements, not {len(credential)}.")
    key_id, date, region, service, terminator = credential
    signed = tuple(parameters["SignedHeaders"].split(";"))
    return _Claim(key_id, date, region, service, terminator, signed, parameters["Signature"])


def _signed_at(headers: Mapping[str, list[str]], signed: tuple[str, ...]) -> datetime:
    """The time in the request's date header, which must be signed as `Host` must."""
    if "host" not in signed:
        raise _invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    name = "x-amz-date" if "x-amz-date" in headers else "date"
    if name not in headers:
        raise _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if name not in signed:
        raise _invalid(f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    value = headers[name][0].strip()
    try:
        return _time(value, basic=name == "x-amz-date")
    except (ValueError, OverflowError):
        raise _incomplete(f"Date must be in ISO-8601 'basic format'. Got '{value}'.") from None


@lru_cache(maxsize=16)
def _time(value: str, *, basic: bool) -> datetime:
    """The time in UTC that a date header names; raises `ValueError` or `OverflowError`.

    It is remembered, since the head of a request is checked before its body is read and once more with it.
    """
    when = datetime.strptime(value, _STAMP) if basic else parsedate_to_datetime(value)
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _check_credential(claim: _Claim, keys: Keys, scope: Scope, stamp: str, has_token: bool) -> None:
    if has_token or not hmac.compare_digest(_sent(claim.access_key_id), keys.access_key_id.encode()):
        raise SignatureRefused("UnrecognizedClientException", "The security token included in the request is invalid.")
    wrong = []
    if claim.date != stamp[:8]:
        wrong.append(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{stamp[:8]}', from '{stamp}'."
        )
    if claim.region != scope.region:
        wrong.append(f"Credential should be scoped to a valid region, not '{claim.region}'.")
    if claim.service != scope.service:
        wrong.append(f"Credential should be scoped to correct service: '{scope.service}'.")
    if claim.terminator != TERMINATOR:
        wrong.append(f"Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{claim.terminator}'.")
    if wrong:
        raise _invalid(" ".join(wrong))


def _check_time(signed_at: datetime, stamp: str, now: datetime) -> None:
    if signed_at < now - WINDOW:
        limit = (now - WINDOW).strftime(_STAMP)
        raise _invalid(f"Signature expired: {stamp} is now earlier than {limit} ({now:{_STAMP}} - 5 min.)")
    if signed_at > now + WINDOW:
        limit = (now + WINDOW).strftime(_STAMP)
        raise _invalid(f"Signature not yet current: {stamp} is still later than {limit} ({now:{_STAMP}} + 5 min.)")


def canonical_request(request: HttpRequest, headers: Mapping[str, list[str]], signed: tuple[str, ...]) -> str:
    """The request in its canonical form; `headers` are by lower-case name."""
    path, _, query = request.target.partition("?")
    lines = [f"{name}:{','.join(' '.join(value.split()) for value in headers.get(name, ()))}" for name in signed]
    body_hash = hashlib.sha256(request.body).hexdigest()
    parts = [request.method, canonical_path(path), canonical_query(query), *lines, "", ";".join(signed), body_hash]
    return "\n".join(parts)


def canonical_path(path: str) -> str:
    """The path in its signed form: without dot segments and double slashes, and percent-encoded once more.

    >>> canonical_path("/P/a%20b/../c//d/")
    '/P/c/d/'
    >>> canonical_path("/P/a%20b")
    '/P/a%2520b'
    """
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + end, safe="/")


def canonical_query(query: str) -> str:
    """The query in its signed form: every name and value encoded in AWS's way, sorted by name, then value.

    >>> canonical_query("b=2&a=%7e&a&b=1")
    'a=&a=~&b=1&b=2'
    """
    if not query:
        return ""
    pairs = (pair.partition("=") for pair in query.split("&"))
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded)


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="")


def string_to_sign(canonical: str, stamp: str, scope: Scope) -> str:
    """The signed text: algorithm, time, scope and the hash of the canonical request."""
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    return "\n".join([ALGORITHM, stamp, f"{stamp[:8]}/{scope.region}/{scope.service}/{TERMINATOR}", digest])


@lru_cache(maxsize=16)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _incomplete(message: str) -> SignatureRefused:
    return SignatureRefused("IncompleteSignatureException", message)


def _invalid(message: str) -> SignatureRefused:
    return SignatureRefused("InvalidSignatureException", message)


def _mismatch(canonical: str, text: str) -> str:
    return (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this "
        f"request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{text}'\n"
    )
