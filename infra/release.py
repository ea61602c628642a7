"""The content of a version's release: its section of the changelog, and the templates of every deployed stage.

    python -m infra.release --tag v0.1.0 --output build/release

The recorded version of the templates (`infra.checks.updates`) must be that of the release, so that the next one is
compared with what runs. Needs no account.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

from infra.checks.updates import recorded, version
from infra.stages import DEPLOYED

CHECKOUT: Final = Path(__file__).resolve().parent.parent


class NotReleasable(Exception):
    """The checkout is not the release that the tag names; the text says what is missing."""


def section(changelog: str, name: str) -> str:
    """The text under the heading of a version, `## 0.2.0` with or without a date behind it.

    Raises `NotReleasable` where there is none, or nothing under it.

    >>> section("# Changelog\\n\\n## 0.2.0, 2026-12-01\\n\\n* More.\\n\\n## 0.1.0\\n\\n* First.\\n", "0.2.0")
    '* More.'
    """
    found = re.search(rf"^## {re.escape(name)}\b(?!\.)[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not found or not found[1].strip():
        raise NotReleasable(f"CHANGELOG.md has no section {name}: put what is unreleased under the heading `## {name}`")
    return found[1].strip()


def check(tag: str, declared: str) -> None:
    """Raise `NotReleasable` where the tag is not the version that pyproject.toml declares, behind a `v`."""
    if tag != f"v{declared}":
        raise NotReleasable(f"the tag is {tag} and pyproject.toml says version {declared}: they must name the same")


def not_recorded(folder: Path) -> list[str]:
    """The stages whose templates, synthesized into a folder each, are not the recorded version."""
    return [stage.name for stage in DEPLOYED if version(folder / stage.name) != recorded(stage.name)]


def main(argv: list[str] | None = None) -> int:
    """Write notes and templates into the output, and return 0; 1 with the reason where this is not the release."""
    parser = argparse.ArgumentParser(prog="python -m infra.release", description="What a release of a version holds.")
    parser.add_argument("--tag", required=True, help="the tag, such as v0.1.0")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where to write it")
    options = parser.parse_args(argv)
    output: Path = options.output
    try:
        declared = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        check(options.tag, declared)
        notes = section((CHECKOUT / "CHANGELOG.md").read_text("utf-8"), declared)
        for stage in DEPLOYED:
            folder = output / "templates" / stage.name
            subprocess.run(
                [sys.executable, "-m", "infra.app", "--stage", stage.name, "--output", str(folder.resolve())],
                cwd=CHECKOUT,
                check=True,
            )
        if stages := not_recorded(output / "templates"):
            raise NotReleasable(
                f"the recorded version of {', '.join(stages)} is another: `python -m infra.checks.updates "
                f"{output / 'templates'} --record`, look at the difference, and commit it before the tag"
            )
    except NotReleasable as error:
        print(error, file=sys.stderr)
        return 1
    (output / "notes.md").write_text(notes + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
