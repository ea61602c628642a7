"""Patches of quarantined records: what a patch file may say, and its effect on one record. Pure.

A patch file is one JSON object. Its names are ids of records, or `*` for all that are chosen; a record's own patch
comes after that for all. A patch is either an object of fields with their new values,

    {"stream/order-lines/3/42-1291190400000": {"Quantity": 6}}

or an array of JSON Patch's operations (RFC 6902) of which `add`, `replace`, `remove` and `test` are known, each on a
field:

    {"*": [{"op": "test", "path": "/Country", "value": "EIRE"},
           {"op": "replace", "path": "/Country", "value": "Ireland"}]}
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from commerce import wire
from commerce.errors import InvalidSelection, UnreadableDocument, shown
from commerce.lines import FIELDS
from commerce.repeated_names import RepeatedNames

ALL: Final = "*"
PATCHED: Final = (*FIELDS, "Occurrence")
"""The names that a patch may set. A LineId follows from them."""

_OPERATIONS: Final = {"add": True, "replace": True, "remove": False, "test": True}
"""The operations, and whether each has a value."""


class InvalidPatch(InvalidSelection):
    """A patch that cannot be applied: the message says what is wrong, where, and why."""


class Operation(msgspec.Struct, frozen=True):
    """One step of a patch on one field."""

    op: str
    field: str
    value: Any = None
    where: str = ""

    def applied(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields after this step; raises `InvalidPatch` where it does not fit them."""
        if self.op in ("replace", "remove", "test") and self.field not in fields:
            raise InvalidPatch(f"{self.where}: the record has no {self.field} to {self.op}")
        if self.op == "test":
            if fields[self.field] != self.value or isinstance(fields[self.field], bool) != isinstance(self.value, bool):
                found = shown(fields[self.field])
                raise InvalidPatch(f"{self.where}: {self.field} is {found}, not {shown(self.value)}")
            return fields
        if self.op == "remove":
            return {name: value for name, value in fields.items() if name != self.field}
        return {**fields, self.field: self.value}


Patches = Mapping[str, tuple[Operation, ...]]


def patches(name: str, text: bytes, known: Collection[str]) -> Patches:
    """The patches in a file, by record; `known` are the ids of the chosen records.

    Raises `InvalidPatch` for anything that no record could be patched by, naming file, record and place in it.
    """
    try:
        whole = wire.parse_rows(text)
    except UnreadableDocument as error:
        raise InvalidPatch(f"{name}: {error}") from None
    if not isinstance(whole, dict):
        raise InvalidPatch(f"{name}: must be one JSON object, of record ids and their patches, not {shown(whole)}")
    _check_once(name, whole)
    for record in whole:
        if record != ALL and record not in known:
            how = "`tillstream quarantine list --state all` shows every id"
            raise InvalidPatch(f"{name}: no chosen record has the id {shown(record)}: {how}")
    bodies = _bodies(text)
    return {record: _operations(f"{name}, {record}", text) for record, text in bodies.items()}


def setting(texts: Collection[str]) -> tuple[Operation, ...]:
    """The operations of `--set FIELD=VALUE`, each with its value as text; an empty value is a missing one.

    >>> setting(["Country=France"])
    (Operation(op='add', field='Country', value='France', where='--set Country=France'),)
    """
    found = []
    for text in texts:
        name, equals, value = text.partition("=")
        where = f"--set {text}"
        if not equals:
            raise InvalidPatch(f"{where}: must be FIELD=VALUE")
        _check_field(where, name)
        typed = _whole(where, value) if name == "Occurrence" else value
        found.append(Operation("add", name, typed, where))
    if twice := sorted({one.field for one in found if [other.field for other in found].count(one.field) > 1}):
        raise InvalidPatch(f"--set: {', '.join(twice)} is set twice")
    return tuple(found)


def _whole(where: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise InvalidPatch(f"{where}: Occurrence must be a whole number from 1")
    return int(text)


def of_record(record: str, given: Patches, settings: tuple[Operation, ...]) -> tuple[Operation, ...]:
    """All steps for one record, in their order: those for all, its own, those of `--set`."""
    return (*given.get(ALL, ()), *given.get(record, ()), *settings)


def applied(fields: Mapping[str, Any] | None, steps: Collection[Operation]) -> dict[str, Any]:
    """The fields after all steps. Raises `InvalidPatch`."""
    found = dict(fields or {})
    for step in steps:
        found = step.applied(found)
    return found


def _bodies(text: bytes) -> dict[str, bytes]:
    """The JSON text of each record's patch."""
    return {name: bytes(raw) for name, raw in msgspec.json.decode(text, type=dict[str, msgspec.Raw]).items()}


def _check_once(where: str, value: Mapping[str, Any]) -> None:
    if isinstance(value, RepeatedNames):
        raise InvalidPatch(f"{where}: {', '.join(map(shown, value.repeated))} stands twice")


def _operations(where: str, text: bytes) -> tuple[Operation, ...]:
    patch = wire.parse_rows(text)  # again by itself, which finds a name that stands twice
    if isinstance(patch, dict):
        _check_once(where, patch)
        if not patch:
            raise InvalidPatch(f"{where}: the patch changes nothing")
        for name in patch:
            _check_field(where, name)
        return tuple(Operation("add", name, value, where) for name, value in patch.items())
    if not isinstance(patch, list) or not patch:
        what = "an object of fields and values, or an array of operations"
        raise InvalidPatch(f"{where}: must be {what}, not {shown(patch)}")
    return tuple(_operation(f"{where}, operation {number}", one) for number, one in enumerate(patch, 1))


def _operation(where: str, one: Any) -> Operation:
    if not isinstance(one, dict):
        raise InvalidPatch(f"{where}: must be an object with op, path and value, not {shown(one)}")
    _check_once(where, one)
    op, path = one.get("op"), one.get("path")
    if op not in _OPERATIONS:
        raise InvalidPatch(f"{where}: op must be {', '.join(_OPERATIONS)}, not {shown(op)}")
    if not isinstance(path, str) or not path.startswith("/"):
        raise InvalidPatch(f"{where}: path must be / and a field's name, not {shown(path)}")
    if unknown := sorted(one.keys() - {"op", "path", "value"}):
        raise InvalidPatch(f"{where}: {', '.join(map(shown, unknown))} is not known in an operation")
    if _OPERATIONS[op] != ("value" in one):
        raise InvalidPatch(f"{where}: {op} {'needs a' if _OPERATIONS[op] else 'has no'} value")
    if op in ("add", "replace"):
        _check_field(where, path[1:])
    return Operation(op, path[1:].replace("~1", "/").replace("~0", "~"), one.get("value"), where)


def _check_field(where: str, name: str) -> None:
    if name == "LineId":
        raise InvalidPatch(f"{where}: LineId cannot be set, since it follows from the fields")
    if name not in PATCHED:
        raise InvalidPatch(f"{where}: {shown(name)} is not a field: there are {', '.join(PATCHED)}")
