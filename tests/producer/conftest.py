"""An API to replay to, and the command that finds it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import tillstream
from tests.orders import cells, csv_document
from tests.producer.api_server import ApiServer

BEGUN: "list[subprocess.Popen[str]]" = []
"""The replays that the test has started in separate processes."""


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Kill the replays that a failed test has not awaited."""
    yield
    while BEGUN:
        process = BEGUN.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ApiServer]:
    """An API that accepts everything unless a test scripts it, as the platform that the commands find."""
    with ApiServer() as server:
        for name, value in environment(server.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield server


def environment(url: str) -> dict[str, str]:
    """The variables that point a command at this API."""
    return {
        "TILLSTREAM_API_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_REGION": "eu-west-1",
    }


@dataclass(frozen=True)
class Ended:
    """The end of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)  # type: ignore[no-any-return]

    @property
    def counts(self) -> dict[str, int]:
        summary = self.json
        assert list(summary) == ["rows", "accepted", "rejected", "retried", "unsent", "files", "seconds"]
        return {name: summary[name] for name in ("rows", "accepted", "rejected", "unsent")}


Command = Callable[..., Ended]


@pytest.fixture
def command(api: ApiServer, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `tillstream` with these arguments, in this process."""

    def run(*arguments: object) -> Ended:
        capfd.readouterr()
        try:
            code = tillstream.main(list(map(str, arguments)))
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def a_day(tmp_path: Path) -> Path:
    """A file of 25 rows, all different: quantities 1 to 25 on lines 2 to 26."""
    return a_file(tmp_path / "day.csv", 25)


def a_file(path: Path, rows: int, **fields: str) -> Path:
    """A file of this many rows that differ in quantity only."""
    path.write_bytes(csv_document(*(cells(Quantity=str(number), **fields) for number in range(1, rows + 1))))
    return path
