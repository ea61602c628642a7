"""One document in the forms of people's files: each must give the same lines as the plain one."""

import csv
import gzip
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import strategies as st

from commerce.lines import FIRST_FIELDS
from tests.orders import cells

no_text = ["\r", *map(chr, range(0x80, 0xA0))]
texts = st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cs"], exclude_characters=no_text), max_size=8)
"""Quotes, delimiters, line feeds, letters beyond Latin-1.

No carriage return, which Python 3.11 does not quote, and no character whose byte Windows-1252 reads as another one.
"""

rows = st.lists(
    st.builds(
        lambda description, quantity, country: cells(Description=description, Quantity=quantity, Country=country),
        st.sampled_from(["AMBER KITE", '£5 "OFF"; a,b\tc|d', "Naïve  ", ""]) | texts,
        st.sampled_from(["6", "6.0", "-2", "six"]),
        st.sampled_from(["France", "Österreich"]),
    ),
    max_size=12,
)


class Form(msgspec.Struct, frozen=True):
    """The form of a document. `order` are the columns; columns that are not fields hold any text."""

    order: tuple[str, ...] = tuple(FIRST_FIELDS)
    delimiter: str = ","
    line_end: str = "\n"
    bom: bool = False
    latin_1: frozenset[int] = frozenset()
    wrapping: str = ""

    def written(self, rows: Sequence[Sequence[str]]) -> bytes:
        """The document of these rows, each with the cells of the eight fields in their order."""
        records = [self.order] + [self._arranged(dict(zip(FIRST_FIELDS, row, strict=True))) for row in rows]
        body = b"".join(self._record(at, record) for at, record in enumerate(records))
        return wrapped((b"\xef\xbb\xbf" if self.bom else b"") + body, self.wrapping)

    def _arranged(self, row: dict[str, str]) -> list[str]:
        return [row.get(title, "€ of another") for title in self.order]

    def _record(self, at: int, record: Sequence[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end).writerow(record)
        try:
            return text.getvalue().encode("latin-1" if at in self.latin_1 and ascii_besides(record) else "utf-8")
        except UnicodeEncodeError:
            return text.getvalue().encode()


def ascii_besides(record: Sequence[str]) -> bool:
    """Whether the Latin-1 bytes of the record are not valid UTF-8."""
    try:
        "".join(record).encode("latin-1").decode()
    except UnicodeDecodeError:
        return True
    except UnicodeEncodeError:
        return False
    return "".join(record).isascii()


def wrapped(body: bytes, wrapping: str) -> bytes:
    if wrapping == "gzip":
        return gzip.compress(body[: len(body) // 2], 1) + gzip.compress(body[len(body) // 2 :], 1)
    return zipped({"day.csv": body}, stored=wrapping == "zip, stored") if wrapping else body


def zipped(members: dict[str, bytes], *, stored: bool = False, **options: Any) -> bytes:
    """A zip of these files."""
    packed = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(packed, "w", **{"compression": method, **options}) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return packed.getvalue()


forms = st.builds(
    Form,
    order=st.permutations([*FIRST_FIELDS, "index", "a note"]).flatmap(
        lambda all_: st.sampled_from([tuple(all_), tuple(title for title in all_ if title in FIRST_FIELDS)])
    ),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
    latin_1=st.frozensets(st.integers(1, 12)),
    wrapping=st.sampled_from(["", "gzip", "zip", "zip, stored"]),
)
