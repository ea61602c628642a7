"""The packages of the Lambda functions, built once for Lambda and once for this machine.

    .tillstream/build/assets/<deployable>-<hash>/deploy/    what `cdk deploy` uploads: arm64, Python 3.13
    .tillstream/build/assets/<deployable>-<hash>/host/      its twin, that the laptop runs and the tests import

Both hold the same subset of the lock and the same files of the checkout, and nothing else. A folder's name carries a
hash of all its inputs, so building again is a no-op. A change of the checkout's code needs no network: installed
packages are kept apart, and linked into each asset.

    python -m infra.packaging          # build all of them
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.packaging.builds import BUILD, CHECKOUT, BuildFailed, digest_of, once
from infra.packaging.sources import handler_module, sources

ROOMS: Final = ("lambdas", "consumers", "infra/custom_resources")
"""The folders whose folders with a `handler.py` are functions."""

DEPLOYABLES: Final = tuple(
    f"{room}/{handler.parent.name}" for room in ROOMS for handler in sorted((CHECKOUT / room).glob("*/handler.py"))
)
"""The folder of each function."""

# The inputs of the build that are not files: a change here builds every asset anew.
_RECIPE: Final = "2"
_DEPLOY: Final = ("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13")
_HOST: Final = ("--python", sys.executable)
_HOST_TAG: Final = f"{platform.python_version()} {sys.implementation.cache_tag} {sys.platform} {platform.machine()}"
_INSTALL_NOTES: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


@dataclass(frozen=True, slots=True)
class Asset:
    """A deployable's two folders. `digest` is of the deployed one only, so that it is the same on every machine."""

    folder: Path
    digest: str

    @property
    def deploy(self) -> Path:
        """The folder that Lambda runs."""
        return self.folder / "deploy"

    @property
    def host(self) -> Path:
        """The folder that this machine runs."""
        return self.folder / "host"


def requirements(deployable: str, root: Path = CHECKOUT) -> str:
    """The deployable's own lock, as an installer reads it: its packages and all that they need, pinned and hashed."""
    return (root / deployable / "requirements.lock").read_text("utf-8")


def asset(deployable: str, root: Path = CHECKOUT, build: Path = BUILD) -> Asset:
    """The deployable's asset, built unless the same inputs were built before; raises `BuildFailed`."""
    wanted = requirements(deployable, root)
    files = sources(root, handler_module(deployable))
    code = (part for path in files for part in (str(path), (root / path).read_bytes()))
    digest = digest_of(_RECIPE, *_DEPLOY, wanted, *code)
    built = Asset(build / "assets" / f"{Path(deployable).name}-{digest_of(digest, _HOST_TAG)[:16]}", digest)

    def fill(folder: Path) -> None:
        for name, options, tag in (("deploy", _DEPLOY, "arm64"), ("host", _HOST, _HOST_TAG)):
            installed = _installed(wanted, options, tag, build)
            shutil.copytree(installed, folder / name, copy_function=os.link)
            _copy(root, files, folder / name)

    once(built.folder, fill)
    return built


def _installed(wanted: str, options: tuple[str, ...], tag: str, build: Path) -> Path:
    """A folder that holds exactly these packages for one platform, shared by all assets that want the same."""
    folder = build / "packages" / digest_of(_RECIPE, *options, tag, wanted)[:16]
    once(folder, lambda part: _install(wanted, options, part))
    return folder


def _install(wanted: str, options: tuple[str, ...], folder: Path) -> None:
    """Install pinned packages into `folder`, without the installer's notes about this machine and this day."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(wanted)
        file.flush()
        command = [_uv(), "pip", "install", "--quiet", "--only-binary", ":all:", "--no-deps", "--require-hashes"]
        command += [*options, "--target", str(folder), "-r", file.name]
        ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        raise BuildFailed(f"packages for {' '.join(options)} could not be installed:\n{ran.stderr.strip()}")
    # Scripts name this machine's interpreter, and a RECORD holds their hashes.
    shutil.rmtree(folder / "bin", ignore_errors=True)
    (folder / ".lock").unlink(missing_ok=True)
    for path in folder.glob("*.dist-info/*"):
        if path.name in _INSTALL_NOTES:
            path.unlink()


def _uv() -> str:
    """The `uv` of this environment, which the lock pins."""
    from uv import find_uv_bin

    return find_uv_bin()


def _copy(root: Path, files: Iterable[Path], folder: Path) -> None:
    """Copy files of the checkout from `root` to the same paths under `folder`."""
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
