"""docs/redshift-local.md is right: what it says works does, what it says is refused is, by that name."""

import gzip
import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local.redshift_data.sql import functions
from local.redshift_data.sql.allowed import BY_NAME, FUNCTIONS
from tests.local.redshift_data.databases import Failed, InMemory

PAGE = (Path(__file__).parents[3] / "docs" / "redshift-local.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sql( batch)?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def rows_of(heading: str) -> list[tuple[str, str]]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|\n]+?) \| `(.+?)` \|$", section, re.MULTILINE)
    return [(words, sql.replace("\\|", "|")) for words, sql in rows]


def statements(block: str) -> list[str]:
    return [it.strip() for it in re.split(r";\n", block) if it.strip()]


@pytest.fixture(scope="module")
def documented() -> InMemory:
    """A database in which all supported examples have run, in the page's order."""
    warehouse = InMemory()
    table = pa.table(
        {
            "a": ["p"],
            "b": pa.array([None], pa.date32()),
            "c": pa.array([1], pa.int32()),
            "d": pa.array([None], pa.decimal128(13, 3)),
            "e": [True],
            "f": pa.array([None], pa.timestamp("us")),
        }
    )
    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    body = parquet.getvalue()
    entry = {"url": "s3://examples/lines.parquet", "mandatory": True, "meta": {"content_length": len(body)}}
    warehouse.s3.objects = {
        "s3://examples/lines.parquet": body,
        "s3://examples/lines.manifest": json.dumps({"entries": [entry]}).encode(),
        "s3://examples/lines.csv": b"id;n\n%q;1%;none\n",
        "s3://examples/packed.csv.gz": gzip.compress(b"r,2\n"),
        "s3://examples/lines.json": b'{"lineid": "s", "quantity": 3}\n{"lineid": "t"}\n',
    }
    for batch, block in BLOCKS:
        for sqls in [statements(block)] if batch else [[it] for it in statements(block)]:
            try:
                warehouse.run(*sqls)
            except Failed as failed:
                pytest.fail(f"{sqls}: {failed}")
    return warehouse


def test_every_supported_example_runs(documented: InMemory) -> None:
    assert documented.run("SELECT lineid FROM lines WHERE lineid IN ('p', 'q;1', 's', 't') ORDER BY 1") == [
        ("p",),
        ("q;1",),
        ("s",),
        ("t",),
    ]


@pytest.mark.parametrize(("name", "sql"), rows_of("What is refused by name"))
def test_what_is_not_supported_is_refused_by_its_name(documented: InMemory, name: str, sql: str) -> None:
    with pytest.raises(Failed) as failed:
        documented.run(sql)
    assert f"the laptop's Redshift does not support {name}" in str(failed.value)


@pytest.mark.parametrize(("error", "sql"), rows_of("What fails as in Redshift"))
def test_what_redshift_refuses_is_refused_in_its_words(documented: InMemory, error: str, sql: str) -> None:
    with pytest.raises(Failed) as failed:
        documented.run(sql)
    assert str(failed.value).startswith(f"ERROR: {error}")


@pytest.mark.parametrize("sql", ["TRUNCATE lines", "VACUUM lines", "ALTER TABLE lines APPEND FROM days"])
def test_what_commits_is_refused_in_a_batch(documented: InMemory, sql: str) -> None:
    with pytest.raises(
        Failed, match="Query #2 failed with ERROR: (TRUNCATE|VACUUM|ALTER TABLE APPEND) cannot run inside"
    ):
        documented.run("SELECT 1", sql)


def test_every_function_that_is_let_through_is_on_the_page() -> None:
    queries = PAGE.split("### Queries")[1].split("## What is refused")[0]
    names = {name for names in FUNCTIONS.values() for name in names.split(", ")}
    names |= {name.upper() for name in (*BY_NAME, *functions.FUNCTIONS)}
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", queries)] == []
