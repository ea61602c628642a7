"""The folders that are deployed, and their twins for this machine."""

import hashlib
import os
import struct
from pathlib import Path
from typing import Final

import pytest

from infra.packaging import functions
from infra.packaging.builds import BUILD, CHECKOUT, BuildFailed
from infra.packaging.functions import DEPLOYABLES, Asset, asset
from infra.packaging.sources import handler_module, sources
from tests.infra.packaging.locked import entries, pinned, requirement

pytestmark = pytest.mark.parts

AARCH64: Final = 183  # EM_AARCH64 in elf.h
LAMBDA: Final = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
}


@pytest.fixture(scope="module", params=DEPLOYABLES)
def built(request: pytest.FixtureRequest) -> tuple[str, Asset]:
    """Each deployable with its asset."""
    return request.param, asset(request.param)


def wheels(folder: Path) -> dict[str, str]:
    """The version of each installed package."""
    found = {}
    for metadata in folder.glob("*.dist-info/METADATA"):
        head = dict(line.split(": ", 1) for line in metadata.read_text().splitlines()[:4] if ": " in line)
        found[head["Name"].lower().replace("_", "-").replace(".", "-")] = head["Version"]
    return found


def content(folder: Path) -> str:
    """A hash of every file's path, mode and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)} {path.stat().st_mode:o} ".encode() + path.read_bytes())
    return digest.hexdigest()


def test_the_versions_deployed_are_those_of_the_lock(built: tuple[str, Asset]) -> None:
    deployable, folders = built
    locked = {
        requirement(entry).name: pinned(entry)
        for entry in entries(CHECKOUT / deployable / "requirements.lock")
        if (marker := requirement(entry).marker) is None or marker.evaluate(LAMBDA)
    }
    assert wheels(folders.deploy) == locked


def test_the_twin_has_the_same_packages_and_the_same_files_of_ours(built: tuple[str, Asset]) -> None:
    deployable, folders = built
    assert wheels(folders.host) == wheels(folders.deploy)
    ours = sources(CHECKOUT, handler_module(deployable))
    for path in ours:
        assert (
            (folders.deploy / path).read_bytes() == (folders.host / path).read_bytes() == (CHECKOUT / path).read_bytes()
        )
    packages = {path.name for path in next(iter((BUILD / "packages").iterdir())).parent.glob("*/*")}
    rooms = {path.name for path in folders.deploy.iterdir()} - packages
    assert rooms == {path.parts[0] for path in ours}


def test_compiled_code_is_for_lambdas_python_and_machine(built: tuple[str, Asset]) -> None:
    deployable, folders = built
    extensions = list(folders.deploy.rglob("*.so")) + list(folders.deploy.rglob("*.so.*"))
    assert bool(extensions) == (not deployable.startswith("infra/"))
    for extension in extensions:
        head = extension.read_bytes()[:20]
        assert head[:4] == b"\x7fELF", extension
        assert struct.unpack_from("<H", head, 18) == (AARCH64,), extension
    for wheel in folders.deploy.glob("*.dist-info/WHEEL"):
        tags = {line.removeprefix("Tag: ") for line in wheel.read_text().splitlines() if line.startswith("Tag: ")}
        pure = any(tag.endswith("-none-any") for tag in tags)
        assert pure or all(tag.startswith("cp313-cp313-") and tag.endswith("_aarch64") for tag in tags), (wheel, tags)


def test_nothing_of_this_machine_is_deployed(built: tuple[str, Asset]) -> None:
    _, folders = built
    assert [
        str(path) for path in folders.deploy.rglob("*") if path.name in ("__pycache__", "RECORD", "INSTALLER", ".lock")
    ] == []
    assert not (folders.deploy / "bin").exists()
    machine = str(CHECKOUT).encode()
    assert [path for path in folders.deploy.rglob("*.py") if machine in path.read_bytes()] == []


def test_what_is_deployed_fits_into_a_function(built: tuple[str, Asset]) -> None:
    size = sum(path.stat().st_size for path in built[1].deploy.rglob("*") if path.is_file())
    assert size < 100_000_000, "Lambda takes 250 MB, unzipped"


def test_building_again_elsewhere_gives_the_same_bytes_under_the_same_name(tmp_path: Path) -> None:
    first, again = asset("lambdas/ingest"), asset("lambdas/ingest", build=tmp_path)
    assert (first.folder.name, first.digest) == (again.folder.name, again.digest)
    assert content(first.deploy) == content(again.deploy)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one function, to be changed."""
    folder = tmp_path / "checkout"
    (folder / "lambdas" / "hello").mkdir(parents=True)
    (folder / "lambdas" / "hello" / "handler.py").write_text("def handler(event, context): ...\n")
    [six] = [entry for entry in entries(CHECKOUT / "requirements.lock") if requirement(entry).name == "six"]
    (folder / "lambdas" / "hello" / "requirements.lock").write_text(six)
    return folder


def test_a_rebuild_of_the_same_inputs_does_nothing_and_a_change_gives_another_folder(checkout: Path) -> None:
    def build() -> Asset:
        return asset("lambdas/hello", checkout, checkout / "build")

    first = build()
    made = (first.folder.stat().st_ino, first.folder.stat().st_mtime_ns)
    assert build() == first
    assert (first.folder.stat().st_ino, first.folder.stat().st_mtime_ns) == made
    (checkout / "lambdas" / "hello" / "handler.py").write_text("def handler(event, context): return 1\n")
    second = build()
    assert second.folder != first.folder
    assert "return 1" in (second.host / "lambdas" / "hello" / "handler.py").read_text()
    assert "return 1" not in (first.host / "lambdas" / "hello" / "handler.py").read_text()


def test_what_a_private_umask_builds_is_readable_by_lambdas_user(checkout: Path) -> None:
    before = os.umask(0o077)
    try:
        built = asset("lambdas/hello", checkout, checkout / "build")
    finally:
        os.umask(before)
    modes = {
        path.stat().st_mode & (0o555 if path.is_dir() else 0o444) for path in (built.deploy, *built.deploy.rglob("*"))
    }
    assert modes == {0o555, 0o444}


def test_a_changed_file_needs_no_installer(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asset("lambdas/hello", checkout, checkout / "build")
    monkeypatch.setattr(functions, "_uv", lambda: "/bin/false")
    (checkout / "lambdas" / "hello" / "handler.py").write_text("def handler(event, context): return 2\n")
    assert asset("lambdas/hello", checkout, checkout / "build").deploy.is_dir()


def test_a_failed_build_leaves_nothing_behind(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "_uv", lambda: "/bin/false")
    with pytest.raises(BuildFailed, match="could not be installed"):
        asset("lambdas/hello", checkout, checkout / "build")
    assert [path for path in (checkout / "build").rglob("*") if not path.is_dir() or path.suffix == ".part"] == []
