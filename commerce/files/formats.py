"""Formats other than CSV: the name of each, and the one command that converts such a file to CSV.

The commands need what the project's .venv holds and nothing else. They keep every value as it is written: a program
that guesses types would make a date of a StockCode such as 01-12-10.
"""

import re
import shlex
from pathlib import PurePosixPath
from typing import Final

import msgspec


class Format(msgspec.Struct, frozen=True):
    """A format: its name, and advice. `code` is Python that converts the file of its first argument.

    It writes the file of the second one, a CSV or, where the format `packs` another file, that file.
    """

    what: str
    code: str = ""
    advice: str = ""
    packs: bool = False


_FROM_SPREADSHEET: Final = "save it as CSV UTF-8 from the spreadsheet program"
_UNPACK_ONCE: Final = "unpack it once"
_WRITE_ROWS: Final = (
    'w = csv.DictWriter(open(sys.argv[2], "w", newline="", encoding="utf-8"), rows[0]); '
    "w.writeheader(); w.writerows(rows)"
)


def _text_in(encoding: str) -> str:
    return (
        f'import sys; text = open(sys.argv[1], encoding="{encoding}", newline="").read(); '
        'open(sys.argv[2], "w", encoding="utf-8", newline="").write(text)'
    )


def _unpacked(module: str, opened: str) -> str:
    return f'import {module}, shutil, sys; shutil.copyfileobj({opened}, open(sys.argv[2], "wb"))'


_BZIP2 = Format("packed by bzip2", _unpacked("bz2", "bz2.open(sys.argv[1])"), packs=True)
_XZ = Format("packed by xz", _unpacked("lzma", "lzma.open(sys.argv[1])"), packs=True)
_ZSTD = Format("packed by zstd", _unpacked("zstandard", 'zstandard.open(sys.argv[1], "rb")'), packs=True)
_JSON = Format("JSON", f"import csv, json, sys; rows = json.load(open(sys.argv[1]), parse_float=str); {_WRITE_ROWS}")
_JSON_LINES = Format(
    "JSON lines",
    "import csv, json, sys; rows = [json.loads(line, parse_float=str) for line in open(sys.argv[1]) if line.strip()]; "
    + _WRITE_ROWS,
)
_JSON_OBJECT = Format("a JSON object", advice="save the array of its rows alone as JSON, then this says how to go on")
_HTML = Format("a web page", advice="save the table, or download the file again, as CSV")
_UTF_16 = "text in UTF-16"

_SIGNATURES: Final = (
    (rb"%PDF", Format("a PDF", advice="a CSV must come from the program that printed it")),
    (rb"PAR1[^ -~]", Format("a Parquet file",
     "import duckdb, sys; duckdb.read_parquet(sys.argv[1]).write_csv(sys.argv[2])")),
    (rb"ORC[^ -~]", Format("an ORC file",
     "import pandas, sys; pandas.read_orc(sys.argv[1]).to_csv(sys.argv[2], index=False)")),
    (rb"ARROW1\0", Format("an Arrow or Feather file",
     "import pandas, sys; pandas.read_feather(sys.argv[1]).to_csv(sys.argv[2], index=False)")),
    (rb"Obj\x01", Format("an Avro file", advice="save it as CSV or Parquet from the program that wrote it")),
    (rb"SQLite format 3\0", Format("an SQLite database", advice="export its table as CSV")),
    (rb"\x89HDF", Format("an HDF5 file", advice="save it as CSV from the program that wrote it")),
    (rb"RD[XA][23]\n", Format("an R data file", advice="write it by write.csv(…, row.names = FALSE) in R")),
    (rb"\x89PNG", Format("a PNG picture")),
    (rb"\xff\xd8\xff", Format("a JPEG picture")),
    (rb"GIF8[79]a", Format("a GIF picture")),
    (rb"II\*\0|MM\0\*", Format("a TIFF picture")),
    (rb"\xd0\xcf\x11\xe0", Format("a document of an old office program, such as .xls", advice=_FROM_SPREADSHEET)),
    (rb"\{\\rtf", Format("a text document (RTF)", advice="save its table as CSV UTF-8")),
    (rb"BZh[1-9]1AY&SY", _BZIP2),
    (rb"\xfd7zXZ\0", _XZ),
    (rb"\x28\xb5\x2f\xfd", _ZSTD),
    (rb"7z\xbc\xaf\x27\x1c", Format("a 7z archive", advice="unpack it, or pack it by gzip or zip", packs=True)),
    (rb"Rar!\x1a\x07", Format("a RAR archive", advice="unpack it, or pack it by gzip or zip", packs=True)),
    (rb"\x1f\x9d", Format("packed by compress", advice="unpack it, or pack it by gzip", packs=True)),
    (rb"\x04\x22\x4d\x18", Format("packed by lz4", advice="unpack it, or pack it by gzip", packs=True)),
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", Format("text in UTF-32", _text_in("utf-32"))),
    (rb"\xff\xfe|\xfe\xff", Format(_UTF_16, _text_in("utf-16"))),
    (rb"\x1f\x8b", Format("a gzip inside another wrapping", advice=_UNPACK_ONCE)),
    (rb"PK\x03\x04|PK\x05\x06", Format("a zip inside another wrapping", advice=_UNPACK_ONCE)),
)  # fmt: skip
"""The first bytes of each format, as a pattern. Letters alone prove none: a CSV's title may begin with them."""

BEGINNING_BYTES: Final = 1_000
"""Bytes of a document's first line in which its format is recognized."""

_BOM: Final = b"\xef\xbb\xbf"
_JSON_ARRAY: Final = re.compile(rb"""\[\s*($|[\[{])""")
_JSON_BEGINS: Final = re.compile(rb"""\{\s*($|["}])""")
_HTML_BEGINS: Final = re.compile(rb"<(!doctype html|html|\?xml|table)\b", re.IGNORECASE)


def not_csv(begins: bytes, name: str, wrapping: str = "file") -> str | None:
    """The format of a document that begins with these bytes, and the advice for it; None if it may be a CSV.

    `name` is what errors call the document; one inside a gzip or zip must be unpacked before a command can read it.

    >>> not_csv(b"%PDF-1.7", "day.csv")
    'a PDF: a CSV must come from the program that printed it'
    >>> not_csv(b"InvoiceNo,", "day.csv")
    """
    found = _format(begins)
    if found is None:
        return None
    named = ": ".join(filter(None, (found.what, found.advice)))
    if not found.code:
        return named
    plain = PurePosixPath(name).name.removesuffix(".gz")
    file = name if wrapping == "file" else plain
    made = plain.rsplit(".", 1)[0] if found.packs and "." in plain else f"{plain.rsplit('.', 1)[0]}.csv"
    made = made if made != plain else f"new-{made}"
    unpack = "" if wrapping == "file" else f"unpack the {wrapping} first, then "
    what = "unpacks it" if found.packs else "makes a CSV of it"
    return f"{named}: {unpack}`python -c '{found.code}' {shlex.quote(file)} {shlex.quote(made)}` {what}"


def _format(begins: bytes) -> Format | None:
    for signature, found in _SIGNATURES:
        if re.match(signature, begins, re.DOTALL):
            return found
    text = begins.removeprefix(_BOM).strip()
    if _JSON_ARRAY.match(text):
        return _JSON
    if _JSON_BEGINS.match(text):
        return _JSON_LINES if text.endswith(b"}") or len(begins) >= BEGINNING_BYTES else _JSON_OBJECT
    if _HTML_BEGINS.match(text):
        return _HTML
    if begins[257:262] == b"ustar":
        return Format("a tar archive", advice="unpack it (`python -m tarfile -e FILE`)", packs=True)
    if b"\0" not in begins:
        return None
    for encoding, zeros in (("utf-16-le", begins[1:40:2]), ("utf-16-be", begins[0:40:2])):
        if len(zeros) > 3 and not zeros.strip(b"\0"):
            return Format(_UTF_16, _text_in(encoding))
    return Format("binary")
