"""The machine on which a benchmark runs, and the commit that it measures."""

import os
import platform
import subprocess

import psutil

from benchmarks.report.results import Machine
from infra.packaging.builds import CHECKOUT
from local.parts.jars import check_java


def machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 2**30),
        system=f"{platform.system()} {platform.release().split('-')[0]}",
        python=platform.python_version(),
        java=check_java(),
    )


def commit() -> str:
    """The short commit of the checkout, with a mark where the code differs from it; `unknown` outside of git."""
    named = _git("describe", "--always") or "unknown"
    # each part writes its results into docs, which the next part of the same run finds changed
    return f"{named}, changed" if _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs") else named


def _git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True)
    return ran.stdout.strip()
