"""Which tests run in one process, and what the processes share."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from local.processes import wait_until
from tests.parts import shared
from tests.workers import FIRST, TOGETHER

CHECKOUT = Path(__file__).parents[1]


def test_the_files_that_are_named_are_there() -> None:
    named = [*(file for files in TOGETHER.values() for file in files), *(set(FIRST) - TOGETHER.keys())]
    assert [file for file in named if not (CHECKOUT / file).exists()] == []


def test_a_file_that_shares_a_costly_fixture_runs_with_the_others() -> None:
    asks = {"spark": "from tests.spark import", "infra": "every_stage: ", "platform": "shared_laptop: "}
    for name, words in asks.items():
        files = [file for file in (CHECKOUT / "tests").rglob("test_*.py") if words in file.read_text("utf-8")]
        found = {str(file.relative_to(CHECKOUT)) for file in files} - {str(Path(__file__).relative_to(CHECKOUT))}
        assert found
        assert {file for file in found if not file.startswith(TOGETHER[name])} == set()


class Servers:
    """Servers that only count: how many were started, and how many run."""

    started = running = 0

    @contextmanager
    def start(self) -> Iterator[str]:
        self.started += 1
        self.running += 1
        yield f"server {self.started}"
        self.running -= 1


def test_a_shared_server_is_started_by_the_first_and_ends_after_the_last(tmp_path: Path) -> None:
    servers, file, first_may_end = Servers(), tmp_path / "server", Event()

    def use() -> None:
        with shared(file, servers.start):
            first_may_end.wait()

    first = Thread(target=use)
    first.start()
    assert wait_until(file.exists, 300)
    with shared(file, servers.start) as address:
        first_may_end.set()
        first.join(0.1)
        assert (address, servers.started, servers.running) == ("server 1", 1, 1)
    first.join()
    assert servers.running == 0
    with shared(file, servers.start) as address:
        assert (address, servers.running) == ("server 2", 1)
