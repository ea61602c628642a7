"""A type is resolved by msgspec as its module is imported, since its first use in two threads at once is a crash.

msgspec 0.22 resolves a type at its first use, and fills in the fields one by one. A second thread that decodes the type
meanwhile reads a field that is not there yet, and the process ends by SIGSEGV.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator

from tests.test_rooms import CHECKOUT, ROOMS

OF_ONE_THREAD = {"local/config.py", "local/memory.py", "local/pages/laptop.py"}
"""Files whose types the main thread alone uses."""
PLAIN = {"dict", "list", "str", "int", "Any", "msgspec", "msgspec.Raw"}
"""Names of types that are no class of ours."""


def unresolved(text: str) -> Iterator[str]:
    """The types that this module decodes or converts to, and resolves in no decoder of its own."""
    tree = ast.parse(text)
    resolved = {ast.unparse(it.args[0]) for it in calls(tree, "msgspec.json.Decoder") if it.args}
    for scope in ast.walk(tree):
        if isinstance(scope, ast.Module | ast.ClassDef):
            own = scope.name if isinstance(scope, ast.ClassDef) else "cls"
            for kind in kinds(scope):
                names = {ast.unparse(it) for it in ast.walk(kind) if isinstance(it, ast.Name | ast.Attribute)}
                said = ast.unparse(kind)
                if not names <= PLAIN and said not in resolved and not (said == "cls" and own in {"cls", *resolved}):
                    yield said


def kinds(scope: ast.AST) -> Iterator[ast.expr]:
    for call in calls(scope, "msgspec.json.decode"):
        yield from (it.value for it in call.keywords if it.arg == "type")
    yield from (call.args[1] for call in calls(scope, "msgspec.convert"))


def calls(scope: ast.AST, name: str) -> Iterator[ast.Call]:
    return (it for it in ast.walk(scope) if isinstance(it, ast.Call) and ast.unparse(it.func) == name)


FILES = sorted(str(it.relative_to(CHECKOUT)) for room in ROOMS for it in (CHECKOUT / room).rglob("*.py"))


def test_each_module_resolves_the_types_that_it_decodes() -> None:
    files = [it for it in FILES if "node_modules" not in it and it not in OF_ONE_THREAD]
    found = {file: list(unresolved((CHECKOUT / file).read_text("utf-8"))) for file in files}
    assert {file: kinds for file, kinds in found.items() if kinds} == {}


def test_a_type_without_a_decoder_is_found() -> None:
    assert list(unresolved("def f(body): return msgspec.json.decode(body, type=Plan)")) == ["Plan"]
    assert list(unresolved("def f(some): return msgspec.convert(some, list[Plan])")) == ["list[Plan]"]
    assert list(unresolved("class Plan:\n def of(cls, it): return msgspec.convert(it, cls)")) == ["cls"]
    assert (
        list(unresolved("D = msgspec.json.Decoder(list[Plan])\ndef f(it): return msgspec.convert(it, list[Plan])"))
        == []
    )
    assert list(unresolved("def f(body): return msgspec.json.decode(body, type=dict[str, Any])")) == []


SCRIPT = """
import sys
from threading import Barrier, Thread
import msgspec

sys.setswitchinterval(1e-6)

def a_type():
    class Part(msgspec.Struct):
        key: str
        size: "int | None" = None
    class Whole(msgspec.Struct):
        parts: list[Part]
        first: Part
        lines: int
    return Whole

def decode(kind, together):
    together.wait()
    msgspec.json.decode(b'{"lines":1,"first":{"key":"a"},"parts":[{"key":"a"}]}', type=kind)

for _ in range(3000):
    kind, together = a_type(), Barrier(3)
    msgspec.json.Decoder(kind)  # without it the process crashes
    threads = [Thread(target=decode, args=(kind, together)) for _ in range(3)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_a_type_that_a_decoder_has_resolved_is_decoded_in_threads() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], check=False).returncode == 0
