"""The event source and the Lambda runtime together, as the laptop runs them: two processes with one configuration."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from local.parts.ports import LOOPBACK, free_port
from local.platform import Function
from tests.local.event_source.conftest import Runner, Topic, await_committed
from tests.local.event_source.lambda_service import DEADLINE_SECONDS, eventually
from tests.processes import SAYS_READY

pytestmark = pytest.mark.parts

HANDLER = '''
import json, os, time

def handler(event, context):
    """Write down what came; the first two tries never end, the third fails."""
    folder = os.environ["FOLDER"]
    number = len(os.listdir(folder))
    with open(os.path.join(folder, str(number)), "w") as file:
        json.dump({"pid": os.getpid(), "records": event["records"]}, file)
    if number < 2:
        time.sleep(600)
    if number == 2:
        raise ValueError("no order line")
'''


@contextmanager
def lambda_runtime(runner: Runner, port: int) -> Iterator[None]:
    """`python -m local.runtime` with the functions of the runner."""
    file = runner.write_config(lambda_port=port)
    command = [sys.executable, "-m", "local.runtime", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=SAYS_READY) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield
            process.terminate()
            assert process.wait(DEADLINE_SECONDS) == 0
        finally:
            process.kill()


def test_a_function_slower_than_its_time_out_is_killed_and_given_the_batch_again_until_it_takes_it(
    new_topic: Callable[..., Topic], feed: Callable[..., Runner], tmp_path: Path
) -> None:
    code, calls = tmp_path / "code", tmp_path / "calls"
    code.mkdir()
    calls.mkdir()
    (code / "slow.py").write_text(HANDLER, "utf-8")
    topic, port = new_topic(), free_port()
    topic.send({"value": b"1"}, {"value": None}, {"value": b"\xff"})
    slow = Function("archive", "slow.handler", code, {"FOLDER": str(calls)}, 2, 128, None)
    runner = replace(feed(topic, f"http://{LOOPBACK}:{port}", window_seconds=1), functions=(slow,))

    with lambda_runtime(runner, port), runner.running() as source:
        eventually(lambda: source.log.count("timed out") == 2, lambda: source.log)
        await_committed(topic, {0: 3})

    seen = [json.loads((calls / str(number)).read_text()) for number in range(len(list(calls.iterdir())))]
    records = [call["records"][f"{topic.name}-0"] for call in seen]
    assert records == 4 * [records[0]]
    assert [record["offset"] for record in records[0]] == [0, 1, 2]
    assert len({call["pid"] for call in seen[:3]}) == 3  # each time-out cost the worker its life
    assert "Unhandled ValueError: no order line" in source.log
