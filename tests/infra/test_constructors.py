"""A constructor of the app takes few arguments: values that belong together travel as one group."""

import ast
from collections.abc import Iterator
from typing import Final

import pytest

from infra.packaging.builds import CHECKOUT

MOST: Final = 7
FIELDS: Final = ("dataclass", "NamedTuple", "TypedDict")
"""The classes whose annotated names are arguments of their constructor."""


def named(node: ast.expr) -> str:
    """The last name of a decorator, base or annotation: `dataclass` of `@dataclasses.dataclass(frozen=True)`."""
    if isinstance(node, ast.Call):
        return named(node.func)
    if isinstance(node, ast.Subscript):
        return named(node.value)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def constructors(code: str) -> Iterator[tuple[str, list[str]]]:
    """The classes of a module with the arguments of their own constructor, `self` not among them."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ClassDef):
            continue
        if any(named(it) in FIELDS for it in (*node.decorator_list, *node.bases)):
            fields = [it for it in node.body if isinstance(it, ast.AnnAssign) and isinstance(it.target, ast.Name)]
            kept = [it for it in fields if named(it.annotation) not in ("ClassVar", "KW_ONLY")]
            yield node.name, [it.target.id for it in kept if isinstance(it.target, ast.Name)]
        for function in node.body:
            if isinstance(function, ast.FunctionDef) and function.name in ("__init__", "__new__"):
                given = function.args
                several = [it for it in (given.vararg, given.kwarg) if it]
                taken = [*given.posonlyargs, *given.args, *given.kwonlyargs, *several]
                yield node.name, [it.arg for it in taken[1:]]


def test_no_constructor_of_the_app_takes_more_than_seven_arguments() -> None:
    found = [
        (f"{path.relative_to(CHECKOUT)}: {name}", arguments)
        for path in sorted((CHECKOUT / "infra").rglob("*.py"))
        if "node_modules" not in path.parts  # the CDK's command line has templates there
        for name, arguments in constructors(path.read_text("utf-8"))
    ]
    assert len(found) > 20
    assert [(name, len(arguments)) for name, arguments in found if len(arguments) > MOST] == []


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("class A:\n def __init__(self, a, /, b, *, c=1, **d): ...", ["a", "b", "c", "d"]),
        ("@dataclass(frozen=True)\nclass A:\n a: int\n _: KW_ONLY\n b: ClassVar[int] = 1\n c: str = ''", ["a", "c"]),
        ("@dataclasses.dataclass\nclass A:\n a: int", ["a"]),
        ("class A(typing.NamedTuple):\n a: int\n b: int", ["a", "b"]),
    ],
)
def test_every_form_of_a_constructor_is_counted(code: str, arguments: list[str]) -> None:
    assert list(constructors(code)) == [("A", arguments)]
