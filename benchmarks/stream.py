"""Pieces of the laptop's platform for a benchmark: the parts and processes that `tillstream up` starts."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from local.config import RunConfig
from local.parts import provisioning
from local.parts.programs import part_programs, python_program
from local.processes import Process, Program, await_ready, stop_all
from local.state import State
from local.up import Options, configured


@contextmanager
def running(programs: Sequence[Program]) -> Iterator[None]:
    """The programs, serving, until the block ends."""
    processes = [Process(program) for program in programs]
    try:
        await_ready(processes)
        yield
    finally:
        stop_all(processes)


@contextmanager
def parts() -> Iterator[tuple[RunConfig, State]]:
    """Kafka, DynamoDB Local in memory and S3Proxy, with the platform's topics, tables and buckets."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder))
        config, ports = configured(Options(), state, print)
        with running(part_programs(ports, state, state.data("laptop", True), True)):
            provisioning.create(config)
            yield config, state


@contextmanager
def process(name: str, config: RunConfig, state: State) -> Iterator[None]:
    """`local.runtime` or `local.event_source` over this configuration."""
    config.save(state.config_file)
    with running([python_program(name, state, None)]):
        yield


def only(config: RunConfig, function: str, *, window_seconds: float) -> RunConfig:
    """The configuration with the mappings of one function alone, by a part of its name, and with this window."""
    mappings = tuple(
        replace(mapping, window_seconds=window_seconds)
        for mapping in config.platform.mappings
        if function in mapping.function
    )
    assert mappings, f"no mapping feeds {function}: {[m.function for m in config.platform.mappings]}"
    return replace(config, platform=replace(config.platform, mappings=mappings))
