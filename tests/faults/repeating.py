"""An action that a thread repeats while a block of a test runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeated(action: Callable[[], object], pause_seconds: Callable[[], float]) -> Iterator[None]:
    """Repeat the action, with a pause before each time, until the block ends."""
    end = threading.Event()

    def repeat() -> None:
        while not end.wait(pause_seconds()):
            action()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
