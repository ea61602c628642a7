"""Containers instead of native servers: docker-compose.kafka.yml, run by the docker of this machine.

docker is asked by its command line, and is nothing that this project installs. Which containers a checkout has is
remembered in `containers.json`, so that those of a killed run are stopped, and `reset` finds every volume.
"""

import hashlib
import http.client
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from local.config import RunConfig
from local.errors import MachineNotReady, StartFailed
from local.memory import Memory
from local.options import SERVICES
from local.parts import kafka
from local.parts.ports import LOOPBACK
from local.parts.programs import Ports, store_programs
from local.processes import Program, local_environment
from local.state import State
from local.supervisor import Supervisor
from stores.target import CHECKOUT

FILE: Final = CHECKOUT / "docker-compose.kafka.yml"
PROFILE: Final = "stores"
WITHOUT: Final = "or run `tillstream up` without --compose, which needs no docker"
SAID_LINES: Final = 5


class Project(msgspec.Struct, frozen=True, array_like=True):
    """A compose project that has containers or volumes: its services, and whether it may run now."""

    which: str
    running: bool


@dataclass(frozen=True, slots=True)
class Containers:
    """Kafka in a container, and with `all` the stores as well; one compose project for each checkout and stage."""

    which: str
    stage: str

    @property
    def place(self) -> str:
        """The folder of the data that is not in containers' volumes."""
        return f"compose-{self.which}"

    @property
    def started(self) -> str:
        """The containers, and a warning that docker may first take minutes without output."""
        return "containers (docker fetches their images the first time), and the parts beside them"

    def address(self, ports: Ports) -> str:
        """The container's port, published on the loopback address."""
        return f"{LOOPBACK}:{ports.kafka}"

    def start(self, config: RunConfig, ports: Ports, supervisor: Supervisor, state: State, data: Path) -> None:
        """Start the containers, then the native servers; raises `MachineNotReady` or `StartFailed`."""
        check_docker()
        project = project_name(state, f"{self.stage}-{self.place}")
        memory(state).put(project, Project(self.which, running=True))
        supervisor.on_stop(lambda: stop(state, project, self.which))
        compose(project, self.which, "up", "-d", "--wait", environment=environment(ports, config))
        native = store_programs(ports, state, data, False, config.role_keys) if self.which == "kafka" else []
        logs = [follower(project, self.which, service, ports, state) for service in SERVICES[self.which]]
        supervisor.start([*logs, *native])


def environment(ports: Ports, config: RunConfig) -> dict[str, str]:
    """The environment variables of the compose file: ports, and the keys that S3 checks."""
    return {
        "TILLSTREAM_KAFKA_PORT": str(ports.kafka),
        "TILLSTREAM_DYNAMODB_PORT": str(ports.dynamodb),
        "TILLSTREAM_S3_PORT": str(ports.s3),
        "TILLSTREAM_ACCESS_KEY_ID": config.access_key_id,
        "TILLSTREAM_SECRET_ACCESS_KEY": config.secret_access_key,
    }


def follower(project: str, which: str, service: str, ports: Ports, state: State) -> Program:
    """A program that copies a container's log to ours and ends with the container, which stops the platform."""
    port = {"kafka": ports.kafka, "dynamodb": ports.dynamodb, "s3": ports.s3}[service]
    ready = (lambda: kafka.serves(port)) if service == "kafka" else (lambda: speaks_http(port))
    command = (*command_line(project, which), "logs", "--follow", "--no-log-prefix", service)
    return Program(service, command, state.log(service), ready, port)


def speaks_http(port: int) -> bool:
    """Whether a server answers a request: docker accepts connections before the container's program does."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def check_docker() -> None:
    """Raise `MachineNotReady` unless docker and its compose plugin are here."""
    try:
        done = subprocess.run(["docker", "compose", "version"], capture_output=True, text=True, env=local_environment())
    except OSError as error:
        raise MachineNotReady(
            f"`docker` is not on the PATH: install Docker with its compose plugin, {WITHOUT}"
        ) from error
    if done.returncode:
        raise MachineNotReady(f"`docker` has no command `compose`: install its compose plugin, {WITHOUT}")


def compose(project: str, which: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
    """Run `docker compose` on a project; raises `StartFailed` with the end of its output."""
    done = subprocess.run(
        [*command_line(project, which), *arguments],
        env={**local_environment(), **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,  # a Ctrl-C in the terminal is for us: we then take the containers down
    )
    if done.returncode:
        said = "; ".join(done.stdout.strip().splitlines()[-SAID_LINES:]) or f"exit code {done.returncode}"
        raise StartFailed(f"`docker compose {arguments[0]}` failed for the project {project}: {said}")


def command_line(project: str, which: str) -> tuple[str, ...]:
    """The command up to the verb."""
    profile = ("--profile", PROFILE) if which == "all" else ()
    return ("docker", "compose", "-f", str(FILE), "-p", project, *profile)


def project_name(state: State, run: str) -> str:
    """A name that no other checkout's containers have: compose accepts lower-case letters, digits, dashes."""
    return f"tillstream-{hashlib.sha256(os.fsencode(state.root.resolve())).hexdigest()[:8]}-{run}"


def stop(state: State, project: str, which: str) -> None:
    """Stop a project's containers and keep its volumes."""
    compose(project, which, "down")
    memory(state).put(project, Project(which, running=False))


def stop_left(state: State) -> None:
    """Stop the containers that a killed run left behind; without any, docker is not needed."""
    for project, it in memory(state).entries().items():
        if it.running:
            check_docker()
            stop(state, project, it.which)


def wipe_all(state: State) -> None:
    """Delete every container and volume of this checkout; without any, docker is not needed."""
    for project, it in memory(state).entries().items():
        check_docker()
        compose(project, it.which, "down", "--volumes")
        memory(state).forget(project)


def memory(state: State) -> Memory[Project]:
    """The projects that have containers or volumes."""
    return Memory(state.root / "containers.json", Project)
