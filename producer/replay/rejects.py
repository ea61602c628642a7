"""The file of refused rows: JSON lines with file, line, row and reasons, in the order of the input files.

Its first `settled_bytes` belong to rows that the state counts as settled; a replay that resumes drops what is
behind them, since it reads those rows again. So no row is there twice, wherever the one before was killed.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from producer.errors import WrongUse
from producer.replay.plan import Reject

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


class Rejects:
    """Writes refused rows; without a path it writes nothing."""

    def __init__(self, path: Path | None, files: Sequence[Path], settled_bytes: int = 0) -> None:
        """Open the file, keeping its first `settled_bytes`; `files` are the input files by their index.

        Raises `WrongUse` where it cannot be written.
        """
        self._files = files
        self._file: BinaryIO | None = None
        self.settled_bytes = settled_bytes
        if path is None:
            return
        try:
            self._file = path.open("r+b" if settled_bytes and path.exists() else "wb")
        except OSError as error:
            raise WrongUse(f"--rejects {path} cannot be written: {error.strerror}") from error
        self.settled_bytes = min(settled_bytes, self._file.seek(0, os.SEEK_END))
        self._file.truncate(self.settled_bytes)
        self._file.seek(self.settled_bytes)

    def close(self) -> None:
        """Write the buffered rows and close the file."""
        if self._file is not None:
            self._file.close()

    def write(self, rejects: Iterable[Reject], *, settled: bool) -> None:
        """Add these rows; `settled` says that every row before them is settled."""
        if self._file is None:
            return
        for reject in rejects:
            self._file.write(_record(self._files[reject.row.file], reject) + b"\n")
        if settled:
            self.settled_bytes = self._file.tell()

    def sync(self) -> None:
        """Return when everything written is on the disk."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())


def _record(file: Path, reject: Reject) -> bytes:
    row = reject.row
    return _encode(
        {"file": row.within(str(file)), "line": row.line_number, "row": row.cells, "reasons": reject.reasons}
    )
