"""Become another program that dies with its parent: `python -I -S tether.py PARENT_PID PROGRAM ARGUMENT…`.

A child that is started so gets SIGKILL from the kernel when the *thread* that started it ends, however it ends: start
children from a thread that lives as long as they should. It imports none of our code, so that it starts in some
20 ms; the process keeps its id and becomes PROGRAM. (`preexec_fn` would do the same, but can deadlock where the parent
has threads, as librdkafka's.)
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(arguments: list[str]) -> None:
    """Ask the kernel for a signal at the parent's death, check that the parent still lives, become the program."""
    parent, program = int(arguments[0]), arguments[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(1)
    os.execvp(program[0], program)


if __name__ == "__main__":
    main(sys.argv[1:])
