"""Filter criteria: which messages of a topic a mapping passes to its function.

A pattern is JSON in the syntax of EventBridge; for Kafka it may name `value` only. Where value and pattern are not of
one form, one JSON and the other a plain string, or the value is not UTF-8, the message passes
(https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Test = Callable[[Any], bool]
"""Whether a value of a message matches; `ABSENT` for a field that is not there."""


class Number(str):
    """A JSON number as it is written: 300 and 300.0 are not equal."""

    __slots__ = ()


ABSENT: Final = object()

_COMPARISONS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "=": lambda value, bound: value == bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
}


class UnknownPattern(ValueError):
    """The pattern is not one that the laptop's event source can apply."""


def passes(patterns: Iterable[str]) -> Callable[[bytes | None], bool]:
    """Whether a message with this value passes: if it matches one of the patterns, or there is none.

    Raises `UnknownPattern` for a pattern that cannot be applied.
    """
    tests = [_of_value(pattern) for pattern in patterns]
    return lambda value: not tests or any(test(value) for test in tests)


def _of_value(text: str) -> Callable[[bytes | None], bool]:
    try:
        pattern = _loaded(text)
    except ValueError as error:
        raise UnknownPattern(f"a filter's pattern is not JSON: {error}") from error
    if not isinstance(pattern, dict) or set(pattern) - {"value"}:
        raise UnknownPattern(f"a filter of Kafka may name `value` only: {text}")
    if "value" not in pattern:
        return lambda value: True
    rule = pattern["value"]
    test = _object(rule) if isinstance(rule, dict) else _leaf(rule)

    def matches(value: bytes | None) -> bool:
        try:
            found = None if value is None else value.decode("utf-8")
        except UnicodeDecodeError:
            return True
        content = _content(found)
        if found is not None and isinstance(content, dict) != isinstance(rule, dict):
            return True
        return test(content)

    return matches


def _loaded(text: str) -> Any:
    return json.loads(text, parse_int=Number, parse_float=Number)


def _content(text: str | None) -> Any:
    """The value's JSON object; the text itself if it is another."""
    try:
        content = None if text is None else _loaded(text)
    except ValueError:
        return text
    return content if isinstance(content, dict) else text


def _object(rules: Mapping[str, Any]) -> Test:
    """All of the fields match; under `$or` one of several such objects."""
    tests = [(name, _any(rule) if name == "$or" else _field(rule)) for name, rule in rules.items()]

    def matches(value: Any) -> bool:
        found = value if isinstance(value, dict) else {}
        return all(test(found if name == "$or" else found.get(name, ABSENT)) for name, test in tests)

    return matches


def _any(rules: Any) -> Test:
    if not isinstance(rules, list):
        raise UnknownPattern("$or needs a list of patterns")
    tests = [_object(rule) for rule in rules]
    return lambda value: any(test(value) for test in tests)


def _field(rule: Any) -> Test:
    return _object(rule) if isinstance(rule, dict) else _leaf(rule)


def _leaf(rules: Any) -> Test:
    """One of the rules matches the value, or one of its elements if it is a list."""
    if not isinstance(rules, list):
        raise UnknownPattern(f"a field's rules are a list, not {rules!r}")
    tests = [_rule(rule) for rule in rules]

    def matches(value: Any) -> bool:
        values = value if isinstance(value, list) and value else [value]
        return any(test(one) for test in tests for one in values)

    return matches


def _rule(rule: Any) -> Test:
    if not isinstance(rule, dict):
        return lambda value: _equal(value, rule)
    if len(rule) == 1:
        [(operator, operand)] = rule.items()
        if make := _OPERATORS.get(operator):
            return make(operand)
    raise UnknownPattern(f"a filter's rule that the laptop does not know: {json.dumps(rule)}")


def _equal(value: Any, wanted: Any) -> bool:
    return type(value) is type(wanted) and bool(value == wanted)


def _exists(wanted: Any) -> Test:
    return lambda value: (value is not ABSENT and not isinstance(value, dict)) == wanted


def _anything_but(unwanted: Any) -> Test:
    if isinstance(unwanted, dict):
        test = _rule(unwanted)
        return lambda value: value is not ABSENT and not test(value)
    listed = unwanted if isinstance(unwanted, list) else [unwanted]
    return lambda value: value is not ABSENT and not any(_equal(value, one) for one in listed)


def _numeric(rule: Any) -> Test:
    if not isinstance(rule, list) or not rule or len(rule) % 2 or not set(rule[::2]) <= _COMPARISONS.keys():
        raise UnknownPattern(f"a numeric rule is a list of comparisons and numbers, not {rule!r}")
    try:
        bounds = [(_COMPARISONS[name], Decimal(bound)) for name, bound in zip(rule[::2], rule[1::2], strict=True)]
    except (InvalidOperation, TypeError) as error:
        raise UnknownPattern(f"a numeric rule compares with numbers, not {rule!r}") from error
    return lambda value: isinstance(value, Number) and all(holds(Decimal(value), bound) for holds, bound in bounds)


def _text(compare: Callable[[str, str], bool]) -> Callable[[Any], Test]:
    def make(operand: Any) -> Test:
        if not isinstance(operand, str) or isinstance(operand, Number):
            raise UnknownPattern(f"a filter's operator compares with a text, not {operand!r}")
        return lambda value: isinstance(value, str) and not isinstance(value, Number) and compare(value, operand)

    return make


_OPERATORS: Final[Mapping[str, Callable[[Any], Test]]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": _text(lambda value, wanted: value.casefold() == wanted.casefold()),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "exists": _exists,
}
