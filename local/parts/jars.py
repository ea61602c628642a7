"""The jars of the Java parts, fetched once from Maven Central by the pom beside this file.

They depend on nothing but the pom, so they lie in the checkout whatever `TILLSTREAM_HOME` says.
"""

import fcntl
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.errors import MachineNotReady

HERE: Final = Path(__file__).parent
PARTS: Final = HERE.parent.parent / ".tillstream" / "parts"
JAVA_PARTS: Final = ("kafka", "dynamodb", "s3", "spark")
LEAST_JAVA: Final = 17
RECIPE: Final = b"2"
"""How the jars are made ready; another value makes them ready anew."""

Say = Callable[[str], None]


def source(part: str, name: str) -> Path:
    """A file that stands beside a part's pom."""
    return HERE / "java" / part / name


def library(part: str) -> Path:
    """The folder of a part's jars."""
    return PARTS / part / "lib"


def fingerprint() -> str:
    """The hash of everything that decides what is made ready: the recipe, the poms and the launcher."""
    files = [HERE / "pom.xml", *(source(part, "pom.xml") for part in JAVA_PARTS), source("dynamodb", "Loopback.java")]
    return hashlib.sha256(b"\0".join([RECIPE, *(file.read_bytes() for file in files)])).hexdigest()


def present() -> bool:
    """Whether the jars of this very pom are here."""
    stamp = PARTS / "pom.sha256"
    return stamp.is_file() and stamp.read_text("utf-8") == fingerprint()


def fetch(finish: Callable[[Say], None], say: Say) -> None:
    """Fetch the jars unless they are here, then `finish`; raises `MachineNotReady`. Of two at once the second waits."""
    if present():
        return
    PARTS.mkdir(parents=True, exist_ok=True)
    with (PARTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not present():
            check_java()
            say("fetching Kafka, DynamoDB Local, S3Proxy and Spark's Iceberg from Maven Central (about 270 MB, once)")
            copy_jars()
            compile_launcher()
            finish(say)
            (PARTS / "pom.sha256").write_text(fingerprint(), "utf-8")


def check_java() -> None:
    """Raise `MachineNotReady` unless Java 17 or newer answers."""
    need = f"Java {LEAST_JAVA} or newer (a JDK) must be on the PATH"
    try:
        said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError) as error:
        raise MachineNotReady(f"{need}, and `java -version` failed: {error}") from error
    found = java_version(said)
    if found < LEAST_JAVA:
        raise MachineNotReady(f"{need}; found Java {found}")


def java_version(said: str) -> int:
    """The major version in what `java -version` says; 0 where there is none.

    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_402"')
    (17, 8)
    """
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match.group(1)) if match else 0


def copy_jars() -> None:
    """Ask Maven for every part's jars, and put each part's folder in place whole."""
    fresh = PARTS / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    target = f"-DoutputDirectory={fresh}/${{project.artifactId}}/lib"
    run(
        "mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", "-DincludeScope=runtime", target
    )
    for part in JAVA_PARTS:
        shutil.rmtree(PARTS / part, ignore_errors=True)
        (fresh / part).replace(PARTS / part)
    shutil.rmtree(fresh)


def compile_launcher() -> None:
    """Compile DynamoDB Local's launcher into its library, so that no start pays for it."""
    lib = library("dynamodb")
    classes = lib.with_name("classes")
    run("javac", "-cp", f"{lib}/*", "-d", str(classes), str(source("dynamodb", "Loopback.java")))
    run("jar", "--create", "--file", str(lib / "loopback.jar"), "-C", str(classes), ".")


def run(*command: str) -> None:
    """Run a build tool; raises `MachineNotReady` with the end of what it said."""
    try:
        subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except FileNotFoundError as error:
        raise MachineNotReady(f"`{command[0]}` is not on the PATH: a JDK {LEAST_JAVA}+ and Maven are needed") from error
    except subprocess.CalledProcessError as error:
        said = "\n".join(str(error.stdout).strip().splitlines()[-15:])
        raise MachineNotReady(f"`{command[0]}` could not fetch or build the Java parts:\n{said}") from error
