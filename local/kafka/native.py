"""The Kafka that a run of the platform uses: a local one, docker's, or an existing one.

Each kind of Kafka has data of its own (`place`): offsets in DynamoDB and objects in S3 tell of one cluster's topic, and
beside another cluster's they would be wrong.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from local.config import RunConfig
from local.parts.ports import LOOPBACK
from local.parts.programs import Ports, part_programs
from local.state import State
from local.supervisor import Supervisor


class Brokers(Protocol):
    """A Kafka, and the stores beside it."""

    @property
    def place(self) -> str:
        """The end of the name of the run's data folder; empty for the usual one."""

    @property
    def started(self) -> str:
        """The servers being started, for a message."""

    def address(self, ports: Ports) -> str:
        """The addresses of the brokers, as HOST:PORT with commas between them."""

    def start(self, config: RunConfig, ports: Ports, supervisor: Supervisor, state: State, data: Path) -> None:
        """Start the servers that do not run yet, or refuse by `LocalError`; all of them end with the supervisor."""


@dataclass(frozen=True, slots=True)
class Native:
    """Kafka, DynamoDB Local and S3Proxy on the Java of this machine."""

    in_memory: bool = False
    place: str = ""

    @property
    def started(self) -> str:
        """The names of the servers that this kind of run starts, for the message of `tillstream up`."""
        return "Kafka, DynamoDB Local and S3Proxy"

    def address(self, ports: Ports) -> str:
        """The broker's address on this machine."""
        return f"{LOOPBACK}:{ports.kafka}"

    def start(self, config: RunConfig, ports: Ports, supervisor: Supervisor, state: State, data: Path) -> None:
        """Start all three at once."""
        supervisor.start(part_programs(ports, state, data, self.in_memory, config.role_keys))
