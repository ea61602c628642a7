"""The documents of a file: itself, or those inside a gzip or a zip, unpacked while they are read.

The first bytes of a file decide its format, whatever its name. Memory stays flat whatever the file claims to hold: it
is unpacked some kilobytes at a time, so that nothing more than one record of it is ever in memory.
"""

import gzip
import io
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import BinaryIO, Final, cast

import msgspec

from commerce.errors import NotCsv, UnreadableDocument, shown

BROKEN: Final = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile)
"""The exceptions of reading a wrapped document that is damaged or ends too early."""

SUFFIXES: Final = (".csv", ".tsv", ".txt")
"""The suffixes of documents inside a zip that holds other files beside them."""

_LARGEST_DIRECTORY: Final = 4_000_000
"""Bytes of a zip's table of contents that are accepted, since zipfile holds it in memory: some 50,000 files."""

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE: Final = (
    ("xl/", "an Excel workbook: save it as CSV UTF-8 from the spreadsheet program"),
    ("word/", "a Word document: save its table as CSV UTF-8 from a spreadsheet program"),
    ("ppt/", "a PowerPoint presentation"),
    ("META-INF/manifest.xml", "an OpenDocument file: save it as CSV UTF-8 from the spreadsheet program"),
    ("Index/", "an Apple iWork document: export it as CSV in UTF-8"),
    ("[Content_Types].xml", "a document of an office program: save it as CSV UTF-8"),
)
"""The kind of document that a zip is, by the beginning of one of its file names."""


class Unwrapped(msgspec.Struct, frozen=True):
    """One document: its name inside a zip (empty elsewhere), its wrapping, and a function that opens it.

    `opened` gives its bytes from the start, as they are unpacked: each time where `again` says so, else once.
    """

    member: str
    wrapping: str
    opened: Callable[[], BinaryIO]
    again: bool

    def within(self, name: str) -> str:
        """The document's name in errors: the file of this name, or the document in the zip."""
        return f"{name}/{self.member}" if self.member else name


def unwrapped(name: str, document: BinaryIO, note: Callable[[str], None]) -> Iterator[Unwrapped]:
    """The documents that the file holds, by name; each is read before the next one is asked for.

    `note` receives the other content of a zip. Raises `UnreadableDocument` if there is no document in it.
    """
    again = document.seekable()
    start = document.tell() if again else 0
    begins, document = _beginning(document)

    def from_start() -> BinaryIO:
        if again:
            document.seek(start)
        return document

    if begins.startswith(_GZIP):
        yield Unwrapped("", "gzip", lambda: cast(BinaryIO, gzip.GzipFile(fileobj=from_start())), again)
    elif begins in _ZIP:
        yield from _members(name, document, note)
    else:
        yield Unwrapped("", "file", from_start, again)


@contextmanager
def readable_again(document: BinaryIO) -> Iterator[BinaryIO]:
    """The document; a zip from a pipe as a temporary copy, since its table of contents is at its end.

    Every zip can be read again from its start by this, and everything except a pipe.
    """
    begins, document = _beginning(document)
    if document.seekable() or begins not in _ZIP:
        yield document
        return
    with tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(document, whole)
        whole.seek(0)
        yield cast(BinaryIO, whole)


def _beginning(document: BinaryIO) -> tuple[bytes, BinaryIO]:
    """The first bytes of the document, and the document from its start."""
    if document.seekable():
        start = document.tell()
        begins = document.read(4)
        document.seek(start)
        return begins, document
    begins = document.read(4)
    return begins, cast(BinaryIO, io.BufferedReader(Rejoined(begins, document)))


class Rejoined(io.RawIOBase):
    """A stream that begins with bytes that were read from it already."""

    def __init__(self, begins: bytes, rest: BinaryIO) -> None:
        self._begins = begins
        self._rest = rest

    def readable(self) -> bool:
        """Say to `io` that bytes can be read from it."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Put the next bytes into the buffer, and give their number; 0 at the end."""
        # read1 answers as soon as something is there: rows of a pipe need not wait for 64 KB of them
        read1 = getattr(self._rest, "read1", self._rest.read)
        found = self._begins[: len(buffer)] or read1(len(buffer))
        self._begins = self._begins[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)


class _SmallReads(io.RawIOBase):
    """The bytes of a zip, read in small pieces except for a table of contents of bearable size."""

    def __init__(self, document: BinaryIO) -> None:
        self._document = document

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._document.seek(offset, whence)

    def tell(self) -> int:
        return self._document.tell()

    def read(self, size: int = -1, /) -> bytes:
        if size > _LARGEST_DIRECTORY:
            raise zipfile.BadZipFile(f"its table of contents is above {_LARGEST_DIRECTORY:,} bytes")
        return self._document.read(size)


def _members(name: str, document: BinaryIO, note: Callable[[str], None]) -> Iterator[Unwrapped]:
    with (
        readable_again(document) as document,
        _named_if_broken(name),
        zipfile.ZipFile(cast(BinaryIO, _SmallReads(document))) as archive,
    ):
        for info in _documents(name, archive.infolist(), note):
            yield Unwrapped(info.filename, "zip", partial(_opened, name, archive, info), again=True)


@contextmanager
def _named_if_broken(name: str) -> Iterator[None]:
    """Raise zipfile's errors for a damaged zip as `UnreadableDocument`."""
    try:
        yield
    except (*BROKEN, NotImplementedError, ValueError) as error:
        raise UnreadableDocument(f"{name}: broken zip: {error}") from None


def _opened(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    if info.flag_bits & 1:
        raise UnreadableDocument(f"{name}/{info.filename} is encrypted: unpack it with its password")
    # others unpack a few kilobytes into gigabytes at once
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnreadableDocument(f"{name}/{info.filename} is packed by another method than deflate: unpack it")
    with _named_if_broken(name):
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, archive.open(info)), 65_536))


def _documents(name: str, infos: list[zipfile.ZipInfo], note: Callable[[str], None]) -> list[zipfile.ZipInfo]:
    """The documents among a zip's files, by name: *.csv, *.tsv and *.txt, or its only file."""
    names = [info.filename for info in infos]
    if not any(name.lower().endswith(SUFFIXES) for name in names):
        for begins, what in _OFFICE:
            if any(inner.startswith(begins) for inner in names):
                raise NotCsv(f"{name} is not CSV but {what}")
    files = [info for info in infos if info.filename and not info.is_dir() and not _is_hidden(info.filename)]
    named = [info for info in files if PurePosixPath(info.filename).suffix.lower() in SUFFIXES]
    if not named and len(files) == 1:
        named = files
    if not named:
        inside = shown(", ".join(info.filename for info in files))
        held = f" but {inside}: unpack it, each may be converted" if files else ""
        raise UnreadableDocument(f"{name}: the zip holds no *.csv, *.tsv or *.txt{held}")
    if others := [info.filename for info in files if info not in named]:
        note(f"{name}: {shown(', '.join(others))} in the zip is left out")
    return sorted(named, key=lambda info: info.filename)


def _is_hidden(path: str) -> bool:
    """Whether a file system added the file, such as macOS's __MACOSX/._day.csv."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(path).parts)
