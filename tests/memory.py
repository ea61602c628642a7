"""The memory of a process, for the scripts that tests run in processes of their own."""

import re
from pathlib import Path


def peak_kilobytes() -> int:
    """The most memory that this process has held. Not `ru_maxrss`: a child's begins with its parent's."""
    found = re.search(r"VmHWM:\s*([0-9]+) kB", Path("/proc/self/status").read_text("ascii"))
    assert found is not None
    return int(found[1])
