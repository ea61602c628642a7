"""A mapping with the values that its pollers need."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from local.config import RunConfig
from local.event_source.destination import Destination
from local.parts.provisioning import client
from local.platform import Mapping
from local.sigv4 import Keys, Scope, Signer
from stores.s3.dead_letters import DeadLetters

USUAL_POLLERS: Final = 2
"""Members of a mapping's consumer group.

AWS starts with few and scales up to one a partition; two overlap polling and encoding with the function's run.
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """A mapping with its function's time-out, the addresses of this run, and its number of pollers, now and at most."""

    mapping: Mapping
    function_timeout_seconds: float
    bootstrap_servers: str
    lambda_endpoint: str
    signer: Signer
    destination: Destination
    pollers: int
    most_pollers: int
    """How many run once a batch has failed for long: see `local.event_source.scaling`."""


def feeds_of(config: RunConfig) -> Iterator[Feed]:
    """The enabled mappings of a run."""
    platform = config.platform
    signer = Signer(Keys(config.access_key_id, config.secret_access_key), Scope(config.region, "lambda"))
    timeouts = {function.name: function.timeout_seconds for function in platform.functions}
    partitions = {topic.name: topic.partitions for topic in platform.topics}
    for mapping in platform.mappings:
        if mapping.enabled:
            yield Feed(
                mapping,
                timeouts[mapping.function],
                config.bootstrap_servers,
                config.endpoints["lambda"],
                signer,
                destination(config, mapping),
                pollers(mapping, partitions.get(mapping.topic)),
                most_pollers(mapping, partitions.get(mapping.topic)),
            )


def destination(config: RunConfig, mapping: Mapping) -> Destination:
    """The on-failure destination of a mapping."""
    bucket, platform = mapping.on_error.bucket, config.platform
    arn = f"arn:aws:lambda:{platform.region}:{platform.account}:function:{mapping.function}"
    # Lambda writes them by the role of the function
    roles = {function.name: function.role for function in platform.functions}
    as_function = config.as_role(roles.get(mapping.function, ""))
    letters = None if bucket is None else DeadLetters(client(as_function, "s3"), bucket)
    return Destination(mapping, arn, config.bootstrap_servers, letters)


def pollers(mapping: Mapping, partitions: int | None) -> int:
    """How many pollers run: two, or the next number between the provisioned minimum and maximum.

    There are never more than partitions in provisioned mode, as on AWS, where the load decides between the two.
    """
    if mapping.pollers is None:
        return USUAL_POLLERS
    most = mapping.pollers.maximum if partitions is None else min(mapping.pollers.maximum, partitions)
    return min(max(USUAL_POLLERS, mapping.pollers.minimum), most)


def most_pollers(mapping: Mapping, partitions: int | None) -> int:
    """The most pollers that a mapping is scaled up to: one a partition, but no more than the provisioned maximum."""
    usual = pollers(mapping, partitions)
    most = usual if partitions is None else partitions
    return max(usual, most if mapping.pollers is None else min(mapping.pollers.maximum, most))
