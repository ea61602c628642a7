"""IAM's decision about a call, for the policies that our templates write.

As in IAM, an explicit denial wins, and what no statement allows is denied. Names of actions are compared without regard
to case, resources with it; `*` and `?` are wildcards in both. A form that is not known here (NotAction, a principal
that is not everybody, an operator) raises `UnsupportedPolicy` when the policy is read, never a wrong decision later.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

ALLOW: Final = "Allow"
DENY: Final = "Deny"
EVERYBODY: Final = ("*", {"AWS": "*"})


class UnsupportedPolicy(Exception):
    """A policy says something that the laptop cannot decide; the message names it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a statement: `operator` compares the call's value of `key` with any of these values."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy: who holds it may, or may not, do any of the actions on any of the resources."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One call as IAM sees it: `s3:GetObject` on an ARN, with the values of condition keys that it carries."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Permission:
    """One allowed action on one resource, as a statement spells them, with the conditions of the statement."""

    action: str
    resource: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a call is allowed: the permissions by which it is, or the reason why it is not."""

    allowed_by: tuple[Permission, ...] = ()
    refusal: str = ""

    @property
    def allowed(self) -> bool:
        """Whether the call may be made."""
        return not self.refusal


def statements(document: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy document that may concern a role; raises `UnsupportedPolicy`.

    Those of a resource's policy that are for a service of AWS concern no role, and are left out.
    """
    return tuple(_statement(it) for it in _list(document.get("Statement", [])) if set(_principals(it)) != {"Service"})


def permissions(held: Iterable[Statement]) -> tuple[Permission, ...]:
    """Every permission that these statements give, one for each action and resource."""
    return tuple(
        Permission(action, resource, it.conditions)
        for it in held
        if it.effect == ALLOW
        for action in it.actions
        for resource in it.resources
    )


def decide(call: Call, held: Sequence[Statement], on_resource: Sequence[Statement] = ()) -> Decision:
    """Whether who holds these statements may make the call; `on_resource` are those of the resource's own policy.

    Of the resource's policy only denials count here: a role of the same account needs one permission, which our
    templates give to roles alone.
    """
    if any(_covers(it, call) for it in (*held, *on_resource) if it.effect == DENY):
        return Decision(refusal="with an explicit deny")
    allowed_by = tuple(
        Permission(action, resource, it.conditions)
        for it in held
        if it.effect == ALLOW and _holds(it, call)
        for action in it.actions
        for resource in it.resources
        if _matches_action(action, call.action) and _matches(resource, call.resource)
    )
    if allowed_by:
        return Decision(allowed_by)
    return Decision(refusal=f"because no identity-based policy allows the {call.action} action")


def _covers(statement: Statement, call: Call) -> bool:
    return (
        any(_matches_action(it, call.action) for it in statement.actions)
        and any(_matches(it, call.resource) for it in statement.resources)
        and _holds(statement, call)
    )


def _holds(statement: Statement, call: Call) -> bool:
    return all(_OPERATORS[it.operator](it.values, call.context.get(it.key)) for it in statement.conditions)


def _statement(written: Mapping[str, Any]) -> Statement:
    known = {"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}
    if unknown := sorted(set(written) - known):
        raise UnsupportedPolicy(f"a statement with {unknown[0]}")
    if written.get("Principal", "*") not in EVERYBODY:
        raise UnsupportedPolicy(f"a statement for the principal {written['Principal']}")
    conditions = tuple(
        _condition(operator, key, values)
        for operator, keys in written.get("Condition", {}).items()
        for key, values in keys.items()
    )
    return Statement(written["Effect"], _texts(written["Action"]), _texts(written["Resource"]), conditions)


def _principals(written: Mapping[str, Any]) -> Mapping[str, Any]:
    principal = written.get("Principal", {})
    return principal if isinstance(principal, Mapping) else {}


def _condition(operator: str, key: str, values: Any) -> Condition:
    if operator not in _OPERATORS:
        raise UnsupportedPolicy(f"a condition with the operator {operator}")
    return Condition(operator, key, _texts(values))


def _texts(written: Any) -> tuple[str, ...]:
    return tuple(str(it).lower() if isinstance(it, bool) else str(it) for it in _list(written))


def _list(written: Any) -> list[Any]:
    return list(written) if isinstance(written, list | tuple) else [written]


def _matches_action(pattern: str, action: str) -> bool:
    return _matches(pattern.lower(), action.lower())


def _matches(pattern: str, text: str) -> bool:
    return pattern in ("*", text) or bool(_compiled(pattern).fullmatch(text))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(it, re.escape(it)) for it in pattern), re.DOTALL)


def _like(values: tuple[str, ...], found: str | None) -> bool:
    return found is not None and any(_matches(it, found) for it in values)


def _equals(values: tuple[str, ...], found: str | None) -> bool:
    return found is not None and found in values


def _bool(values: tuple[str, ...], found: str | None) -> bool:
    return found is not None and found.lower() in values


def _less(values: tuple[str, ...], found: str | None) -> bool:
    return found is not None and any(float(found) < float(it) for it in values)


def _null(values: tuple[str, ...], found: str | None) -> bool:
    return ("true" if found is None else "false") in values


_OPERATORS: Final[Mapping[str, Callable[[tuple[str, ...], str | None], bool]]] = {
    "ArnLike": _like,
    "Bool": _bool,
    "Null": _null,
    "NumericLessThan": _less,
    "StringEquals": _equals,
    "StringLike": _like,
}
"""IAM's operators by name. A key that the call does not carry fulfils none of them but `Null`."""
