"""`python -m local.event_source FILE`: run all mappings of the platform that FILE (a `RunConfig`) describes.

Tells its supervisor when every poller has its partitions. SIGTERM stops it: batches that are with their
functions may end within a grace, what is not done by then is not committed. When a poller fails, the process ends with
exit code 1 and says why on standard error.
"""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Final

from local.cloudwatch.brokers import keep_publishing
from local.config import RunConfig
from local.event_source.feed import Feed, feeds_of
from local.event_source.poller import Poller
from local.event_source.scaling import Pollers
from local.log_records import note
from local.readiness import tell_ready

GRACE_SECONDS: Final = 5.0


class EventSource:
    """The pollers of all enabled mappings, a thread each."""

    def __init__(self, config: RunConfig) -> None:
        """Nothing is read before `run`."""
        self._config = config
        self._begin, self._stop = Event(), Event()
        self._failed = False
        self._subscribed = list[Event]()
        self._threads = list[Thread]()

    def stop(self) -> None:
        """Ask all pollers to stop."""
        self._stop.set()

    def run(self) -> bool:
        """Run until a stop is requested or a poller fails; returns whether none failed."""
        mappings = [Pollers(feed, self._start) for feed in feeds_of(self._config)]
        if self._await_subscriptions():
            self._begin.set()
            tell_ready()
            Thread(target=keep_publishing, args=(self._config, self._stop), daemon=True).start()
        while not self._stop.is_set():  # not wait(): the signal's handler, in this thread, would meet its lock
            sleep(0.05)
            for mapping in mappings:
                mapping.scale(monotonic())
        deadline = monotonic() + GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - monotonic()))
        return not self._failed

    def _start(self, feed: Feed, number: int) -> Poller:
        """Start the poller of a mapping with this number."""
        subscribed = Event()
        poller = Poller(feed, number, self._begin, self._stop, subscribed.set)
        self._subscribed.append(subscribed)
        self._threads.append(Thread(target=self._poll, args=(poller,), name=poller.name, daemon=True))
        self._threads[-1].start()
        return poller

    def _await_subscriptions(self) -> bool:
        return all(self._subscribed_or_stopped(event) for event in self._subscribed)

    def _subscribed_or_stopped(self, event: Event) -> bool:
        while not self._stop.is_set():
            if event.wait(0.05):
                return True
        return False

    def _poll(self, poller: Poller) -> None:
        try:
            poller.run()
        except BaseException:  # noqa: BLE001  # whatever it was, the process ends and says so
            self._failed = True
            note(f"event source: {poller.name} failed:\n{traceback.format_exc()}")
        finally:
            self._stop.set()


def main(arguments: Sequence[str]) -> int:
    """Run the event source; returns the exit code."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m local.event_source FILE\n")
        return 2
    # a batch is tens of thousands of objects, all in use and none part of a cycle: look for garbage less often
    gc.set_threshold(50_000)
    source = EventSource(RunConfig.load(Path(arguments[0])))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: source.stop())
    return 0 if source.run() else 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # a thread may still be with a function, or librdkafka with a broker that has gone
