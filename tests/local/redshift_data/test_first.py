import io
import pytest, pyarrow as pa, pyarrow.parquet as pq
from tests.redshift import Redshift, put_manifest

pytestmark = pytest.mark.parts


def test_all(redshift: Redshift) -> None:
    assert redshift.run("select 1 as a, 'x' as b") == [(1, "x")]
    redshift.run("create table t (A varchar(5) not null encode zstd distkey, b decimal(13,3), c int) sortkey (a)")
    redshift.s3.create_bucket(Bucket="first")
    f = io.BytesIO()
    pq.write_table(
        pa.table({"x": ["a", "b"], "y": pa.array([1, None], pa.decimal128(13, 3)), "z": pa.array([1, 2], pa.int32())}),
        f,
    )
    redshift.s3.put_object(Bucket="first", Key="a.parquet", Body=f.getvalue())
    url = put_manifest(redshift, "first", "m.json", [("s3://first/a.parquet", len(f.getvalue()))])
    assert redshift.run(
        "lock t",
        "create temp table s (like t)",
        f"copy s from '{url}' iam_role default format as parquet manifest",
        "insert into t select * from s",
        "select * from t where a = :k",
        k="a",
    ) == [("a", "1.000", 1)]
    print(redshift.error("select 1", "select * from nix"))
    print(
        redshift.run("select c, count(*), sum(b)/count(*) as q, c/2 h, avg(c) from t group by 1 order by 1"),
        redshift.client.list_statements()["Statements"][0],
    )
    print(redshift.error("insert into t values ('abcdefg', 1, 1)"))
