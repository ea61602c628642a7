"""The packages of the Spark jobs, built once: Glue gets them, and the laptop runs them.

    .tillstream/build/assets/<job>-<hash>/job.py        the script
    .tillstream/build/assets/<job>-<hash>/rooms.zip     the modules of the checkout that it imports, with their SQL
                                                        (`--extra-py-files`)
    .tillstream/build/wheels/<hash>/*.whl               its packages, for Glue's Python 3.11 on x86_64

A compiled package cannot be imported from a zip, so Glue installs wheels itself (`--additional-python-modules`). The
laptop runs the same script and zip, with the packages of its own environment, which are of the same lock.
"""

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.packaging.builds import BUILD, CHECKOUT, BuildFailed, digest_of, once
from infra.packaging.functions import requirements
from infra.packaging.sources import sources, statements

JOBS: Final = tuple(sorted(script.parent.name for script in (CHECKOUT / "glue_jobs").glob("*/job.py")))
"""The folders of `glue_jobs` that are jobs."""

REQUIREMENTS: Final = "glue_jobs"
"""The folder whose `requirements.txt` names the packages of every job, and whose lock pins them."""

# The inputs of the build that are not files: a change here builds every asset anew.
_RECIPE: Final = "2"
_PLATFORMS: Final = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
_GLUE: Final = (
    "--python-version",
    "3.11",
    "--implementation",
    "cp",
    "--abi",
    "cp311",
    "--abi",
    "abi3",
    "--abi",
    "none",
)
# The earliest time that zip knows: the bytes must not depend on when they are made.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class JobAsset:
    """The files of one job."""

    script: Path
    rooms: Path
    wheels: tuple[Path, ...]


def job_module(job: str) -> str:
    """The module that is a job's script.

    >>> job_module("curate")
    'glue_jobs.curate.job'
    """
    return f"glue_jobs.{job}.job"


def job_asset(job: str, root: Path = CHECKOUT, build: Path = BUILD) -> JobAsset:
    """The job's files, built unless the same inputs were built before; raises `BuildFailed` or `NoHandler`."""
    module = job_module(job)
    files = sources(root, module)
    files += statements(root, files)
    code = (part for path in files for part in (str(path), (root / path).read_bytes()))
    folder = build / "assets" / f"{job}-{digest_of(_RECIPE, *code)[:16]}"

    def fill(part: Path) -> None:
        script = root.joinpath(*module.split(".")).with_suffix(".py")
        (part / "job.py").write_bytes(script.read_bytes())
        _zip(root, files, part / "rooms.zip")

    once(folder, fill)
    return JobAsset(folder / "job.py", folder / "rooms.zip", wheels(root, build))


def wheels(root: Path = CHECKOUT, build: Path = BUILD) -> tuple[Path, ...]:
    """The wheels that Glue installs for every job: pinned, with all that they need: no package index is asked."""
    wanted = requirements(REQUIREMENTS, root)
    folder = build / "wheels" / digest_of(_RECIPE, *_PLATFORMS, *_GLUE, wanted)[:16]
    once(folder, lambda part: _download(wanted, part))
    return tuple(sorted(folder.glob("*.whl")))


def _zip(root: Path, files: tuple[Path, ...], path: Path) -> None:
    """Zip files of the checkout into the same bytes at any time and on any machine."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.as_posix(), _EPOCH), (root / file).read_bytes())


def _download(wanted: str, folder: Path) -> None:
    """Fetch pinned wheels into `folder`. (`uv`, which installs everything else, does not keep wheels as files.)"""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(wanted)
        file.flush()
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "-r", file.name, *_GLUE]
        command += [option for platform in _PLATFORMS for option in ("--platform", platform)]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise BuildFailed(f"the wheels of Glue's jobs could not be fetched:\n{ran.stderr.strip()}")
