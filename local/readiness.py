"""The pipe by which a process of the platform reports to its supervisor that it serves.

A word in the log would share the stream with the records of other threads.
"""

import os
from typing import Final

VARIABLE: Final = "TILLSTREAM_READY"
"""The environment variable with the number of the descriptor to write to."""

WORD: Final = b"ready\n"


def tell_ready() -> None:
    """Report to the supervisor that this process serves; does nothing without a supervisor. Call it once."""
    descriptor = os.environ.pop(VARIABLE, None)  # child processes have nothing to report there
    if descriptor is not None:
        os.write(int(descriptor), WORD)
        os.close(int(descriptor))


class Readiness:
    """The supervisor's end of the pipe."""

    def __init__(self) -> None:
        """Give `write_end` and `environment` to the child, then `hand_over`."""
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self.environment = {VARIABLE: str(self.write_end)}
        self._told = False

    def hand_over(self) -> None:
        """Close the write end here: the child has its own copy."""
        os.close(self.write_end)

    @property
    def reported(self) -> bool:
        """Whether the child has reported that it serves."""
        if not self._told and self._read_end >= 0:
            try:
                self._told = os.read(self._read_end, len(WORD)) == WORD
            except BlockingIOError:
                return False
        return self._told

    def close(self) -> None:
        """Close the reading end of the readiness pipe; closing it twice is allowed."""
        if self._read_end >= 0:
            os.close(self._read_end)
        self._read_end = -1
