"""The options of `tillstream up`; importing this module is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {"kafka": ("kafka",), "all": ("kafka", "dynamodb", "s3")}
"""The values of `--compose`, and the containers of each."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one run of the platform."""

    stage: str = "laptop"
    course: bool = False
    in_memory: bool = False
    api_port: int | None = None
    schedules: bool = False
    compose: str | None = None
    """The services in containers: a key of `SERVICES`."""
    bootstrap: str | None = None
    """The address of an existing Kafka."""
