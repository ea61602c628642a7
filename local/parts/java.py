"""The Java command of the servers: options for a quick start rather than peak speed."""

from pathlib import Path
from typing import Final

from local.diagnosis.machine import memory_mb

QUICK: Final = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""With these options Kafka starts in 2.3 s, not 3.8; a Spark job over 80,000 rows takes 22 s of CPU, not 38."""

ARCHIVE: Final = "classes.jsa"
"""The archive of a part's loaded classes beside its jars (AppCDS): with it Kafka starts in 1.4 s. Java passes over one
that does not fit it or the jars."""


def java(library: Path, main: str, *arguments: str, heap: str, options: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The command that runs class `main` of a server's jars."""
    archive = library.parent / ARCHIVE
    shared = (f"-XX:SharedArchiveFile={archive}",) if archive.is_file() else ()
    return ("java", f"-Xmx{heap}", *QUICK, *shared, *options, "-cp", class_path(library), main, *arguments)


def heap(share: int, least_mb: int, most_mb: int, total_mb: int | None = None) -> str:
    """The `-Xmx` value of a server's heap: 1/share of this machine's memory, within bounds.

    >>> heap(4, 1_024, 16_384, total_mb=16_000)
    '4000m'
    """
    total = memory_mb() if total_mb is None else total_mb
    return f"{min(most_mb, max(least_mb, total // share))}m"


def class_path(library: Path) -> str:
    """Every jar by its name: an archive is good for one class path only, and a wildcard has no order."""
    return ":".join(str(jar) for jar in sorted(library.glob("*.jar")))
