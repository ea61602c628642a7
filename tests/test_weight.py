"""A command imports few modules before it works. They are counted, since a time depends on how busy the machine is."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parent.parent

HELPS = """
import contextlib, io, json, sys
from tillstream import COMMANDS, main
heavy, found = set(sys.argv[1:]), {}
for command in COMMANDS:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main([command, "--help"])
    found[command] = sorted(heavy & sys.modules.keys())
    for name in [name for name in sys.modules if name.partition(".")[0] in found[command]]:
        del sys.modules[name]  # the next command has to answer for itself
print(json.dumps(found))
"""
HEAVY = (
    *("aiohttp", "asyncio", "boto3", "botocore", "confluent_kafka", "croniter", "dateutil", "duckdb", "filelock"),
    *("http", "msgspec", "numpy", "pandas", "psutil", "pyarrow", "pyiceberg", "pyspark", "requests", "rich"),
    *("sqlglot", "urllib3"),
)
SIGNED = """
import json, sys
from dataclasses import MISSING, fields
from producer import cli, screens, views
from producer.api import Api
from stores.target import Target
unknown = {field.name: "-" for field in fields(Target) if field.default is MISSING}
laptop = unknown | {"api_url": "http://127.0.0.1:1/P", "access_key_id": "A", "secret_access_key": "S"}
Api(Target(**laptop)).signed("GET", "/invoices/536373")
print(json.dumps(sorted(set(sys.argv[1:]) & sys.modules.keys())))
"""


def printed(script: str, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_help_of_a_command_imports_no_heavy_module() -> None:
    assert {command: heavy for command, heavy in printed(HELPS, *HEAVY).items() if heavy} == {}


def test_an_invoice_of_the_laptop_is_asked_for_without_boto3() -> None:
    assert printed(SIGNED, "boto3", "botocore.session", "pandas", "confluent_kafka") == []
