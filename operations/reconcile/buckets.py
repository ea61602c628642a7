"""Buckets of bytes of which a fixed amount is in memory, and the rest in a temporary file."""

import os
from array import array
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Final

from commerce.errors import NoRoom

HELD_BYTES: Final = 16 << 20
"""The bytes that are kept in memory."""


class Buckets:
    """Buckets that grow by appending, and are read one at a time.

    The file has no name in its folder, and its room is free again when nothing refers to the buckets any more.
    """

    def __init__(self, count: int, held_bytes: int = HELD_BYTES) -> None:
        """Make so many empty buckets."""
        self._held = [bytearray() for _ in range(count)]
        self._begins, self._lengths = ([array("Q") for _ in range(count)] for _ in range(2))
        """The pieces of each bucket in the file, as plain integers: many buckets have many pieces each."""
        self.held_bytes, self._size = held_bytes, 0
        self._file: IO[bytes] | None = None
        self._end = 0

    def append(self, number: int, records: bytes) -> None:
        """Append to a bucket; raises `NoRoom` where the file has no room."""
        self._held[number] += records
        self._size += len(records)
        if self._size > self.held_bytes:
            self._put_away()

    def filled(self) -> list[int]:
        """The numbers of the buckets that hold something, rising."""
        return [number for number, held in enumerate(self._held) if held or self._lengths[number]]

    def read(self, number: int) -> bytes:
        """The whole content of a bucket."""
        return b"".join([*(self._at(begin, length) for begin, length in self._pieces(number)), self._held[number]])

    def read_part(self, number: int, begin: int, length: int) -> bytes:
        """A part of a bucket, which is read from one place."""
        for at, size in self._pieces(number):
            if begin < size:
                return self._at(at + begin, length)
            begin -= size
        return bytes(self._held[number][begin : begin + length])

    def length(self, number: int) -> int:
        """The bytes of a bucket."""
        return sum(self._lengths[number]) + len(self._held[number])

    def forget(self, number: int) -> None:
        """Empty a bucket."""
        self._size -= len(self._held[number])
        self._held[number], self._begins[number], self._lengths[number] = bytearray(), array("Q"), array("Q")

    def close(self) -> None:
        """Give up the file and its room; the buckets must be empty or unused from now on."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _pieces(self, number: int) -> Iterator[tuple[int, int]]:
        """The begin of each piece of a bucket in the file, and its length."""
        return zip(self._begins[number], self._lengths[number], strict=True)

    def _put_away(self) -> None:
        """Move what is in memory to the end of the file."""
        try:
            self._file = self._file or TemporaryFile(buffering=0)  # noqa: SIM115  # it is as long there as the buckets
            for number, records in enumerate(self._held):
                if records:
                    self._begins[number].append(self._end)
                    self._lengths[number].append(len(records))
                    self._write(self._file.fileno(), records)
                    self._held[number] = bytearray()
        except OSError as error:
            what = "the lines to compare, some 42 bytes a line and 84 while a hop is read, and 300 an invoice,"
            raise NoRoom(what, error.strerror) from error
        self._size = 0

    def _write(self, file: int, records: bytearray) -> None:
        left = memoryview(records)
        while left:
            written = os.pwrite(file, left, self._end)
            left, self._end = left[written:], self._end + written

    def _at(self, begin: int, length: int) -> bytes:
        assert self._file is not None
        return os.pread(self._file.fileno(), length, begin)
