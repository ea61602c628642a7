"""The files of the checkout that a deployable needs: those that its handler imports, directly or through others.

The imports are read from the code, so that a deployable carries no room that it does not use, and a change elsewhere in
the checkout leaves its package as it was. Functions get the Python files alone, jobs the SQL statements as well.
"""

import ast
from functools import cache
from pathlib import Path


class NoHandler(Exception):
    """A deployable's folder has no handler module."""


def handler_module(folder: str) -> str:
    """The module that holds the handler of a deployable's folder.

    >>> handler_module("consumers/raw_archive")
    'consumers.raw_archive.handler'
    """
    return folder.replace("/", ".") + ".handler"


def sources(root: Path, module: str) -> tuple[Path, ...]:
    """The files of this checkout that importing `module` reads, relative to `root`, sorted.

    Packages' `__init__.py` are among them where they exist. Raises `NoHandler` if the module is not a file of `root`.
    """
    if not _files(root, module):
        raise NoHandler(f"{root}: there is no module {module}")
    found: set[Path] = set()
    waiting = [module]
    seen = {module}
    while waiting:
        for path in _files(root, waiting.pop()):
            if path not in found:
                found.add(path)
                fresh = _imports((root / path).read_bytes(), path) - seen
                seen |= fresh
                waiting += fresh
    return tuple(sorted(found))


def statements(root: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """The SQL files of the rooms of these files, relative to `root`, sorted: their code reads them at run time."""
    rooms = sorted({file.parts[0] for file in files})
    return tuple(path.relative_to(root) for room in rooms for path in sorted((root / room).rglob("*.sql")))


def _files(root: Path, module: str) -> list[Path]:
    """The files of the module and of the packages around it, relative to `root`; none for a module of a library."""
    parts = module.split(".")
    stem = Path(*parts)
    own = [path for path in (stem.with_suffix(".py"), stem / "__init__.py") if (root / path).is_file()]
    if not own and not (root / stem).is_dir():
        return []
    packages = [Path(*parts[:depth], "__init__.py") for depth in range(1, len(parts))]
    return own + [path for path in packages if (root / path).is_file()]


@cache
def _imports(code: bytes, path: Path) -> frozenset[str]:
    """Every module that this file may import; `from a import b` may mean the module a.b, so both are named.

    It is remembered: most files are in the packages of several functions and jobs.
    """
    package, found = path.parent.parts, set[str]()
    for node in ast.walk(ast.parse(code, str(path))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, *([node.module] if node.module else [])))
            found.update((base, *(f"{base}.{alias.name}" for alias in node.names)))
    return frozenset(found)
