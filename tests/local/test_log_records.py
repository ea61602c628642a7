"""Log records of several threads at once: each stands whole on a line, with its time."""

import json
import subprocess
import sys
from datetime import datetime

WRITES = """
from threading import Thread
from local.log_records import log, note
def write(name):
    for number in range(500):
        log(thread=name, number=number, none=None)
threads = [Thread(target=write, args=(name,)) for name in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
note("the end\\n")
"""


def test_records_of_several_threads_are_whole_lines_with_their_time() -> None:
    done = subprocess.run([sys.executable, "-c", WRITES], capture_output=True, text=True, check=True)
    *lines, last = done.stderr.splitlines()
    records = [json.loads(line) for line in lines]
    assert sorted((record["thread"], record["number"]) for record in records) == [
        (thread, number) for thread in range(4) for number in range(500)
    ]
    assert all(datetime.fromisoformat(record["time"]).tzinfo for record in records)
    time, text = last.split(" ", 1)
    assert (datetime.fromisoformat(time).tzinfo is not None, text) == (True, "the end")
