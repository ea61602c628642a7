"""Finds the route of a request, by API Gateway's rules for REST APIs.

A resource whose segments are literal goes before one with a `{parameter}`, that before a greedy `{proxy+}`; the most
specific resource decides, and a method that it lacks is not looked for in others. Paths are compared as sent, so a
trailing slash or an encoded letter is another path.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.platform import Route


@dataclass(frozen=True, slots=True)
class Match:
    """A route, and the decoded values of its path parameters."""

    route: Route
    parameters: dict[str, str]


class Routes:
    """The routes of one API."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Their order does not matter."""
        self._resources: dict[tuple[str, ...], dict[str, Route]] = {}
        for route in sorted(routes, key=lambda route: [_rank(part) for part in segments(route.path)]):
            self._resources.setdefault(segments(route.path), {})[route.method] = route

    def find(self, method: str, path: str) -> Match | None:
        """The route for a path below the stage; None if the API has none."""
        asked = segments(path)
        for resource, methods in self._resources.items():
            parameters = _parameters(resource, asked)
            if parameters is not None:
                route = methods.get(method) or methods.get("ANY")
                return Match(route, parameters) if route else None
        return None


def segments(path: str) -> tuple[str, ...]:
    """The parts of a path between its slashes.

    >>> segments("/invoices/{InvoiceNo}"), segments("/")
    (('invoices', '{InvoiceNo}'), ('',))
    """
    return tuple(path.removeprefix("/").split("/"))


def _rank(segment: str) -> int:
    if segment.endswith("+}"):
        return 2
    return 1 if segment.startswith("{") else 0


def _parameters(resource: tuple[str, ...], asked: tuple[str, ...]) -> dict[str, str] | None:
    """The values of the resource's parameters; None if the path does not match the resource."""
    greedy = _rank(resource[-1]) == 2
    if len(asked) < len(resource) or (len(asked) > len(resource) and not greedy):
        return None
    found = {}
    for index, (part, value) in enumerate(zip(resource, asked, strict=False)):
        rank = _rank(part)
        if rank == 2:
            found[part[1:-2]] = unquote("/".join(asked[index:]))
        elif rank == 1 and value:
            found[part[1:-1]] = unquote(value)
        elif part != value:
            return None
    return found
