"""`tillstream open`: the web pages of the running platform, in a browser or by their address."""

import os
import webbrowser

from console.arguments import Parser
from console.exits import OK
from local.state import State
from stores.target import Target


def open(argv: list[str]) -> int:
    """Print the address of the pages, and open it where a browser can be shown."""
    parser = Parser(
        "tillstream open",
        description="Open the running platform's pages: pipeline, explorer, topic and files. Where no browser can be "
        "shown, open the printed address by hand; it carries the key of the pages. Example: tillstream open",
    )
    parser.add_argument("--print", action="store_true", help="print the address only")
    given = parser.parse_args(argv)
    where = pages_address(State.here())
    print(where)
    if not given.print and can_show():
        webbrowser.open(where)
    return OK


def pages_address(state: State) -> str:
    """The address that opens the pages of the running platform; raises `NoTarget` if none runs."""
    from local.config import RunConfig
    from local.pages.admission import address

    target = Target.load(state.root)
    return address(RunConfig.load(state.config_file).pages_port, target.secret_access_key)


def can_show() -> bool:
    """Whether this session has a screen, its own or that of Windows around it."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
