"""Getting the Java parts ready to run: their jars, and archives of the classes that they load."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from local.errors import PartFailed
from local.parts import jars, kafka, s3
from local.parts.java import ARCHIVE
from local.parts.ports import free_ports
from local.processes import Process, Program, await_ready, stop_all

DUMP_SECONDS: Final = 60.0


def install(say: Callable[[str], None] = print) -> None:
    """Make the parts ready to run; returns at once when they are. Raises `MachineNotReady`."""
    jars.fetch(archive_classes, say)


def archive_classes(say: Callable[[str], None]) -> None:
    """Run Kafka and S3Proxy once and keep what they load; DynamoDB Local starts no faster for it."""
    with tempfile.TemporaryDirectory() as folder:
        port, controller_port, s3_port = free_ports(3)
        here = Path(folder)
        programs = (
            kafka.program(port, controller_port, here / "kafka", here, here / "kafka.log"),
            s3.program(s3_port, here / "s3", here, here / "s3.log", access_key_id="none", secret_access_key="none"),
        )
        processes = [Process(archiving(program, here)) for program in programs]
        try:
            await_ready(processes)
        except PartFailed as error:
            say(f"without class archives, the parts start a second later: {error}")
        finally:
            stop_all(processes, DUMP_SECONDS)
        for program in programs:
            written = here / f"{program.name}.jsa"
            if written.is_file():
                jars.PARTS.joinpath(program.name, ARCHIVE).write_bytes(written.read_bytes())


def archiving(program: Program, folder: Path) -> Program:
    """The same program, which writes an archive of its classes to `folder` when it ends."""
    java, *arguments = program.argv
    return replace(program, argv=(java, f"-XX:ArchiveClassesAtExit={folder / program.name}.jsa", *arguments))
