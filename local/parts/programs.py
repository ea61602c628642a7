"""The processes that the supervisor runs: three Java servers and the platform's own processes, each with its port."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from local.config import RoleKeys
from local.errors import NotPossible
from local.parts import dynamodb, kafka, s3
from local.parts.ports import free_ports, is_free
from local.processes import Program
from local.state import State

REDSHIFT: Final = "redshift_data"
"""The process that serves Redshift's Data API."""

PAGES: Final = "pages"
"""The process that serves the web pages."""

PERMISSIONS: Final = "permissions"
"""The process that holds functions and jobs to their roles, in front of S3 and DynamoDB."""

SCHEDULES: Final = "schedules"
"""The process that starts jobs when their schedules are due; runs with `tillstream up --schedules` only."""

_MODULES: Final = {
    "runtime": "local.runtime",
    "event_source": "local.event_source",
    PERMISSIONS: "local.permissions",
    REDSHIFT: "local.redshift_data",
    PAGES: "local.pages",
    SCHEDULES: "local.glue.scheduler",
}


@dataclass(frozen=True, slots=True)
class Ports:
    """The port of every server."""

    kafka: int
    controller: int
    dynamodb: int
    s3: int
    lambda_service: int
    gateway: int
    redshift: int
    cloudwatch: int
    pages: int
    held_s3: int
    held_dynamodb: int

    @classmethod
    def choose(cls, api_port: int | None) -> "Ports":
        """Free ports, with the requested one for the API; raises `NotPossible` if that one is taken."""
        if api_port is not None and not is_free(api_port):
            raise NotPossible(f"port {api_port} is in use: choose another `--api-port`")
        free = cls(*free_ports(11))
        return free if api_port is None else replace(free, gateway=api_port)

    @property
    def services(self) -> dict[str, int]:
        """The port of each AWS service."""
        return {
            "s3": self.s3,
            "dynamodb": self.dynamodb,
            "lambda": self.lambda_service,
            "redshift-data": self.redshift,
            "cloudwatch": self.cloudwatch,
        }

    @property
    def held(self) -> dict[str, int]:
        """The port of each AWS service's front, where roles are held to their policies."""
        return {"s3": self.held_s3, "dynamodb": self.held_dynamodb}


def part_programs(
    ports: Ports, state: State, data: Path, in_memory: bool, roles: Sequence[RoleKeys] = ()
) -> list[Program]:
    """The three Java servers over the run's data; S3 knows the keys of these roles too."""
    configuration = state.config_file.parent
    broker = kafka.program(ports.kafka, ports.controller, data / "kafka", configuration, state.log("kafka"))
    return [broker, *store_programs(ports, state, data, in_memory, roles)]


def store_programs(
    ports: Ports, state: State, data: Path, in_memory: bool, roles: Sequence[RoleKeys] = ()
) -> list[Program]:
    """DynamoDB Local and S3Proxy over the run's data; S3 knows the keys of these roles too."""
    configuration, keys = state.config_file.parent, state.credentials()
    return [
        dynamodb.program(
            ports.dynamodb, None if in_memory else data / "dynamodb", state.log("dynamodb"), keys.access_key_id
        ),
        s3.program_for(
            ports.s3,
            data / "s3",
            configuration,
            state.log("s3"),
            {keys.access_key_id: keys.secret_access_key, **{it.access_key_id: it.secret_access_key for it in roles}},
        ),
    ]


def python_program(name: str, state: State, port: int | None) -> Program:
    """One of the platform's own processes by its name, which reports itself when it serves."""
    command = (sys.executable, "-m", _MODULES[name], str(state.config_file))
    quiet = {"PYTHONUNBUFFERED": "1"}
    return Program(name, command, state.log(name), port=port, environment=quiet, renewed=name == PAGES)
