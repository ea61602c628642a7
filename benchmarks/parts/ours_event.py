"""A Kafka event → checked lines as the functions do it, in a process of its own, for benchmarks.parts.lines.

It reads one event from stdin, handles it several times, and prints the messages and the processor seconds of that.
"""

import json
import sys
from time import process_time

from commerce.kafka_events import by_partition
from consumers.garbage import collect_seldom
from consumers.order_tables import batch

TIMES = 5


def handled(text: bytes) -> tuple[int, float]:
    """The messages and the processor seconds from the parsed event to its lines, its release included."""
    event = json.loads(text)
    began = process_time()
    found = batch.read(message for _, messages in by_partition(event) for message in messages)
    del event
    seconds = process_time() - began
    assert not found.refused, found.refused[:1]
    return len(found.lines), seconds


if __name__ == "__main__":
    collect_seldom()
    given = sys.stdin.buffer.read()
    handled(given)  # the first batch meets all invoices and products for the first time
    times = [handled(given) for _ in range(TIMES)]
    print(json.dumps({"rows": sum(rows for rows, _ in times), "seconds": sum(seconds for _, seconds in times)}))
