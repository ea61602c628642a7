"""JSON objects with a repeated name: a JSON reader keeps the last value and silently drops the others.

Names are counted in the text, and only a text that may hold more of them than the objects that were read is read again,
name by name. The count looks at bytes and no row by itself: it takes less time than reading the text does.
"""

import json
import re
from collections import Counter
from typing import Any, Final

_BLANK_COLON: Final = re.compile(rb"[ \t\r\n]:")


class RepeatedNames(dict[str, Any]):
    """An object's fields with their last values, and the names that occur more than once."""

    def __init__(self, fields: dict[str, Any], repeated: tuple[str, ...]) -> None:
        super().__init__(fields)
        self.repeated = repeated


def marked(text: bytes, value: Any) -> Any:
    """The parsed value of this text, with objects, or the objects of an array, as `RepeatedNames` if they have any.

    >>> marked(b'[{"a":1,"a":2},{"a":1}]', [{"a": 2}, {"a": 1}])[0].repeated
    ('a',)
    """
    if text.count(b'":') == (len(value) if type(value) is dict else _count(value)) and not _has_blank_colon(text):
        return value
    found = _repeated(text)
    if isinstance(value, dict):
        return RepeatedNames(value, found[0]) if found[0] else value
    if not isinstance(value, list) or not any(found):
        return value
    return [RepeatedNames(one, names) if names else one for one, names in zip(value, found, strict=True)]


def _count(value: Any) -> int:
    """The number of names in the objects of an array; 0 if there is no object."""
    if not isinstance(value, list):
        return 0
    objects = value if set(map(type, value)) <= {dict} else [one for one in value if isinstance(one, dict)]
    return sum(map(len, objects))


def _has_blank_colon(text: bytes) -> bool:
    """Whether there is a blank before a colon, as there may be after a name."""
    if b" :" in text:
        return True
    # a string of JSON holds none of these three, so that few texts go through the slower search
    return (b"\n" in text or b"\r" in text or b"\t" in text) and _BLANK_COLON.search(text) is not None


def _repeated(text: bytes) -> list[tuple[str, ...]]:
    """The names that occur more than once in the object, or in each element of the array."""
    # numbers stay text: one may be longer than Python makes a number of
    read = json.loads(text, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    return [_names(one) for one in (read if isinstance(read, list) and not isinstance(read, _Pairs) else [read])]


class _Pairs(list[tuple[str, Any]]):
    """The names and values of an object as they are written."""


def _names(value: Any) -> tuple[str, ...]:
    counted = Counter(name for name, _ in value) if isinstance(value, _Pairs) else Counter[str]()
    return tuple(name for name, times in counted.items() if times > 1)
