"""The order of the pages in the site's sidebar."""

from collections.abc import Iterable, Mapping
from typing import Final

FRONT: Final = "docs/README"
"""The page with which the site begins."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Begin": ("docs/first-minutes", "docs/pages", "docs/course", "docs/your-files"),
    "Understand": (
        "README",
        "docs/how-it-works",
        "docs/architecture",
        "docs/guarantees",
        "docs/compared",
        "docs/recordings",
    ),
    "Do": (
        "docs/own-tools",
        "docs/notebook/README",
        "docs/quarantine",
        "docs/alarms",
        "docs/kafka",
        "docs/tableau",
        "docs/deploy",
        "docs/operating",
        "docs/security",
        "docs/runbook/README",
    ),
    "Measured": ("docs/benchmarks", "docs/growth", "docs/faults", "docs/scale"),
    "Reference": (
        "docs/reference/commands",
        "docs/reference/api",
        "docs/reference/settings",
        "docs/alarms",
        "docs/data-dictionary",
        "docs/event-source",
        "docs/redshift-local",
    ),
    "Change it": ("CONTRIBUTING", "docs/adr/README", "CHANGELOG"),
}
_FOLDERS: Final = ("docs/runbook/", "docs/adr/")
"""Folders whose other pages stand below their README."""

_NEW: Final = "More"
"""The group of the pages that have no place above, so that a new page is never missing."""


def tables_of_contents(pages: Iterable[str]) -> dict[str, str]:
    """Sphinx's tables of contents, which make the sidebar, by the page to whose end each is added.

    >>> tables_of_contents(["docs/README.md", "docs/adr/README.md", "docs/adr/0001-a.md"])["docs/adr/README"].split()
    [':::{toctree}', ':hidden:', '/docs/adr/0001-a', ':::']
    """
    names = {page.removesuffix(".md") for page in pages}
    below = {
        f"{folder}README": sorted(name for name in names if name.startswith(folder) and name != f"{folder}README")
        for folder in _FOLDERS
    }
    placed = {FRONT}.union(*GROUPS.values(), *below.values())
    groups = {**GROUPS, _NEW: sorted(names - placed)}
    front = "".join(_table(group, f":caption: {title}\n") for title, group in groups.items() if group)
    return {FRONT: front} | {page: _table(its) for page, its in below.items()}


def _table(pages: Iterable[str], options: str = "") -> str:
    return f"\n:::{{toctree}}\n:hidden:\n{options}\n" + "".join(f"/{page}\n" for page in pages) + ":::\n"
