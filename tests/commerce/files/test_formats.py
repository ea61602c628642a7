"""Formats that are no CSV are named, with what to do; the commands that are named make a CSV of the same lines."""

import bz2
import gzip
import io
import json
import lzma
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from commerce.errors import UnreadableDocument
from commerce.files.documents import order_lines
from commerce.files.formats import not_csv
from commerce.lines import OrderLine
from tests.forms import zipped
from tests.orders import cells, csv_document

DAY = csv_document(cells(StockCode="01-12-10"), cells(Description="", CustomerID="", UnitPrice="0.1", Quantity="-2"))
HEADER, *ROWS = [line.split(",") for line in DAY.decode().splitlines()]


def typed() -> Any:
    """The rows as a table whose columns have the types that programs give them."""
    import pyarrow as pa

    columns = dict(zip(HEADER, zip(*ROWS, strict=True), strict=True))
    of_type: dict[str, Callable[[str], Any]] = {
        "Quantity": int, "UnitPrice": float, "CustomerID": int, "InvoiceDate": datetime.fromisoformat,
    }  # fmt: skip
    read = {title: [of_type.get(title, str)(it) if it else None for it in cells_] for title, cells_ in columns.items()}
    return pa.table(read)


def parquet() -> bytes:
    from pyarrow import parquet

    parquet.write_table(typed(), made := io.BytesIO())
    return made.getvalue()


def orc() -> bytes:
    from pyarrow import orc

    orc.write_table(typed(), made := io.BytesIO())
    return made.getvalue()


def feather() -> bytes:
    from pyarrow import feather

    feather.write_feather(typed(), made := io.BytesIO())
    return made.getvalue()


def objects() -> list[dict[str, Any]]:
    return [
        dict(zip(HEADER, row, strict=True))
        | {"Quantity": int(row[3]), "UnitPrice": float(row[5]), "CustomerID": int(row[6]) if row[6] else None}
        for row in ROWS
    ]


def zstd() -> bytes:
    import zstandard

    return zstandard.compress(DAY)


def tar() -> bytes:
    with tarfile.open(fileobj=(made := io.BytesIO()), mode="w") as archive:
        info = tarfile.TarInfo("day.csv")
        info.size = len(DAY)
        archive.addfile(info, io.BytesIO(DAY))
    return made.getvalue()


def lines(path: Path) -> list[OrderLine | None]:
    with path.open("rb") as document:
        return [entry.line for entry in order_lines(str(path), document)]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableDocument) as refused:
        lines(path)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("day 1.parquet", parquet, "a Parquet file"),
        ("day.orc", orc, "an ORC file"),
        ("day.feather", feather, "an Arrow or Feather file"),
        ("it's.json", lambda: json.dumps(objects()).encode(), "JSON"),
        ("day.json", lambda: json.dumps(objects(), indent=2).encode(), "JSON"),
        ("day", lambda: b"".join(json.dumps(row).encode() + b"\n" for row in objects()), "JSON lines"),
        ("day.csv", lambda: DAY.decode().encode("utf-16"), "text in UTF-16"),
        ("day.txt", lambda: DAY.decode().encode("utf-16-le"), "text in UTF-16"),
        ("day.txt", lambda: DAY.decode().encode("utf-16-be"), "text in UTF-16"),
        ("day.txt", lambda: DAY.decode().encode("utf-32"), "text in UTF-32"),
        ("day.csv.bz2", lambda: bz2.compress(DAY), "packed by bzip2"),
        ("day.csv.xz", lambda: lzma.compress(DAY), "packed by xz"),
        ("day.csv.zst", zstd, "packed by zstd"),
    ],
)
def test_the_command_that_is_named_makes_a_csv_of_the_same_lines(
    tmp_path: Path, name: str, content: Callable[[], bytes], what: str
) -> None:
    (tmp_path / "right.csv").write_bytes(DAY)
    (tmp_path / name).write_bytes(content())
    result = refusal(tmp_path / name)
    assert result.startswith(f"{tmp_path / name}, line 1: is not CSV but {what}: `python -c ")
    (call,) = re.findall("`(.*)`", result)
    python, *rest = shlex.split(call)
    assert python == "python"
    subprocess.run([sys.executable, *rest], cwd=tmp_path, check=True, capture_output=True)
    assert lines(tmp_path / rest[-1]) == lines(tmp_path / "right.csv")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b'{"a": 1}\n', mtime=0), "day.jsonl, line 1: is not CSV but JSON lines: unpack the gzip first,"),
        (zipped({"a.parquet": b"PAR1\x15"}), "day.jsonl/a.parquet, line 1: is not CSV but a Parquet file: unpack the "),
        (zipped({"a.parquet": b"", "b.json": b""}), "day.jsonl: the zip holds no *.csv, *.tsv or *.txt but "
         "'a.parquet, b.json': unpack it, "),
        (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}), "day.jsonl is not CSV but an Excel workbook: "
         "save it as CSV UTF-8 from the spreadsheet program"),
        (zipped({"mimetype": b"", "META-INF/manifest.xml": b""}), "day.jsonl is not CSV but an OpenDocument file: "),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "day.jsonl is not CSV but a Word document: "),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "day.jsonl, line 1: is not CSV but a document of an old office program, such as "
         ".xls: save it as CSV UTF-8 from the spreadsheet program"),
        (b"Obj\x01\x04\x16avro.schema", "day.jsonl, line 1: is not CSV but an Avro file: save it as CSV or Parquet"),
        (tar(), "day.jsonl, line 1: is not CSV but a tar archive: unpack it (`python -m tarfile -e FILE`)"),
        (gzip.compress(tar(), mtime=0), "day.jsonl, line 1: is not CSV but a tar archive: "),
        (b"<!DOCTYPE html>\n", "day.jsonl, line 1: is not CSV but a web page: save the table, or download"),
        (b'{\n  "InvoiceNo": "1", "lines": []\n}', "day.jsonl, line 1: is not CSV but a JSON object: save the array "),
        (b"\xef\xbb\xbf [\n{}]", "day.jsonl, line 1: is not CSV but JSON: `python"),
        (b"7z\xbc\xaf\x27\x1c", "day.jsonl, line 1: is not CSV but a 7z archive: unpack it, or pack it by gzip or zip"),
        (b"GIF89a", "day.jsonl, line 1: is not CSV but a GIF picture"),
    ],
)  # fmt: skip
def test_what_no_command_converts_is_named_with_what_to_do(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "day.jsonl").write_bytes(content)
    assert refusal(tmp_path / "day.jsonl").removeprefix(f"{tmp_path}/").startswith(sentence)


def test_a_zip_of_csv_files_beside_an_office_document_is_read() -> None:
    packed = zipped({"day.csv": DAY, "xl/notes.xml": b"", "[Content_Types].xml": b""})
    assert len(list(order_lines("days.zip", io.BytesIO(packed)))) == 2


@pytest.mark.parametrize(
    "header",
    [b"ORCID,x\n", b"PAR1,x\n", b"[InvoiceNo],[StockCode]\n", b"BZh,x\n", b"GIF8 x", b"{InvoiceNo},x", b""],
)
def test_a_title_that_begins_as_a_format_does_is_a_title(header: bytes) -> None:
    assert not_csv(header, "day.csv") is None
