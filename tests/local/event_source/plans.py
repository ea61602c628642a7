"""Runs the plan of a delivery without Kafka and without a function."""

from collections.abc import Callable, Iterator, Sequence

from local.event_source.delivery import Answer, Instruction, Instructions, Invoke
from local.event_source.events import Record


def carried_out(plan: Instructions, function: Callable[[Sequence[Record]], Answer]) -> Iterator[Instruction]:
    """Each instruction of the plan; after an `Invoke` the plan gets the function's answer."""
    answer = None
    while True:
        try:
            instruction = plan.send(answer)
        except StopIteration:
            return
        yield instruction
        answer = function(instruction.records) if isinstance(instruction, Invoke) else None
