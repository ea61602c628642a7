"""Builds the documentation site from README, docs and the code: build/site/html/index.html.

    make docs

The pages are those that GitHub shows; `docs.site.reference` adds the reference, which is written from the code. A link
to a page, a file or a heading that is not there ends the build with exit code 1. Sphinx has an environment of its own,
by docs/site/tools.lock.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Final

from docs.site.contents import FRONT, tables_of_contents
from docs.site.reference import pages

HERE: Final = Path(__file__).parent
CHECKOUT: Final = HERE.parent.parent
OUT: Final = CHECKOUT / "build" / "site"
PYTHON: Final = OUT / "venv" / "bin" / "python"
"""The Python that has Sphinx; `make docs` creates it."""

_AT_THE_ROOT: Final = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
_LINK: Final = re.compile(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)")
_TO_THE_FRONT: Final = (
    f'<!doctype html><meta http-equiv="refresh" content="0; url={FRONT}.html"><title>Tillstream</title>' + "\n"
)


def main() -> int:
    """Build the site and print its address; the exit code is Sphinx's."""
    code = build(sources(CHECKOUT), OUT)
    if code == 0:
        print((OUT / "html" / "index.html").as_uri())
    return code


def sources(checkout: Path) -> dict[str, bytes]:
    """Every file that the site is made of, by its path in the checkout: pages, and the files that they link to."""
    written = [checkout / name for name in _AT_THE_ROOT] + sorted((checkout / "docs").rglob("*.md"))
    texts = {str(page.relative_to(checkout)): page.read_text("utf-8") for page in written}
    texts |= {f"docs/reference/{name}.md": text for name, text in pages().items()}
    files = {
        name: (checkout / name).read_bytes() for page, text in texts.items() for name in linked(page, text, checkout)
    }
    contents = tables_of_contents(texts)
    return files | {name: (text + contents.get(name.removesuffix(".md"), "")).encode() for name, text in texts.items()}


def linked(page: str, text: str, checkout: Path) -> Iterator[str]:
    """The files of the checkout that a page shows or links to: pictures, and sources to be downloaded."""
    for link in _LINK.findall(text):
        name = normpath(PurePosixPath(page).parent / link)
        if (checkout / name).is_file():
            yield name


def build(files: Mapping[str, bytes], out: Path) -> int:
    """Write the site of these files to `out`/html and answer Sphinx's exit code: 1 where a link leads to nothing."""
    source, html = out / "source", out / "html"
    for path in [path for path in source.rglob("*") if path.is_file()]:
        if str(path.relative_to(source)) not in files:
            path.unlink()
    for name, content in files.items():
        keep(source / name, content)
    shutil.rmtree(html, ignore_errors=True)
    options = ["-q", "-n", "-W", "--keep-going", "-j", "auto", "-c", str(HERE), "-d", str(out / "doctrees")]
    code = subprocess.run([PYTHON, "-m", "sphinx", "-b", "html", *options, source, html], check=False).returncode
    keep(html / "index.html", _TO_THE_FRONT.encode())
    return code


def keep(path: Path, content: bytes) -> None:
    """Write a file unless it has this content: Sphinx reads again only what has a new time."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
