"""Each CloudFormation type has one owner, and each reason is a reason."""

import ast
import importlib
from collections import Counter
from pathlib import Path
from typing import Final

from local import cloudformation
from local.cloudformation.registry import SERVICES, TYPES
from local.cloudformation.resource import ResourceType

FOLDER: Final = Path(cloudformation.__file__).parent


def texts(path: Path) -> set[str]:
    """The texts that stand in a file's code."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_a_file_that_owns_types_is_registered() -> None:
    modules = [importlib.import_module(f"local.cloudformation.{path.stem}") for path in sorted(FOLDER.glob("*.py"))]
    owners = {module.__name__ for module in modules if isinstance(vars(module).get("TYPES"), tuple)}
    assert owners == {service.__name__ for service in SERVICES}


def test_every_type_that_a_file_defines_is_in_its_tuple_once() -> None:
    for service in SERVICES:
        defined = {value for value in vars(service).values() if isinstance(value, ResourceType)}
        assert defined <= set(service.TYPES), service.__name__
    assert Counter(type.name for service in SERVICES for type in service.TYPES) == Counter(dict.fromkeys(TYPES, 1))


def test_a_type_is_named_in_the_file_that_owns_it_and_in_no_other_file_of_the_laptop() -> None:
    owner = {type.name: Path(str(service.__file__)) for service in SERVICES for type in service.TYPES}
    # `local/account` asks AWS about the names that a deployment needs: there no type is run
    runtime = (path for path in FOLDER.parent.rglob("*.py") if FOLDER.parent / "account" not in path.parents)
    files = {path: texts(path) for path in runtime}
    assert {type: [path for path, found in files.items() if type in found] for type in TYPES} == {
        type: [path] for type, path in owner.items()
    }


def test_a_type_without_effect_has_no_properties_that_the_laptop_heeds() -> None:
    for type in TYPES.values():
        if type.no_effect_at_all:
            assert (type.reader, type.read, dict(type.no_effect), type.name_property) == (None, (), {}, ""), type.name


def test_no_property_is_both_heeded_and_without_effect() -> None:
    for type in TYPES.values():
        assert not type.no_effect.keys() & {*type.read, type.name_property}, type.name


def test_what_has_no_effect_has_a_reason() -> None:
    reasons = {
        (type.name, name): reason
        for type in TYPES.values()
        for name, reason in ((*type.no_effect.items(), ("", type.no_effect_at_all)))
        if name or reason
    }
    assert [about for about, reason in reasons.items() if len(reason.split()) < 3] == []
