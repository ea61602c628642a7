"""Pieces of the laptop's platform for a benchmark: the parts and processes that `tillstream up` starts."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from local.config import RunConfig
from local.options import Options
from local.parts import provisioning
from local.parts.programs import part_programs, python_program
from local.platform import Table
from local.processes import Process, Program, await_ready, stop_all
from local.state import State
from local.up import configured


@contextmanager
def running(programs: Sequence[Program]) -> Iterator[list[Process]]:
    """The programs, serving, until the block ends."""
    processes = [Process(program) for program in programs]
    try:
        await_ready(processes)
        yield processes
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
def process(name: str, config: RunConfig, state: State) -> Iterator[Process]:
    """`local.runtime` or `local.event_source` over this configuration."""
    config.save(state.config_file)
    with running([python_program(name, state, None)]) as (started,):
        yield started


def only(config: RunConfig, function: str, *, window_seconds: float) -> RunConfig:
    """The configuration with the mappings of one function alone, by a part of its name, and with this window."""
    mappings = tuple(
        replace(mapping, window_seconds=window_seconds)
        for mapping in config.platform.mappings
        if function in mapping.function
    )
    assert mappings, f"no mapping feeds {function}: {[m.function for m in config.platform.mappings]}"
    return replace(config, platform=replace(config.platform, mappings=mappings))


def table_like(config: RunConfig, part: str, copy: str) -> str:
    """A new, empty table like the platform's whose name holds `part`; its name."""
    like = next(table for table in config.platform.tables if part in table.name.lower())
    name = f"{like.name}-{copy}"
    provisioning.create_table(
        provisioning.client(config, "dynamodb"), Table(name, {**like.definition, "TableName": name})
    )
    return name


def publish(producer: Producer, topic: str, messages: Iterable[tuple[bytes, bytes]], **options: Any) -> None:
    """Publish values with their keys, and wait for the broker; `options` go to each call."""
    for value, key in messages:
        while True:
            try:
                producer.produce(topic, value, key, **options)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    producer.flush()
