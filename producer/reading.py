"""The files of a replay, read one after the other, and how much of them was read."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from stores.inputs import is_stream, opened


class Reading:
    """Opens the files in turn. `fraction` may be asked from another thread."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._files = files
        endless = any(is_stream(file) for file in files)
        self._bytes = None if endless else sum(file.stat().st_size for file in files if file.exists())
        self._before = 0
        self._furthest = 0.0
        self._document: BinaryIO | None = None

    @property
    def fraction(self) -> float | None:
        """How much of the files' bytes was read, from 0 to 1; None where one of them has no size."""
        if self._bytes is None:
            return None
        now = (self._before + self._position()) / self._bytes if self._bytes else 1.0
        self._furthest = min(1.0, max(self._furthest, now))  # a file that was closed just now has no position
        return self._furthest

    def documents(self) -> Iterator[tuple[str, BinaryIO]]:
        """Each file's name and its bytes, from the first file on."""
        self._before = 0
        for file in self._files:
            with opened(file) as (name, document):
                self._document = document
                yield name, document
                self._before += self._position()
                self._document = None

    def _position(self) -> int:
        document = self._document
        try:
            return document.tell() if document is not None and document.seekable() else 0
        except ValueError:  # closed between the two looks
            return 0
