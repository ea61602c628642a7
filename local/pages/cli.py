"""`tillstream open`: the web pages of the running platform, in a browser or by their address."""

import html
import os
import webbrowser
from pathlib import Path
from typing import Final

from console.arguments import Parser
from console.exits import OK
from local.state import State
from stores.target import Target


def open(argv: list[str]) -> int:
    """Print the address of the pages, and open it where a browser can be shown."""
    parser = Parser(
        "tillstream open",
        description="Open the running platform's pages: pipeline, explorer, topic and files, sales. Where no browser "
        "can be shown, open the printed address by hand; it carries the key of the pages. Example: tillstream open",
    )
    parser.add_argument("--print", action="store_true", help="print the address only")
    given = parser.parse_args(argv)
    where = pages_address(State.here())
    print(where)
    if not given.print and can_show():
        webbrowser.open(leading_to(where, State.here()).as_uri())
    return OK


PAGE: Final = """\
<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={address}">
<title>Tillstream</title>
<a href="{address}">The pages of the running platform</a>
"""


def leading_to(address: str, state: State) -> Path:
    """A file that only this user can read, by which a browser opens the pages.

    Every user of the machine sees the arguments of a browser's process: the address there would give its key away. The
    file is in no hidden folder, since a browser that is confined, as a snap is, may not read those.
    """
    file = state.root.parent / "build" / "open.html"
    file.parent.mkdir(exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(PAGE.format(address=html.escape(address)), "utf-8")
    return file


def pages_address(state: State) -> str:
    """The address that opens the pages of the running platform; raises `NoTarget` if none runs."""
    from local.config import RunConfig
    from local.pages.admission import address

    Target.load(state.root)
    config = RunConfig.load(state.config_file)
    return address(config.pages_port, config.pages_key)


def can_show() -> bool:
    """Whether this session has a screen, its own or that of Windows around it."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
