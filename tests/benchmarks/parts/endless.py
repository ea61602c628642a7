"""A part that starts a process in a session of its own, and never ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure.race import Size
from benchmarks.report.results import Comparison


def measure(size: Size) -> Iterator[Comparison]:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True)
    part = Path(os.environ["NOTED"] + ".part")
    part.write_text(f"{os.getpid()} {sleeper.pid}", "utf-8")
    part.rename(os.environ["NOTED"])
    sleeper.wait()
    yield Comparison("never", f"a comparison for the {size}")
