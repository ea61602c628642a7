"""Measures how quickly the sales page follows its filters, with a simulated full year: `python -m tests.web.pace`.

It prints one JSON object: milliseconds from a choice to the painted frame, over 20 choices, and the machine's load.
"""

import tempfile
from pathlib import Path

from tests.web.chromium import NO_CHROMIUM, chromium
from tests.web.pages import page_server
from web.building import WEB, build, install, run_node


def main() -> str:
    """The measured times of the filters, as JSON."""
    browser = chromium()
    if not browser:
        return NO_CHROMIUM
    install()
    build()
    with tempfile.TemporaryDirectory() as folder, page_server(Path(folder), "http://127.0.0.1:9/P") as address:
        return run_node(WEB / "tests" / "pace.ts", variables={"PAGES": address, "CHROMIUM": browser})


if __name__ == "__main__":
    print(main().strip())
