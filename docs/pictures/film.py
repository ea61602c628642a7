"""Films a session at the terminal: runs its commands, and writes what they print, as it came, to docs/session.svg.

    python -m docs.pictures.film        # starts a platform of its own, and stops it

A line of the picture appears when the command printed it; longer pauses are shortened to `LONGEST_PAUSE_SECONDS`.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

PICTURE: Final = Path(__file__).parent.parent / "session.svg"
SESSION: Final = (
    "tillstream up --detach",
    "tillstream generate 2010-12-01 -o day.csv",
    "tillstream replay day.csv",
    "tillstream reconcile day.csv",
    "tillstream invoice 707000",
)
"""The commands, each of which must succeed."""

LONGEST_PAUSE_SECONDS: Final = 1.2
_LAST_PAUSE_SECONDS: Final = 8.0
_ROWS, _COLUMNS = 26, 118
_ROW, _COLUMN = 18, 7.8  # pixels
_STYLE: Final = """\
rect { fill: #16211b }
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d7e3da; white-space: pre }
.typed { fill: #8fd6a8; font-weight: bold }
#session { animation: session %(seconds).2fs step-end infinite }
@media (prefers-reduced-motion: reduce) { #session { animation: none; transform: translateY(%(end)dpx) } }
@keyframes session { %(frames)s }
"""
_PICTURE: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>A session: start the platform, send a day of orders, count every row, look at an invoice</title>
<style>
{style}</style>
<rect width="{width}" height="{height}" rx="8"/>
<g id="session">
{texts}
</g>
</svg>
"""


class Line(NamedTuple):
    """A line of the session, and the seconds from its beginning at which it was there."""

    text: str
    seconds: float


def main() -> int:
    """Film the session; 1, without a picture, if one of its commands fails."""
    with tempfile.TemporaryDirectory(prefix="tillstream-film-") as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TILLSTREAM_"))}
        tools = Path(sys.executable).parent
        own = {"TILLSTREAM_HOME": folder, "PATH": f"{tools}:{os.environ['PATH']}", "COLUMNS": str(_COLUMNS)}
        environment = kept | own
        try:
            lines = list(filmed(Path(folder), environment))
        except subprocess.CalledProcessError as failure:
            print(f"film: {failure}", file=sys.stderr)
            return 1
        finally:
            subprocess.run([tools / "tillstream", "down"], env=environment, stdout=subprocess.DEVNULL, check=False)
    PICTURE.write_text(picture(shortened(lines)), "utf-8")
    return 0


def filmed(folder: Path, environment: dict[str, str]) -> Iterator[Line]:
    """Run the session's commands; yields each line when it is printed."""
    began = time.monotonic()
    for command in SESSION:
        yield Line(f"$ {command}", time.monotonic() - began)
        call = subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert call.stdout is not None
        for line in call.stdout:
            print(line, end="")
            yield Line(line.rstrip().replace(str(folder), "~"), time.monotonic() - began)
        if call.wait():
            raise subprocess.CalledProcessError(call.returncode, command)


def shortened(lines: Sequence[Line]) -> list[Line]:
    """The lines with pauses of at most `LONGEST_PAUSE_SECONDS`.

    >>> shortened([Line("a", 1.0), Line("b", 31.0), Line("c", 31.5)])
    [Line(text='a', seconds=0.0), Line(text='b', seconds=1.2), Line(text='c', seconds=1.7)]
    """
    times = [0.0]
    for before, after in pairwise(lines):
        times.append(times[-1] + min(after.seconds - before.seconds, LONGEST_PAUSE_SECONDS))
    return [Line(line.text, round(at, 2)) for line, at in zip(lines, times, strict=True)]


def picture(lines: Sequence[Line]) -> str:
    """The session as an SVG that moves: each new line comes in at the bottom, as on a terminal."""
    seconds = lines[-1].seconds + _LAST_PAUSE_SECONDS
    height = _ROWS * _ROW
    # line n stands n rows below the first: lifted so far, it is the lowest that can be seen
    lifts = [height - (n + 1) * _ROW - _ROW // 2 for n in range(len(lines))]
    frames = " ".join(
        f"{100 * line.seconds / seconds:.3f}% {{ transform: translateY({lift}px) }}"
        for line, lift in zip(lines, lifts, strict=True)
    )
    return _PICTURE.format(
        width=int(_COLUMNS * _COLUMN) + 24,
        height=height,
        style=_STYLE % {"seconds": seconds, "end": lifts[-1], "frames": frames},
        texts="\n".join(_text(line.text[:_COLUMNS], n * _ROW + 14) for n, line in enumerate(lines)),
    )


def _text(line: str, y: int) -> str:
    typed = ' class="typed"' if line.startswith("$ ") else ""
    return f'<text x="12" y="{y}"{typed}>{escape(line)}</text>'


if __name__ == "__main__":
    sys.exit(main())
