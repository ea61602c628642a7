"""A whole platform for a test, controlled as a person does: by the command alone."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.config import RunConfig
from local.parts import provisioning
from local.state import State
from stores.target import Target

CHECKOUT = Path(__file__).parent.parent.parent
REAL_DAYS = CHECKOUT.parent / "shared" / "data" / "online-retail"
GOLDEN = REAL_DAYS.parent / "golden.json"
WITHOUT_REAL_DAYS = "the real data set is not beside the project (README says where to get it)"

STREAM = "csv,topic,s3,dynamodb"
"""The hops of streamed rows: lake and warehouse hold them only after a job."""

PATIENCE_SECONDS = 2_700
"""Seconds for a command: a machine with both cores busy runs at a tenth of its speed."""


@dataclass(frozen=True)
class Laptop:
    """A platform in its own home, run by this checkout or by a copy of it."""

    home: Path
    checkout: Path = CHECKOUT

    @property
    def environment(self) -> dict[str, str]:
        """The variables of this platform's commands: no AWS profile, no other platform's address, no screen."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
        if self.checkout != CHECKOUT:
            kept["PYTHONPATH"] = str(self.checkout)
        return {**kept, "TILLSTREAM_HOME": str(self.home), "DISPLAY": "", "WAYLAND_DISPLAY": "", "WSL_DISTRO_NAME": ""}

    @property
    def state(self) -> Path:
        return self.home / ".tillstream"

    @property
    def target(self) -> Target:
        return Target.load(self.state)

    def start(self, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
        """Start a subcommand and leave it running."""
        call = [sys.executable, "-m", "tillstream", *arguments]
        return subprocess.Popen(call, cwd=self.checkout, env=self.environment, text=True, **options)

    def run(self, *arguments: str, seconds: float = PATIENCE_SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run a subcommand to its end, whether it succeeds or not."""
        call = [sys.executable, "-m", "tillstream", *arguments]
        return subprocess.run(
            call, cwd=self.checkout, env=self.environment, text=True, capture_output=True, timeout=seconds, check=False
        )

    def do(self, *arguments: str, seconds: float = PATIENCE_SECONDS) -> str:
        """Run a subcommand that must succeed; returns its standard output."""
        done = self.run(*arguments, seconds=seconds)
        assert done.returncode == 0, (
            f"tillstream {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def reconcile(self, *arguments: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The answer of an exact reconciliation that must agree."""
        answer: dict[str, Any] = json.loads(self.do("reconcile", *arguments, "--exact", "--json", seconds=seconds))
        assert answer["agree"] is True
        return answer

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table, in the order of their keys."""
        pages = self.target.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return sorted(
            (item for page in pages for item in page["Items"]), key=lambda item: json.dumps(item, sort_keys=True)
        )

    def empty(self) -> None:
        """Make lake bucket, lake, both order tables and the warehouse as empty as after a first `up`, in a second.

        No job may run, and nothing may have been streamed: raw files that are gone would be missed, and rightly.
        """
        config = RunConfig.load(State(self.state).config_file)
        s3, dynamodb = self.target.client("s3"), self.target.client("dynamodb")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.target.lake_bucket):
            found = [{"Key": it["Key"]} for it in page.get("Contents", [])]
            if found:
                s3.delete_objects(Bucket=self.target.lake_bucket, Delete={"Objects": found, "Quiet": True})
        for table in (self.target.invoices_table, self.target.customers_table):
            dynamodb.delete_table(TableName=table)
        config.lake_db.unlink()
        for table in ("loaded_batches", "order_lines"):
            self.do("sql", f"DELETE FROM {table}")
        provisioning.create(config)


@contextlib.contextmanager
def platform(home: Path, *options: str) -> Iterator[Laptop]:
    """A platform that runs inside the block; nothing of it is left afterwards."""
    laptop = Laptop(home)
    laptop.do("up", "--detach", *options)
    try:
        yield laptop
    finally:
        said = laptop.do("down")
    if "--in-memory" in options:
        assert said == "stopped; it ran in memory, so the data of this run was wiped\n"
        assert not State(laptop.state).data("laptop", in_memory=True).exists()


def hops(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The hops of a reconciliation by their names."""
    return {hop["name"]: hop for hop in answer["hops"]}


def pid_of(laptop: Laptop, part: str) -> int:
    """The process id of a running server, by `status`."""
    status = json.loads(laptop.do("status", "--json"))
    return next(int(entry["pid"]) for entry in status["parts"] if entry["name"] == part)
