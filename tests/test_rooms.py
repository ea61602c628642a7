"""The layout holds: each room imports only what design.md's table allows, and only edges touch the outside.

An import across rooms works on a laptop and fails only in Lambda, so it has to fail here first.
"""

import ast
import sys
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent

ROOMS = {
    "commerce": set(),
    "console": {"commerce"},
    "stores": {"commerce"},
    "producer": {"commerce", "console", "stores"},
    "lambdas": {"commerce", "stores"},
    "consumers": {"commerce", "stores"},
    "glue_jobs": {"commerce", "stores", "warehouse"},
    "warehouse": {"commerce", "console", "stores"},
    "web": set(),
    "infra": {"commerce", "warehouse", "web"},
    "local": {"commerce", "console", "stores", "web"},
    "operations": {"commerce", "console", "local", "producer", "stores"},
}
REDSHIFT = {
    "api": {"engine", "sql"},
    "engine": {"ddl", "copy", "sql"},
    "ddl": {"sql"},
    "copy": {"sql"},
    "sql": set[str](),
}
OF_LOCAL_FOR_OPERATIONS = {
    "local.cloudformation.synthesis",  # the bill of a stage of this checkout
    "local.diagnosis.standstill",  # why a group of the laptop does not go on
    # the commands that look at the laptop or at a deployed stage, and show both alike
    "local.cli",
    "local.state",
    "local.status.text",
    "local.status.watch",
    "local.diagnosis.about",
    "local.diagnosis.logs",
    "local.glue.command",
    "local.glue.sentences",
    "local.cloudwatch.points",
    "local.cloudwatch.raised",
    # a backfill runs the laptop's event source a second time
    "local.config",
    "local.processes",
}
LIBRARIES_OF_COMMERCE = {"msgspec"}
DEPLOYABLES = ("lambdas", "consumers", "glue_jobs", "producer")
EDGES = {"handler.py", "job.py", "cli.py"}
EDGES_OF_THE_PRODUCER = {"api.py", "sender.py", "state.py"}
OUTSIDE = {"boto3", "botocore", "confluent_kafka", "requests", "urllib3", "aiohttp", "socket", "subprocess", "http"}


def modules(room: str) -> list[Path]:
    return sorted(path for path in (CHECKOUT / room).rglob("*.py") if "node_modules" not in path.parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that the file imports, wherever in the file, with its line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports name the room in full"
            yield node.module or "", node.lineno


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_the_rooms_that_it_may(room: str) -> None:
    allowed = ROOMS[room] | {room}
    crossings = [
        f"{path.relative_to(CHECKOUT)}:{line} imports {name}"
        for path in modules(room)
        for name, line in imports(path)
        if name.split(".")[0] in (ROOMS.keys() | {"tests", "benchmarks", "tillstream"}) - allowed
    ]
    assert crossings == []


def test_no_files_import_each_other_directly_or_through_others() -> None:
    files = {module_name(path): path for room in ROOMS for path in modules(room)}
    graph = {name: set(imported_files(path, files.keys())) - {name} for name, path in files.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def module_name(path: Path) -> str:
    parts = path.relative_to(CHECKOUT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_files(path: Path, files: Collection[str]) -> Iterator[str]:
    """The modules of ours that the file imports: of `from a import b` the module a.b where there is one, else a."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                if name in files:
                    yield name
                elif node.module in files:
                    yield str(node.module)


@pytest.mark.parametrize("floor", REDSHIFT)
def test_the_laptops_redshift_imports_downwards_only(floor: str) -> None:
    allowed = {f"local.redshift_data.{name}" for name in (*REDSHIFT[floor], floor)}
    upwards = [
        f"{path.relative_to(CHECKOUT)}:{line} imports {name}"
        for path in modules(f"local/redshift_data/{floor}")
        for name, line in imports(path)
        if name.startswith("local.redshift_data") and ".".join(name.split(".")[:3]) not in allowed
    ]
    assert upwards == []


def test_operations_take_of_the_laptop_only_how_a_stage_is_synthesized_and_shown() -> None:
    taken = {name for path in modules("operations") for name, _ in imports(path) if name.split(".")[0] == "local"}
    assert taken == OF_LOCAL_FOR_OPERATIONS


def test_commerce_needs_the_standard_library_and_msgspec_alone() -> None:
    allowed = sys.stdlib_module_names | LIBRARIES_OF_COMMERCE | {"commerce"}
    outside = [
        (path.name, name)
        for path in modules("commerce")
        for name, _ in imports(path)
        if name.split(".")[0] not in allowed
    ]
    assert outside == []


@pytest.mark.parametrize("room", DEPLOYABLES)
def test_only_the_edges_of_a_deployable_touch_the_outside(room: str) -> None:
    touching = [
        f"{path.relative_to(CHECKOUT)}:{line} imports {name}"
        for path in modules(room)
        if path.name not in EDGES and not (room == "producer" and path.name in EDGES_OF_THE_PRODUCER)
        for name, line in imports(path)
        if name.split(".")[0] in OUTSIDE
    ]
    assert touching == []


def test_every_room_is_installed() -> None:
    import tomllib

    declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    assert sorted(declared) == sorted(room for room in ROOMS if (CHECKOUT / room).is_dir())
