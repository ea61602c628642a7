"""COPY loads what its manifest names, all or nothing, and says why not in Redshift's words."""

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local.redshift_data.databases import Failed, InMemory

FROM_MANIFEST = "COPY t FROM 's3://b/m' IAM_ROLE default FORMAT AS PARQUET MANIFEST"


@pytest.fixture
def warehouse() -> InMemory:
    warehouse = InMemory()
    warehouse.run("CREATE TABLE t (a VARCHAR(3), n INTEGER, p DECIMAL(13, 3), at TIMESTAMP)")
    return warehouse


def parquet(*rows: tuple[Any, ...], names: tuple[str, ...] = ("w", "x", "y", "z"), number: Any = None) -> bytes:
    kinds = [pa.string(), number or pa.int32(), pa.decimal128(13, 3), pa.timestamp("us", tz="UTC")]
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]
    body = io.BytesIO()
    pq.write_table(pa.table(columns, names=list(names)), body)
    return body.getvalue()


def put(warehouse: InMemory, *bodies: bytes, **changed: Any) -> None:
    """Objects and their manifest; `changed` is put into the last entry."""
    entries = [
        {"url": f"s3://b/{n}", "mandatory": True, "meta": {"content_length": len(body)}}
        for n, body in enumerate(bodies)
    ]
    warehouse.s3.objects |= {f"s3://b/{n}": body for n, body in enumerate(bodies)}
    entries[-1] |= changed
    warehouse.s3.objects["s3://b/m"] = json.dumps({"entries": entries}).encode()


def test_parquet_goes_by_position_whatever_the_columns_are_called(warehouse: InMemory) -> None:
    put(warehouse, parquet(("a", 1, None, 0)), parquet(("b", 2, None, None), names=("x", "w", "z", "y")))
    warehouse.run(FROM_MANIFEST)
    assert warehouse.run("SELECT * FROM t ORDER BY a") == [
        ("a", 1, None, "1970-01-01 00:00:00"),
        ("b", 2, None, None),
    ]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"meta": {"content_length": 7}}, "content_length 7"),
        ({"meta": {}}, "content_length is required"),
        ({"url": "s3://b/none"}, "Error NoSuchKey"),
    ],
)
def test_a_manifest_that_is_not_kept_fails_and_loads_nothing(
    warehouse: InMemory, changed: dict[str, Any], error: str
) -> None:
    put(warehouse, parquet(("a", 1, None, None)), parquet(("b", 2, None, None)), **changed)
    with pytest.raises(Failed, match=error):
        warehouse.run(FROM_MANIFEST)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_a_missing_object_is_skipped_unless_it_is_mandatory(warehouse: InMemory) -> None:
    put(warehouse, parquet(("a", 1, None, None)), b"", url="s3://b/none", mandatory=False)
    warehouse.run(FROM_MANIFEST)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(1,)]


def test_mandatory_is_false_by_default(warehouse: InMemory) -> None:
    entries = [{"url": "s3://b/none", "meta": {"content_length": 1}}]
    warehouse.s3.objects["s3://b/m"] = json.dumps({"entries": entries}).encode()
    warehouse.run(FROM_MANIFEST)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


@pytest.mark.parametrize("manifest", [b"{}", b"no", b'{"entries": []}', b'{"entries": [{"mandatory": true}]}'])
def test_a_manifest_that_is_none_is_named(warehouse: InMemory, manifest: bytes) -> None:
    warehouse.s3.objects["s3://b/m"] = manifest
    with pytest.raises(Failed, match="s3://b/m"):
        warehouse.run(FROM_MANIFEST)


def test_a_parquet_column_of_another_type_is_refused(warehouse: InMemory) -> None:
    put(warehouse, parquet(("a", 1, None, None), number=pa.int64()))
    with pytest.raises(
        Failed, match="incompatible Parquet schema for column 'n'. Column type: int4, Parquet type: BIGINT"
    ):
        warehouse.run(FROM_MANIFEST)


def test_parquet_text_that_is_too_long_fails_the_whole_load(warehouse: InMemory) -> None:
    put(warehouse, parquet(("a", 1, None, None)), parquet(("äbcd", 2, None, None)))
    with pytest.raises(Failed, match=r"Spectrum Scan Error\n.*character varying\(3\)"):
        warehouse.run(FROM_MANIFEST)
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_an_empty_csv_field_is_empty_text_and_a_null_number(warehouse: InMemory) -> None:
    warehouse.s3.objects["s3://b/x.csv"] = b'a,1,2.5,2010-12-01 08:26:00\n,,,\n"x,""",2,-1,\n\\N,3,0,\n'
    warehouse.run("COPY t FROM 's3://b/x.csv' IAM_ROLE default CSV")
    assert warehouse.run("SELECT * FROM t ORDER BY n") == [
        ("a", 1, "2.500", "2010-12-01 08:26:00"),
        ('x,"', 2, "-1.000", None),
        (None, 3, "0.000", None),
        ("", None, None, None),
    ]


@pytest.mark.parametrize("row", [b"a,1.5,1,", b"a,x,1,", b"abcd,1,1,", b"a,1", b"a,1,1,,9"])
def test_a_wrong_csv_row_fails_the_whole_load(warehouse: InMemory, row: bytes) -> None:
    warehouse.s3.objects["s3://b/x.csv"] = b"a,1,1,\n" + row + b"\n"
    with pytest.raises(Failed, match=r"^ERROR: Load into table 't' failed\.  Check 'sys_load_error_detail'"):
        warehouse.run("COPY t FROM 's3://b/x.csv' IAM_ROLE default CSV")
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_csv_that_is_not_utf8_is_refused_as_such(warehouse: InMemory) -> None:
    warehouse.s3.objects["s3://b/x.csv"] = b"a,1,1,\n\xa4,1,1,\n"
    with pytest.raises(Failed, match="String contains invalid or unsupported UTF8 codepoints"):
        warehouse.run("COPY t FROM 's3://b/x.csv' IAM_ROLE default CSV")
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]


def test_json_lines_go_by_name_and_what_has_no_column_is_left_out(warehouse: InMemory) -> None:
    lines = b'{"n": 2, "a": "x", "other": [1]}\n{"p": "1.5", "A": "not this column"}'
    warehouse.s3.objects["s3://b/x.json.gz"] = gzip.compress(lines)
    warehouse.run("COPY t FROM 's3://b/x.json' IAM_ROLE default FORMAT AS JSON 'auto' GZIP")
    assert warehouse.run("SELECT * FROM t ORDER BY n") == [("x", 2, None, None), (None, None, "1.500", None)]


def test_a_prefix_without_objects_is_an_error(warehouse: InMemory) -> None:
    with pytest.raises(Failed, match="The specified S3 prefix 'none' does not exist"):
        warehouse.run("COPY t FROM 's3://b/none' IAM_ROLE default CSV")


def test_a_load_that_fails_takes_back_its_whole_batch(warehouse: InMemory) -> None:
    put(warehouse, parquet(("a", 1, None, None)), url="s3://b/none")
    with pytest.raises(Failed, match="Query #2 failed with ERROR"):
        warehouse.run("INSERT INTO t (n) VALUES (1)", FROM_MANIFEST, "SELECT 1")
    assert warehouse.run("SELECT COUNT(*) FROM t") == [(0,)]
