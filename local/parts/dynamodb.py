"""DynamoDB Local, AWS's own replacement, on 127.0.0.1, started by this folder's launcher."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from local.parts.jars import library, source
from local.parts.java import heap, java
from local.parts.ports import answers
from local.processes import Program

IN_MEMORY: Final = (4, 1_024, 16_384)
"""The heap's share of memory and its bounds in MB: a year of 541,909 order lines does not fit into 1 GB."""

ON_DISK: Final = (8, 1_024, 4_096)


_DATABASE: Final = "shared-local-instance.db"
"""The file of `-sharedDb`."""


def program(port: int, data: Path | None, log: Path, access_key_id: str = "") -> Program:
    """The server over the tables in `data`; None keeps them in memory. It takes requests of a given key alone."""
    jars = library("dynamodb")
    if data is not None:
        data.mkdir(parents=True, exist_ok=True)
        keep_write_ahead_log(data)
    most = heap(*(IN_MEMORY if data is None else ON_DISK))
    storage = ("-inMemory",) if data is None else ("-dbPath", str(data))
    options = (
        f"-Djava.library.path={jars}",
        f"-Dlog4j2.configurationFile={source('dynamodb', 'log4j2.properties')}",
    )
    arguments = ("-port", str(port), "-sharedDb", "-disableTelemetry", *storage)
    command = java(jars, "Loopback", *arguments, heap=most, options=options)
    known = {"TILLSTREAM_ACCESS_KEY_ID": access_key_id} if access_key_id else {}
    return Program("dynamodb", command, log, lambda: answers(port), port, environment=known)


def keep_write_ahead_log(data: Path) -> None:
    """Make SQLite, in which DynamoDB Local keeps its tables, write ahead; the file itself remembers that.

    A write then waits for the disk once instead of three times, and is as safe from a kill or a loss of power. What is
    wrong with the file, or that another server has it open, DynamoDB Local says itself.
    """
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(data / _DATABASE)) as database:
        database.execute("PRAGMA journal_mode = WAL")
