"""What `tillstream up` may be asked for; it imports nothing that takes a while."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {"kafka": ("kafka",), "all": ("kafka", "dynamodb", "s3")}
"""What `--compose` may name, and the containers that each stands for."""


@dataclass(frozen=True, slots=True)
class Options:
    """One wish for a running platform."""

    stage: str = "laptop"
    course: bool = False
    in_memory: bool = False
    api_port: int | None = None
    schedules: bool = False
    compose: str | None = None
    """What comes from containers: a key of `SERVICES`."""
    bootstrap: str | None = None
    """The address of a Kafka that runs already."""
