"""DynamoDB's condition, key and update expressions, as far as the product uses them; anything else is refused."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

Item = Mapping[str, Any]
Values = Mapping[str, Any]
Condition = Callable[[Item, Values], bool]

_TOKEN = re.compile(r"\s*([A-Za-z_#:]\w*|[()<>=,]|$)")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: bool(left == right),
    "<": lambda left, right: bool(left < right),
}


def plain_value(attribute: Mapping[str, Any]) -> Any:
    """The value by which the attribute is compared."""
    ((kind, text),) = attribute.items()
    return Decimal(text) if kind == "N" else text


def condition(expression: str, names: Mapping[str, str] | None = None) -> Condition:
    """The expression as a function of an item and the expression's values."""
    return _condition(expression, tuple(sorted((names or {}).items())))


@cache
def _condition(expression: str, names: tuple[tuple[str, str], ...]) -> Condition:
    return _Parser(expression, dict(names)).whole()


class _Parser:
    def __init__(self, expression: str, names: Mapping[str, str]) -> None:
        self._tokens = []
        self._names = names
        position = 0
        while position < len(expression):
            found = _TOKEN.match(expression, position)
            if found is None:
                raise NotImplementedError(f"expression {expression!r} at {position}")
            self._tokens.append(found[1])
            position = found.end()
        self._tokens.append("")

    def whole(self) -> Condition:
        made = self._any()
        self._take("")
        return made

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._tokens[0] == "OR":
            self._take("OR")
            parts.append(self._all())
        return lambda item, values: any(part(item, values) for part in parts)

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._tokens[0] == "AND":
            self._take("AND")
            parts.append(self._one())
        return lambda item, values: all(part(item, values) for part in parts)

    def _one(self) -> Condition:
        token = self._take()
        if token == "(":
            inner = self._any()
            self._take(")")
            return inner
        if token == "attribute_not_exists":
            name = self._arguments(1)[0]
            return lambda item, values: self._names.get(name, name) not in item
        if token == "begins_with":
            name, prefix = self._arguments(2)
            name = self._names.get(name, name)
            return lambda item, values: plain_value(item[name]).startswith(plain_value(values[prefix]))
        compare, value = _COMPARISONS[self._take()], self._take()
        name = self._names.get(token, token)
        return lambda item, values: name in item and compare(plain_value(item[name]), plain_value(values[value]))

    def _arguments(self, count: int) -> list[str]:
        self._take("(")
        found = [self._take()]
        for _ in range(count - 1):
            self._take(",")
            found.append(self._take())
        self._take(")")
        return found

    def _take(self, expected: str | None = None) -> str:
        token = self._tokens.pop(0)
        if expected is not None and token != expected:
            raise NotImplementedError(f"{expected!r} expected in the expression, found {token!r}")
        return token


def updated(item: Item, expression: str, values: Values) -> dict[str, Any]:
    """The item after `SET name = :value, … REMOVE name, …`."""
    found = re.fullmatch(r"SET (.+?)(?: REMOVE (.+))?", expression)
    if found is None:
        raise NotImplementedError(expression)
    after = dict(item)
    for assignment in found[1].split(", "):
        name, value = assignment.split(" = ")
        after[name] = values[value]
    for name in (found[2] or "").split(", "):
        after.pop(name, None)
    return after
