"""The archive of the classes that a batch job's Spark loads (AppCDS).

With it the JVM of a small job takes 5 s of CPU, without it 8. Java passes over one that does not fit it or the jars.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from local.parts.jars import PARTS


def archive() -> Path:
    """The file for this checkout's pyspark; another installation of it has a file of another name."""
    found = find_spec("pyspark")
    assert found is not None
    assert found.origin is not None
    jars = Path(found.origin).with_name("jars")
    key = f"{jars} {jars.stat().st_mtime_ns}"
    return PARTS / "spark" / f"classes-{hashlib.sha256(key.encode()).hexdigest()[:12]}.jsa"


def sharing() -> tuple[str, ...]:
    """The JVM options that use the archive; none without an archive."""
    file = archive()
    return (f"-XX:SharedArchiveFile={file}", "-Xlog:cds=off", "-Xlog:class+path=off") if file.is_file() else ()
