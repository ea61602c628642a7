"""`tillstream put`: files lie in incoming/ under their names, byte for byte."""

import gzip
import io
import json
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

import tillstream
from commerce.files.documents import order_lines
from console.forms import PLAIN_FORMS
from producer.errors import WrongUse
from producer.put import drops
from stores.target import Target
from tests.forms import zipped
from tests.laptops import a_laptop
from tests.orders import a_line, cells, csv_document
from tests.parts import S3


@pytest.fixture
def target(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The laptop of the checkout at `tmp_path`, with an empty lake bucket."""
    bucket = f"lake-{uuid4().hex[:12]}"
    target = a_laptop(tmp_path, monkeypatch, s3, region="us-east-1", lake_bucket=bucket, endpoints={"s3": s3.endpoint})
    target.client("s3").create_bucket(Bucket=bucket)
    return target


def dropped(target: Target) -> dict[str, bytes]:
    """The content of each object in the bucket, by its key."""
    client = target.client("s3")
    keys = [found["Key"] for found in client.list_objects_v2(Bucket=target.lake_bucket).get("Contents", [])]
    return {key: client.get_object(Bucket=target.lake_bucket, Key=key)["Body"].read() for key in keys}


DAY = csv_document(cells())


def a_file(path: Path, content: bytes = DAY) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


@pytest.mark.parts
def test_files_and_folders_lie_in_incoming_under_their_names(target: Target, tmp_path: Path) -> None:
    one = a_file(tmp_path / "in" / "day 1 £.csv", DAY + b"\xa3 latin \r\n")
    a_file(tmp_path / "folder" / "a.csv", DAY + b"a")
    a_file(tmp_path / "folder" / "b.csv", csv_document())
    a_file(tmp_path / "folder" / "no.txt")
    gz = a_file(tmp_path / "in" / "c.csv.gz", gzip.compress(DAY, mtime=0))
    assert tillstream.main(["put", one, str(tmp_path / "folder"), gz]) == 0
    assert dropped(target) == {
        "incoming/day 1 £.csv": DAY + b"\xa3 latin \r\n",
        "incoming/a.csv": DAY + b"a",
        "incoming/b.csv": csv_document(),
        "incoming/c.csv.gz": gzip.compress(DAY, mtime=0),
    }


@pytest.mark.parts
def test_mapped_files_lie_in_incoming_as_plain_ones(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapped = csv_document(cells(), cells(Quantity="six")).replace(b"InvoiceNo", b"Order")
    source = a_file(tmp_path / "in" / "days.zip", zipped({"1.csv": mapped, "2.csv": mapped}))
    map_ = a_file(tmp_path / "map.toml", b'[columns]\nInvoiceNo = "Order"')
    assert tillstream.main(["put", source, "--map", map_, "--json"]) == 0
    lying = dropped(target)
    assert list(lying) == ["incoming/days-1.csv", "incoming/days-2.csv"]
    lines = [entry.line for entry in order_lines("", io.BytesIO(lying["incoming/days-1.csv"]))]
    assert lines == [a_line(), None]
    said = capsys.readouterr()
    assert "incoming/days-1.csv (" in said.err
    assert "1 refused, which curate will quarantine)" in said.err
    assert json.loads(said.out)["files"][1] == {
        "file": f"{source}/2.csv",
        "key": "incoming/days-2.csv",
        "bytes": len(lying["incoming/days-2.csv"]),
        "replaced": False,
        "refused": 1,
    }


@pytest.mark.parts
def test_a_file_that_curate_would_quarantine_for_its_dates_is_not_put(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dates = ("01/12/2010 08:26", "13/12/2010 08:26")
    suspect = a_file(tmp_path / "b.csv", csv_document(*(cells(InvoiceDate=date) for date in dates)))
    fine = a_file(tmp_path / "a.csv", csv_document(cells(InvoiceDate=dates[0])))
    assert tillstream.main(["put", fine, suspect]) == 2
    assert 'until a map says date = "%d/%m/%Y %H:%M" (--map FILE)' in capsys.readouterr().err
    assert dropped(target) == {}
    map_ = a_file(tmp_path / "map.toml", b'date = "%d/%m/%Y %H:%M"')
    assert tillstream.main(["put", suspect, "--map", map_]) == 0
    assert list(dropped(target)) == ["incoming/b.csv"]


@pytest.mark.parts
def test_a_large_file_arrives_whole_in_parts(target: Target, tmp_path: Path) -> None:
    content = DAY + bytes(range(256)) * 4096 * 20
    assert tillstream.main(["put", a_file(tmp_path / "large.csv", content)]) == 0
    assert dropped(target) == {"incoming/large.csv": content}


@pytest.mark.parts
def test_the_same_name_again_replaces_and_says_so(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(tmp_path / "day.csv", DAY)
    assert tillstream.main(["put", file]) == 0
    assert capsys.readouterr().err == f"incoming/day.csv ({len(DAY)} bytes)\n"
    a_file(tmp_path / "day.csv", DAY + b"\n")
    assert tillstream.main(["put", file, "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == f"incoming/day.csv ({len(DAY) + 1} bytes, replaced an object of that name)\n"
    assert json.loads(said.out) == {
        "bucket": target.lake_bucket,
        "files": [{"file": file, "key": "incoming/day.csv", "bytes": len(DAY) + 1, "replaced": True}],
    }
    assert dropped(target) == {"incoming/day.csv": DAY + b"\n"}


@pytest.mark.parts
def test_a_bucket_that_is_not_there_is_one_sentence(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target.client("s3").delete_bucket(Bucket=target.lake_bucket)
    assert tillstream.main(["put", a_file(tmp_path / "day.csv")]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"tillstream put: {tmp_path / 'day.csv'} cannot be put at s3://{target.lake_bucket}/")
    assert said.count("\n") == 1


def test_a_path_that_is_none_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert tillstream.main(["put", str(tmp_path / "nothing.csv")]) == 2
    assert "is neither a file nor a folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PAR1\x15", "is not CSV but a Parquet file: `python -c "),
        (b"%PDF-1.7\n", "is not CSV but a PDF"),
        (b"\x89PNG\r\n", "is not CSV but a PNG picture"),
        (
            zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
            "is not CSV but an Excel workbook: save it as CSV",
        ),
        (
            zipped({"META-INF/manifest.xml": b"", "content.xml": b""}),
            "is not CSV but an OpenDocument file: save it as CSV",
        ),
        (zipped({"a.csv": DAY, "b.csv": b'{"InvoiceNo": 1}'}), "/b.csv, line 1: is not CSV but JSON lines"),
        (DAY.replace(b"StockCode", b"Article"), "line 1: no column StockCode among "),
        (b"", "is empty: its first line must name the columns"),
    ],
    ids=["Parquet", "PDF", "PNG", "xlsx", "ods", "JSON in a zip", "no column", "empty"],
)
def test_a_file_that_curate_would_quarantine_whole_is_refused_before_any_is_put(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, sentence: str
) -> None:
    fine, wrong = a_file(tmp_path / "a.csv"), a_file(tmp_path / "b.csv", content)
    assert tillstream.main(["put", fine, wrong]) == 2
    said = capsys.readouterr().err
    assert said.startswith("tillstream: none of the 2 files was put:\n")
    assert wrong in said
    assert sentence in said


def test_two_files_of_one_name_are_refused_before_anything_is_put(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (a_file(tmp_path / folder / "day.csv") for folder in ("a", "b"))
    with pytest.raises(WrongUse):
        drops([Path(one), Path(other)], PLAIN_FORMS, ExitStack())
    assert tillstream.main(["put", one, other]) == 2
    assert "would both be incoming/day.csv" in capsys.readouterr().err
