"""Draws the pictures of the docs: platform.svg, the way of a row, and rooms.svg, which room imports which.

    apt-get install graphviz
    python -m docs.pictures.draw

Each picture carries the digest of its source, by which tests/test_pictures.py finds one that was not drawn again.
"""

import hashlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import tillstream
from tests.test_rooms import ROOMS, imports, modules

HERE: Final = Path(__file__).parent
PROGRAMS: Final = {"platform": "neato", "rooms": "dot"}
"""The pictures, each with the program of Graphviz that lays it out."""

TITLES: Final = {
    "platform": "The way of a row through services, code and stores, from CSV files to apps and Tableau",
    "rooms": "The rooms of the code, and which of them imports which",
}
_DEFAULTS: Final = """\
graph [pad=0.15, bgcolor=transparent]
node [shape=box, style="rounded,filled", width=1.68, height=0.64, fixedsize=true, fontname=Helvetica, fontsize=12]
edge [arrowsize=0.7]
"""
_DIGEST: Final = re.compile(r"<!-- digest of the source: (\w+) -->")


def main() -> None:
    """Write docs/platform.svg and docs/rooms.svg from their sources in docs/pictures."""
    for name in PROGRAMS:
        picture(name).write_text(drawn(name), "utf-8")


def picture(name: str) -> Path:
    """The file of a picture."""
    return HERE.parent / f"{name}.svg"


def source(name: str) -> str:
    """All that a picture is drawn from, as a graph of Graphviz."""
    lines = [_DEFAULTS, (HERE / f"{name}.dot").read_text("utf-8")]
    if name == "rooms":
        lines += [f"{above} -> {below}\n" for above, below in arrows(imported())]
        lines += [f"tillstream -> {room} [style=dashed]\n" for room in commanded()]
    return f"digraph {name} {{\n{''.join(lines)}}}\n"


def digest(name: str) -> str:
    """The digest of a picture's source and style."""
    return hashlib.sha256((source(name) + style()).encode()).hexdigest()


def digest_of_drawn(name: str) -> str | None:
    """The digest of the source from which the picture in the checkout was drawn."""
    found = _DIGEST.search(picture(name).read_text("utf-8"))
    return found[1] if found else None


def style() -> str:
    """The style of all pictures, for light and dark."""
    return (HERE / "style.css").read_text("utf-8")


def drawn(name: str) -> str:
    """The picture as SVG, with its colours left to the style."""
    done = subprocess.run([PROGRAMS[name], "-Tsvg"], input=source(name), capture_output=True, text=True, check=True)
    if done.stderr:  # words that do not fit, or nodes that touch
        raise SystemExit(f"{name}: {done.stderr}")
    svg = done.stdout
    body = svg[svg.index("<g id=") :]
    body = re.sub(r' (?:fill|stroke|font-family|font-size|font-weight)="(?!none)[^"]*"', "", body)
    box = re.search(r'viewBox="([^"]+)"', svg)
    assert box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box[1]}" role="img" aria-label="{TITLES[name]}">\n'
        f"<!-- digest of the source: {digest(name)} -->\n<style>\n{style()}</style>\n"
        f'<rect class="paper" width="100%" height="100%" rx="8"/>\n{body}'
    )


def imported() -> dict[str, set[str]]:
    """Each room with the rooms that its files import."""
    return {
        room: {name.split(".")[0] for path in modules(room) for name, _ in imports(path)} & (ROOMS.keys() - {room})
        for room in ROOMS
    }


def arrows(graph: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """The imports between rooms, less those of a room that is also reached through another.

    >>> arrows({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    [('a', 'b'), ('b', 'c')]
    """

    def reached(room: str) -> set[str]:
        return graph[room].union(*(reached(below) for below in graph[room]))

    return sorted(
        (above, below)
        for above, belows in graph.items()
        for below in belows - set[str]().union(*(reached(other) for other in belows))
    )


def commanded() -> list[str]:
    """The rooms in which the console command finds its subcommands."""
    return sorted({module.split(".")[0] for module, _ in tillstream.COMMANDS.values()} & ROOMS.keys())


if __name__ == "__main__":
    main()
