"""Prepares the Java servers: their jars, and archives of the classes that they load."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from local.errors import PartFailed
from local.parts import jars, kafka, s3, spark_archive
from local.parts.java import ARCHIVE
from local.parts.ports import LOOPBACK, free_port, free_ports
from local.processes import Process, Program, await_ready, ending, local_environment, stop_all, tethered
from local.state import held

DUMP_SECONDS: Final = 60.0


def install(say: Callable[[str], None] = print) -> None:
    """Make the servers ready to run; returns at once if they are. Raises `MachineNotReady`."""
    jars.fetch(archive_classes, say)
    archive_spark_classes(say)


def archive_classes(say: Callable[[str], None]) -> None:
    """Run Kafka and S3Proxy once and archive their classes; DynamoDB Local starts no faster with an archive."""
    with tempfile.TemporaryDirectory() as folder:
        port, controller_port, s3_port = free_ports(3)
        here = Path(folder)
        programs = (
            kafka.program(port, controller_port, here / "kafka", here, here / "kafka.log"),
            s3.program(s3_port, here / "s3", here, here / "s3.log", access_key_id="none", secret_access_key="none"),
        )
        processes = [Process(archiving(program, here)) for program in programs]
        try:
            await_ready(processes, say)
        except PartFailed as error:
            say(f"without class archives, the parts start a second later: {error}")
        finally:
            stop_all(processes, DUMP_SECONDS)
        for program in programs:
            written = here / f"{program.name}.jsa"
            if written.is_file():
                jars.PARTS.joinpath(program.name, ARCHIVE).write_bytes(written.read_bytes())


def archive_spark_classes(say: Callable[[str], None]) -> None:
    """Run a small batch job once and archive the classes that its Spark loads, unless the archive exists."""
    kept = spark_archive.archive()
    if kept.is_file():
        return
    with held(jars.PARTS / "lock"), tempfile.TemporaryDirectory() as folder:
        if kept.is_file():
            return
        say("running a small Spark job once, to keep the classes that it loads: later jobs start some seconds sooner")
        here, port = Path(folder), free_port()
        program = s3.program(port, here / "s3", here, here / "s3.log", access_key_id="none", secret_access_key="none")
        server, written = Process(program), here / "spark.jsa"
        try:
            await_ready([server])
            warm_up(f"http://{LOOPBACK}:{port}", written, here / "job.log")
        except PartFailed as error:
            say(f"without class archives, a Spark job starts some seconds later: {error}")
        finally:
            server.stop()
        if written.is_file():
            for old in kept.parent.glob("*.jsa"):
                old.unlink()
            shutil.copyfile(written, kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)


def warm_up(endpoint: str, archive: Path, log: Path) -> None:
    """Run the small job on this S3 server, and have its JVM write the archive; raises `PartFailed`."""
    command = tethered([sys.executable, "-m", "local.glue.warm_up", endpoint, str(archive)])
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}
    with log.open("wb") as output:
        done = subprocess.run(command, env={**local_environment(), **keys}, stdout=output, stderr=subprocess.STDOUT)
    if done.returncode:
        raise PartFailed("spark", ending(done.returncode), log)


def archiving(program: Program, folder: Path) -> Program:
    """The same program, which writes an archive of its classes to `folder` when it ends."""
    java, *arguments = program.argv
    return replace(program, argv=(java, f"-XX:ArchiveClassesAtExit={folder / program.name}.jsa", *arguments))
