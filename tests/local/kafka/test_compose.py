"""`--compose`: the file has the native parts' versions and settings, and docker is asked as a client.

docker itself was never run here: a program of the same name does what it is asked for with the native parts.
"""

import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest
import yaml

from local.config import RunConfig
from local.errors import MachineNotReady, PartFailed, StartFailed
from local.kafka import compose
from local.kafka.compose import Containers, Project, environment
from local.options import SERVICES
from local.parts import jars
from local.parts import kafka as kafka_part
from local.parts import s3 as s3_part
from local.parts.programs import Ports
from local.platform import Platform
from local.state import State
from local.supervisor import Supervisor, supervised
from stores.target import Target
from tests.local.test_cli_platform import SECONDS, Checkout, left

CHECKOUT: Final = Path(__file__).resolve().parents[3]
FAKE: Final = Path(__file__).with_name("fake_docker.py")
FILE: Final = yaml.safe_load((CHECKOUT / "docker-compose.kafka.yml").read_text("utf-8"))
NATIVE: Final = {"apache/kafka": "kafka", "amazon/dynamodb-local": "dynamodb", "andrewgaul/s3proxy": "s3"}


def default(text: str) -> str:
    """The text as compose reads it where the environment holds nothing."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def version_of(part: str) -> str:
    """The version of the first dependency of a part's pom, which is the part itself."""
    pom = ElementTree.parse(jars.source(part, "pom.xml")).getroot()
    [_, *versions] = [element.text for element in pom.iter() if element.tag.endswith("}version")]
    managed = len([element for element in pom.iter() if element.tag.endswith("}dependencyManagement")])
    return str(versions[managed])


def test_the_images_are_of_the_poms_versions() -> None:
    found = {service["image"] for service in FILE["services"].values()}
    assert found == {f"{image}:{version_of(part)}" for image, part in NATIVE.items()}
    assert version_of("kafka") == kafka_part.VERSION


def test_the_container_is_kafka_with_the_native_settings() -> None:
    service = FILE["services"]["kafka"]
    own = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs"}
    native = kafka_part.properties(9092, 9093, Path("data"))
    assert native.keys() == kafka_part.SETTINGS.keys() | own
    shared = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in kafka_part.SETTINGS.items()}
    assert {name: value for name, value in service["environment"].items() if name in shared} == shared
    others = {f"KAFKA_{name.upper().replace('.', '_')}" for name in own} | {"CLUSTER_ID"}
    assert service["environment"].keys() - shared.keys() == others
    assert service["environment"]["CLUSTER_ID"] == kafka_part.CLUSTER_ID
    advertised = default(service["environment"]["KAFKA_ADVERTISED_LISTENERS"])
    assert advertised == native["advertised.listeners"]
    assert default(service["environment"]["KAFKA_LISTENERS"]).replace("//:", "//127.0.0.1:") == native["listeners"]


def test_the_container_of_s3_has_the_native_settings() -> None:
    shared = {name.upper().replace(".", "_").replace("-", "_"): value for name, value in s3_part.SETTINGS.items()}
    result = FILE["services"]["s3"]["environment"]
    assert {name: value for name, value in result.items() if name in shared} == shared


def test_the_container_of_dynamodb_has_the_native_arguments() -> None:
    native = {"-port", "-sharedDb", "-disableTelemetry", "-dbPath"}
    assert {word for word in FILE["services"]["dynamodb"]["command"] if word.startswith("-")} - {"-jar"} == native


def test_ports_are_published_on_loopback_only_and_the_stores_stand_behind_a_profile() -> None:
    ports = {name: [default(port) for port in service["ports"]] for name, service in FILE["services"].items()}
    assert ports == {
        "kafka": ["127.0.0.1:9092:9092"],
        "dynamodb": ["127.0.0.1:8000:8000"],
        "s3": ["127.0.0.1:9000:80"],
    }
    profiles = {name: service.get("profiles") for name, service in FILE["services"].items()}
    assert profiles == {"kafka": None, "dynamodb": [compose.PROFILE], "s3": [compose.PROFILE]}
    assert {"kafka": ("kafka",), "all": tuple(FILE["services"])} == SERVICES


def test_the_file_asks_the_environment_for_what_we_give_and_nothing_else(tmp_path: Path) -> None:
    given = environment(Ports(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), config(State(tmp_path)))
    asked = set(re.findall(r"\$\{(\w+):-", (CHECKOUT / "docker-compose.kafka.yml").read_text("utf-8")))
    assert given.keys() == asked


def config(state: State) -> RunConfig:
    """A platform of nothing."""
    platform = Platform("laptop", "us-east-1", "0", (), (), (), (), (), (), {})
    return RunConfig(platform, {}, "", "KEY", "secret", "us-east-1", 1, 2, state.root)


class Docker:
    """The fake `docker` of a test: what it was asked for, and how it behaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "bin"
        self.path.mkdir(parents=True)
        command = self.path / "docker"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} {folder} "$@"\n')
        command.chmod(command.stat().st_mode | stat.S_IXUSR)

    def behaves(self, **how: str) -> None:
        (self.folder / "how.json").write_text(json.dumps(how))

    @property
    def asked(self) -> list[list[str]]:
        """Every call's arguments after the project, the verb first."""
        lines = (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []
        return [json.loads(line) for line in lines]

    @property
    def verbs(self) -> list[str]:
        return [" ".join(call) for call in self.asked]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Docker]:
    fake = Docker(tmp_path / "docker")
    monkeypatch.setenv("PATH", f"{fake.path}{os.pathsep}{os.environ['PATH']}")
    yield fake
    subprocess.run([fake.path / "docker", "all", "gone"], check=True)


@contextmanager
def running(state: State, which: str = "kafka") -> Iterator[Supervisor]:
    """The containers and the native servers beside them, until the block ends."""
    with supervised(state, "laptop", in_memory=False) as supervisor:
        Containers(which, "laptop").start(config(state), Ports.choose(None), supervisor, state, state.root / "data")
        yield supervisor


def start(state: State) -> None:
    with running(state):
        pass


def test_without_docker_that_is_said_and_what_to_do(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineNotReady) as refused:
        start(state)
    assert str(refused.value) == (
        "`docker` is not on the PATH: install Docker with its compose plugin, "
        "or run `tillstream up` without --compose, which needs no docker"
    )
    assert compose.memory(state).entries() == {}


def test_without_its_plugin_that_is_said(state: State, docker: Docker) -> None:
    docker.behaves(version="docker: unknown command: docker compose")
    with pytest.raises(MachineNotReady, match="`docker` has no command `compose`: install its compose plugin"):
        start(state)


def test_what_docker_says_when_it_fails_is_told_and_its_containers_are_taken_down(state: State, docker: Docker) -> None:
    docker.behaves(up="Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
    with pytest.raises(StartFailed, match="`docker compose up` failed .*: Cannot connect to the Docker daemon at"):
        start(state)
    assert docker.verbs == ["compose version", "up -d --wait", "down"]
    assert [it.running for it in compose.memory(state).entries().values()] == [False]


def test_two_checkouts_have_projects_of_their_own(tmp_path: Path) -> None:
    names = {compose.project_name(State(tmp_path / name), "laptop-compose-kafka") for name in ("one", "two")}
    assert len(names) == 2
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) for name in names)


def test_containers_that_a_killed_run_left_are_stopped_by_the_next(state: State, docker: Docker) -> None:
    compose.memory(state).put("tillstream-x", Project("all", running=True))
    compose.memory(state).put("tillstream-y", Project("kafka", running=False))
    compose.stop_left(state)
    assert docker.verbs == ["compose version", "--profile stores down"]
    compose.stop_left(state)
    assert len(docker.asked) == 2


def test_a_reset_deletes_every_volume_and_asks_no_docker_where_there_is_none(state: State, docker: Docker) -> None:
    compose.wipe_all(state)
    assert docker.asked == []
    compose.memory(state).put("tillstream-x", Project("all", running=False))
    compose.wipe_all(state)
    assert docker.verbs == ["compose version", "--profile stores down --volumes"]
    assert compose.memory(state).entries() == {}


@pytest.mark.parts
def test_up_uses_the_containers_and_ctrl_c_stops_them_and_keeps_their_volumes(
    tmp_path: Path, docker: Docker, parts_folder: Path
) -> None:
    checkout = Checkout(tmp_path)
    foreground = checkout.start("up", "--compose")
    try:
        assert checkout.serves()
        target = Target.load(checkout.state.root)
        [call] = [json.loads(line) for line in (docker.folder / "up").read_text().splitlines()]
        assert target.bootstrap_servers == f"127.0.0.1:{call['TILLSTREAM_KAFKA_PORT']}"
        assert {part.name for part in checkout.recorded.parts} == {
            "kafka", "dynamodb", "s3", "redshift_data", "runtime", "event_source", "pages", "permissions",
        }  # fmt: skip
        answer = json.loads(checkout.run("status", "--json")[1])
        assert [topic["partitions"] for topic in answer["topics"]] == [6]
        processes = checkout.processes
        os.killpg(foreground.pid, signal.SIGINT)  # as Ctrl-C in a terminal does
        said, _ = foreground.communicate(timeout=SECONDS)
    finally:
        checkout.run("down")
    assert foreground.returncode == 0, said
    assert left(processes) == []
    assert docker.verbs == ["compose version", "up -d --wait", "logs --follow --no-log-prefix kafka", "down"]
    assert not checkout.state.data("laptop", False).exists()
    assert checkout.run("reset", "--yes")[0] == 0
    assert docker.verbs[-1] == "down --volumes"


@pytest.mark.parts
def test_a_container_that_ends_stops_the_platform_and_is_named(
    state: State, docker: Docker, parts_folder: Path
) -> None:
    with running(state, "all") as supervisor:
        subprocess.run([docker.path / "docker", "kill", "s3"], check=True)
        with pytest.raises(PartFailed, match="s3 ended with exit code 0"):
            supervisor.watch()
    assert docker.verbs[1] == "--profile stores up -d --wait"
    assert docker.verbs[-1] == "--profile stores down"
