"""Our tables and views on the laptop's Redshift, without any line."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from stores.target import Target
from tests.parts import S3
from tests.redshift import Redshift, running_redshift
from tests.warehouse.loaded import schema_statements, warehouse_of
from warehouse.dictionary import Relation, relations

NO_S3 = S3("http://127.0.0.1:9", "nobody", "nothing")
"""An address without a server: nothing is copied."""


@pytest.fixture(scope="module")
def empty() -> Iterator[Redshift]:
    """A server with every table and view."""
    with running_redshift(NO_S3) as redshift:
        redshift.run(*schema_statements())
        yield redshift


@pytest.fixture(scope="module")
def described(empty: Redshift) -> tuple[Relation, ...]:
    """Every relation as the server describes it."""
    return relations(warehouse_of(empty))


def target_of(redshift: Redshift) -> Target:
    """A laptop that runs this server, and nothing else."""
    names = {field.name: "" for field in fields(Target)} | {
        "region": redshift.region,
        "warehouse_workgroup": redshift.workgroup,
        "warehouse_database": redshift.database,
        "warehouse_secret": redshift.secret,
        "access_key_id": redshift.access_key_id,
        "secret_access_key": redshift.secret_access_key,
    }
    return Target(**names | {"endpoints": {"redshift-data": redshift.endpoint}})  # type: ignore[arg-type]


@pytest.fixture
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without a running platform."""
    monkeypatch.setenv("TILLSTREAM_HOME", str(tmp_path))
    monkeypatch.delenv("TILLSTREAM_API_URL", raising=False)
    return tmp_path


@pytest.fixture
def laptop(nothing_runs: Path, empty: Redshift) -> Path:
    """A checkout whose laptop runs that server, and nothing else."""
    state = nothing_runs / ".tillstream"
    state.mkdir()
    (state / "target.json").write_text(json.dumps(asdict(target_of(empty))), "utf-8")
    return nothing_runs
