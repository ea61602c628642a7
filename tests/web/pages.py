"""The real page server as a process of its own, in front of any API."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.config import RunConfig
from local.pages.admission import address
from local.parts.ports import free_port
from local.parts.programs import PAGES, python_program
from local.platform import Platform
from local.state import State
from tests.parts import running

KEY_ID, SECRET, REGION = "LAPTOP", "of the laptop", "us-east-1"
KEY = "of-the-pages"


def config(state: State, api_url: str) -> RunConfig:
    """A run whose pages ask this API, and nothing else."""
    return RunConfig(
        platform=Platform("laptop", REGION, "000000000000", (), (), (), (), (), (), {"ApiUrl": api_url}),
        endpoints={},
        bootstrap_servers="",
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        region=REGION,
        gateway_port=0,
        lambda_port=0,
        state=state.root,
        pages_port=free_port(),
        pages_key=KEY,
    )


@contextmanager
def page_server(folder: Path, api_url: str) -> Iterator[str]:
    """Serve the built pages while the block runs; yields the address that opens them."""
    state = State(folder)
    run = config(state, api_url)
    run.save(state.config_file)
    state.log(PAGES).parent.mkdir()
    with running(python_program(PAGES, state, run.pages_port)):
        yield address(run.pages_port, KEY)
