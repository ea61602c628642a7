"""The migrations make the table that the record says: a field that changes without a migration fails here."""

import re
from importlib.resources import files

from commerce.columns import COLUMNS, NAMES
from warehouse import schema
from warehouse.loading import LEDGER, TABLE, redshift_type

_A_COLUMN = r"(?P<name>\w+) (?P<type>\w+(?:\([\d,]+\))?)(?P<null> NOT NULL)? ENCODE (?P<encoding>\w+)"
_COLUMN = re.compile(_A_COLUMN)
_ADD_COLUMN = re.compile(rf"ALTER TABLE (?P<table>\w+) ADD COLUMN {_A_COLUMN}")


def columns_of(table: str) -> list[tuple[str, str, bool]]:
    """Name, type and nullability of the columns that the migrations give a table."""
    found = []
    for migration in schema.migrations():
        for sql in migration.statements:
            if added := _ADD_COLUMN.fullmatch(sql):
                if added["table"] == table:
                    found.append((added["name"], added["type"], not added["null"]))
                continue
            # another kind of statement has to be understood here first
            assert sql.startswith("CREATE TABLE"), f"{migration.version.name}: teach this test what it does: {sql}"
            if sql.startswith(f"CREATE TABLE {table} ("):
                body = sql[sql.index("(") + 1 : sql.index("\n)")]
                for line in body.strip().splitlines():
                    matched = _COLUMN.fullmatch(line.strip().rstrip(","))
                    assert matched, line
                    found.append((matched["name"], matched["type"], not matched["null"]))
    return found


def test_the_fact_table_has_the_records_columns_in_its_order() -> None:
    assert columns_of(TABLE) == [(column.name, redshift_type(column), column.nullable) for column in COLUMNS]


def test_the_ledger_has_the_columns_that_a_load_writes() -> None:
    assert [name for name, _, _ in columns_of(LEDGER)] == [
        "batch",
        "lines_staged",
        "lines",
        "lines_added",
        "manifest",
        "loaded_at",
    ]


def test_the_streaming_option_reads_the_same_columns() -> None:
    sql = (files("warehouse") / "options" / "streaming_ingestion.sql").read_text("utf-8")
    types = re.findall(r'line\."(\w+)" AS (\w+(?:\([\d,]+\))?)\)', sql)
    expected = {column.name: redshift_type(column) for column in COLUMNS}
    assert dict(types) == expected | {"InvoiceDate": "VARCHAR(19)"}
    assert [name.lower() for name in expected] == re.findall(r"\) AS ([a-z]+)", sql)[1:]


def test_the_keys_are_columns() -> None:
    (sql,) = schema.migrations()[0].statements
    keys = re.findall(r"(?:DISTKEY|SORTKEY) \((\w+)\)", sql)
    assert keys == ["InvoiceNo", "InvoiceDate"]
    assert set(keys) <= set(NAMES)
