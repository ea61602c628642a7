"""The headers that every server of the pages sends with them."""

from collections.abc import Mapping
from typing import Final

_POLICY: Final[Mapping[str, str]] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    # no text becomes HTML or script, whatever a library tries: the policy of src/trusted.ts lets nothing but "" pass
    "require-trusted-types-for": "'script'",
    "trusted-types": "default",
}

HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""All but the Content-Security-Policy, which `policy` makes."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""Cache-Control of a file below `assets/`: its name carries a hash of its content."""

ASK_AGAIN: Final = "no-cache"
"""Cache-Control of every other file."""


CONTRACT: Final = "contract.html"
"""The page of the API's contract, which Swagger UI shows."""

LAPTOPS_OWN: Final = (CONTRACT, "assets/contract-")
"""How the names of the built files begin that only the laptop serves: the contract's page, its script and its style."""

_OF_CONTRACT: Final[Mapping[str, str]] = {
    **{name: value for name, value in _POLICY.items() if "trusted-types" not in name},
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data:",
}
"""Swagger UI writes HTML, cleaned by DOMPurify, and styles; it shows the contract alone, no data."""


def policy_of(name: str) -> str:
    """The Content-Security-Policy of a built file on the laptop."""
    return _written(_OF_CONTRACT) if name == CONTRACT else policy()


def policy(*hosts: str) -> str:
    """The Content-Security-Policy of the pages, which may ask their own server and these hosts.

    >>> policy("https://api.example").split("; ")[4]
    "connect-src 'self' https://api.example"
    """
    connect = " ".join((_POLICY["connect-src"], *hosts))
    return _written({**_POLICY, "connect-src": connect})


def _written(rules: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def caching(name: str) -> str:
    """The Cache-Control of a built file.

    >>> caching("assets/index-Bq3.js") == FOR_EVER, caching("index.html") == ASK_AGAIN
    (True, True)
    """
    return FOR_EVER if name.startswith("assets/") else ASK_AGAIN
