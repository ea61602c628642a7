"""The files of a replay, read one after the other, and the share of them that is read."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from commerce.files.documents import check_dates
from console.files import is_stream, opened
from console.forms import Forms


def check_dates_of_all(files: Sequence[Path], forms: Forms) -> None:
    """Raise `SuspectDates` before any row is sent if one of the files has dates that would be misread.

    Of daily files only those of the later days prove that the day stands first. A pipe, which can be read once only, is
    judged when its turn comes.
    """
    for file in files:
        if not is_stream(file):
            with opened(file) as (name, document):
                check_dates(name, document, forms.of(file))


class Reading:
    """Opens the files in turn. Other threads may read `fraction`."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        endless = any(is_stream(file) for file in files)
        self._bytes = None if endless else sum(file.stat().st_size for file in files if file.exists())
        self._place: tuple[int, BinaryIO | None] = (0, None)
        self._last = 0

    @property
    def fraction(self) -> float | None:
        """The share of the files' bytes that is read, from 0 to 1; None if a file has no known size.

        It goes back where a file is read again from its start, as one is whose dates were examined first.
        """
        if self._bytes is None:
            return None
        before, document = self._place
        with suppress(ValueError):  # the file was closed between the two looks: it stands where it stood
            self._last = before + _position(document)
        return min(1.0, self._last / self._bytes) if self._bytes else 1.0

    def documents(self) -> Iterator[tuple[str, BinaryIO]]:
        """Each file's name and its bytes, from the first file on."""
        before = 0
        for file in self._files:
            with opened(file) as (name, document):
                self._place = before, document
                yield name, document
                before += _position(document)
                self._place = before, None


def _position(document: BinaryIO | None) -> int:
    return document.tell() if document is not None and document.seekable() else 0
