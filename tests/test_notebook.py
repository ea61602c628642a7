"""The notebook runs over a lake and a warehouse of the same lines, and is committed without outputs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from commerce.columns import COLUMNS
from commerce.copies import Copies
from commerce.lines import OrderLine, order_row
from docs.notebook.unfilled import UNFILLED, sentence
from glue_jobs.staging import record_batch
from producer.generate import rows
from tests.redshift import running_redshift
from tests.test_rooms import CHECKOUT
from tests.warehouse.conftest import NO_S3
from tests.warehouse.loaded import schema_statements

NOTEBOOK = CHECKOUT / "docs" / "notebook" / "orders.ipynb"
PACKAGES = CHECKOUT / "build" / "notebook" / "packages"
WITH_JUPYTER = pytest.mark.skipif(not PACKAGES.is_dir(), reason="Jupyter is not there: `make notebook` installs it")


@pytest.fixture(scope="module")
def lines() -> list[OrderLine]:
    """A small generated day, with copies, returns and lines without a customer."""
    with Copies() as copies:
        return [
            copies.line(
                order_row(
                    {
                        "InvoiceNo": sold.invoice,
                        "StockCode": sold.code,
                        "Description": sold.description,
                        "Quantity": sold.quantity,
                        "InvoiceDate": sold.at.isoformat(),
                        "UnitPrice": Decimal(sold.price) / 1000,
                        "CustomerID": sold.customer,
                        "Country": sold.country,
                    }
                )
            )
            for sold in islice(rows(date(2010, 12, 1), invoices=10), 300)
        ]


@pytest.fixture(scope="module")
def stores(lines: list[OrderLine], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment variables of a lake in a folder and of a laptop's Redshift, both with these lines."""
    folder = tmp_path_factory.mktemp("lake")
    catalog = SqlCatalog("lake", uri=f"sqlite:///{folder}/lake.db", warehouse=f"file://{folder}")
    catalog.create_namespace("orders")
    batch = pa.Table.from_batches([record_batch(lines)])
    catalog.create_table("orders.order_lines", schema=batch.schema).append(batch)
    with running_redshift(NO_S3) as redshift:
        redshift.run(*schema_statements())
        for begin in range(0, len(lines), 200):
            redshift.run(f"INSERT INTO order_lines VALUES {', '.join(map(values, lines[begin : begin + 200]))}")
        yield {
            "TILLSTREAM_LAKE_CATALOG": f"jdbc:sqlite:{folder}/lake.db",
            "TILLSTREAM_LAKE_BUCKET": "none",
            "TILLSTREAM_LAKE_TABLE": "lake.orders.order_lines",
            "TILLSTREAM_WAREHOUSE_WORKGROUP": redshift.workgroup,
            "TILLSTREAM_WAREHOUSE_DATABASE": redshift.database,
            "TILLSTREAM_WAREHOUSE_SECRET": redshift.secret,
            "AWS_REGION": redshift.region,
            "AWS_DEFAULT_REGION": redshift.region,
            "AWS_ACCESS_KEY_ID": redshift.access_key_id,
            "AWS_SECRET_ACCESS_KEY": redshift.secret_access_key,
            "AWS_ENDPOINT_URL_REDSHIFT_DATA": redshift.endpoint,
            "AWS_ENDPOINT_URL_S3": NO_S3.endpoint,
        }


def values(line: OrderLine) -> str:
    """The line as a row of an INSERT."""
    cells = (getattr(line, column.name) for column in COLUMNS)
    return f"({', '.join(map(literal, cells))})"


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | Decimal) else "'" + str(value).replace("'", "''") + "'"


@WITH_JUPYTER
@pytest.mark.parts
@pytest.mark.scale
def test_the_notebook_runs_and_lake_and_warehouse_give_the_same_sum(
    lines: list[OrderLine], stores: dict[str, str], tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
    inside = {**kept, **stores, "PYTHONPATH": f"{PACKAGES}:{CHECKOUT}"}
    call = [sys.executable, "-m", "docs.notebook.run", str(tmp_path)]
    done = subprocess.run(call, env=inside, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "orders.html").read_text("utf-8")
    net = sum((line.Quantity * line.UnitPrice for line in lines), Decimal())
    assert f"{len(lines):,} lines of " in page
    assert "(True, True)" in page
    assert "WARN" not in page, "what Spark says of itself is in the log"
    assert "WARN" in (tmp_path / "kernel.log").read_text("utf-8")
    assert f"('{net:.3f}', '{net:.3f}')" in page
    assert len(re.findall(r"<img[^>]* src=\"data:image/png;base64", page)) == 4


@WITH_JUPYTER
@pytest.mark.parts
@pytest.mark.scale
def test_over_a_lake_without_a_table_the_notebook_says_what_fills_it(stores: dict[str, str], tmp_path: Path) -> None:
    inside = {**os.environ, **stores, "TILLSTREAM_LAKE_TABLE": "lake.orders.none"}
    inside["PYTHONPATH"] = f"{PACKAGES}:{CHECKOUT}"
    call = [sys.executable, "-m", "docs.notebook.run", str(tmp_path)]
    done = subprocess.run(call, env=inside, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"notebook: {UNFILLED}\n")


@pytest.mark.parametrize(
    ("error", "message", "said"),
    [
        ("NoSuchTableError", "Table does not exist: orders.order_lines", UNFILLED),
        ("RuntimeError", 'ERROR: relation "daily_sales" does not exist', UNFILLED),
        ("ZeroDivisionError", "division by zero", ""),
    ],
)
def test_the_error_of_a_cell_over_empty_stores_is_a_sentence(error: str, message: str, said: str) -> None:
    assert sentence(error, message) == said


def cells() -> list[dict[str, Any]]:
    return list(json.loads(NOTEBOOK.read_text("utf-8"))["cells"])


def test_the_notebook_is_committed_without_outputs_and_without_a_path_of_a_machine() -> None:
    code = [cell for cell in cells() if cell["cell_type"] == "code"]
    assert len(code) > 8
    assert [cell["source"] for cell in code if cell["outputs"] or cell["execution_count"]] == []
    assert not re.search(r"/(home|root|work|tmp|Users)/", NOTEBOOK.read_text("utf-8"))
