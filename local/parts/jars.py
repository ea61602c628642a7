"""The jars of the Java servers, downloaded once from Maven Central by the pom beside this file.

They depend on nothing but the pom, so they are in the checkout whatever `TILLSTREAM_HOME` says.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from local.errors import TAIL_LINES, TELLING_LINES, MachineNotReady, explained, last_lines, telling
from local.processes import Program, run_to_end
from local.progress import Say
from local.state import held

HERE: Final = Path(__file__).parent
PARTS: Final = HERE.parent.parent / ".tillstream" / "parts"
JAVA_PARTS: Final = ("kafka", "dynamodb", "s3", "spark")
LEAST_JAVA: Final = 17
LEAST_MAVEN: Final = (3, 6, 3)
"""The Maven version that the pom's dependency plugin requires."""
ANSWER_SECONDS: Final = 60
RECIPE: Final = b"2"
"""The version of the preparation of the jars; another value prepares them again."""

UNREACHED: Final = re.compile(
    r"Unknown host|Could not transfer|Connection refused|Network is unreachable|Temporary failure in name"
)
NO_NETWORK: Final = (
    "Maven Central, or its mirror, cannot be reached: mend the network or ~/.m2/settings.xml, and run it again"
)


def source(part: str, name: str) -> Path:
    """A file beside a server's pom."""
    return HERE / "java" / part / name


def library(part: str) -> Path:
    """The folder of a server's jars."""
    return PARTS / part / "lib"


def fingerprint() -> str:
    """The hash of everything that decides the result: the recipe, the poms and the launcher."""
    files = [HERE / "pom.xml", *(source(part, "pom.xml") for part in JAVA_PARTS), source("dynamodb", "Loopback.java")]
    return hashlib.sha256(b"\0".join([RECIPE, *(file.read_bytes() for file in files)])).hexdigest()


def present() -> bool:
    """Whether the jars of exactly this pom are here."""
    stamp = PARTS / "pom.sha256"
    return stamp.is_file() and stamp.read_text("utf-8") == fingerprint()


def fetch(finish: Callable[[Say], None], say: Say) -> None:
    """Download the jars unless they are here, then `finish`; raises `MachineNotReady`. A second caller waits."""
    if present():
        return
    with held(PARTS / "lock"):
        if not present():
            check_java()
            check_maven()
            tool("javac")
            tool("jar")
            say("fetching the jars from Maven Central (about 270 MB, once)")
            copy_jars(say)
            say("compiling the launcher of DynamoDB Local")
            compile_launcher(say)
            say("starting Kafka and S3Proxy once, to keep the classes that they load")
            finish(say)
            (PARTS / "pom.sha256").write_text(fingerprint(), "utf-8")


def check_java() -> str:
    """Check for Java 17 or newer, and return its output; raises `MachineNotReady` without one."""
    need = f"Java {LEAST_JAVA} or newer is needed, of which the JDK: install it (Debian: openjdk-{LEAST_JAVA}-jdk)"
    said = answer(need, "java", "-version")
    found = java_version(said)
    if found < LEAST_JAVA:
        raise MachineNotReady(f"{need}; `{shutil.which('java')}` is Java {found or 'of no known version'}")
    return f"Java {found}"


def check_maven() -> str:
    """Check for Maven 3.6.3 or newer, and return its output; raises `MachineNotReady` without one."""
    least = ".".join(map(str, LEAST_MAVEN))
    need = f"Maven {least} or newer is needed once, to fetch the Java parts: install it (Debian: maven)"
    found = maven_version(answer(need, "mvn", "-B", "--version"))
    if found < LEAST_MAVEN:
        version = ".".join(map(str, found)) or "of no known version"
        raise MachineNotReady(f"{need}; `{shutil.which('mvn')}` is Maven {version}")
    return "Maven " + ".".join(map(str, found))


def tool(name: str) -> str:
    """The path of a tool of the JDK; raises `MachineNotReady` without it."""
    path = shutil.which(name)
    if path is None:
        jdk = f"Debian: openjdk-{LEAST_JAVA}-jdk"
        raise MachineNotReady(f"`{name}` is not on the PATH: this Java is not a JDK; install one ({jdk})")
    return path


def answer(need: str, *command: str) -> str:
    """A tool's output about itself; raises `MachineNotReady`, beginning with `need`, if the tool cannot be run."""
    if shutil.which(command[0]) is None:
        raise MachineNotReady(f"{need}; there is no `{command[0]}` on the PATH")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MachineNotReady(f"{need}; `{' '.join(command)}` failed: {error}") from error
    said = (done.stderr + done.stdout).strip()
    if done.returncode:
        what = f"`{' '.join(command)}` failed: {explained(said)}"
        raise MachineNotReady(what if telling(said) else f"{need}; {what}")
    return said


def java_version(said: str) -> int:
    """The major version in the output of `java -version`; 0 if there is none.

    >>> java_version('openjdk version "17.0.15" 2025-04-15'), java_version('java version "1.8.0_402"')
    (17, 8)
    """
    match = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(match.group(1)) if match else 0


def maven_version(said: str) -> tuple[int, ...]:
    """The version in the output of `mvn --version`; empty if there is none.

    >>> maven_version("Apache Maven 3.8.7 (b89d5959fcde851dcb1c8946a785a163f14e1e29)")
    (3, 8, 7)
    """
    match = re.search(r"Apache Maven (\d+(?:\.\d+)*)", said)
    return tuple(int(number) for number in match.group(1).split(".")) if match else ()


def copy_jars(say: Say) -> None:
    """Ask Maven for every server's jars, and put each server's folder in place whole."""
    fresh = PARTS / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    target = f"-DoutputDirectory={fresh}/${{project.artifactId}}/lib"
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", target)
    run(say, "mvn", "-B", "-f", str(HERE / "pom.xml"), *goal)
    for part in JAVA_PARTS:
        shutil.rmtree(PARTS / part, ignore_errors=True)
        (fresh / part).replace(PARTS / part)
    shutil.rmtree(fresh)


def compile_launcher(say: Say) -> None:
    """Compile DynamoDB Local's launcher into its library, so that no start pays for it."""
    lib = library("dynamodb")
    classes = lib.with_name("classes")
    run(say, "javac", "-cp", f"{lib}/*", "-d", str(classes), str(source("dynamodb", "Loopback.java")))
    run(say, "jar", "--create", "--file", str(lib / "loopback.jar"), "-C", str(classes), ".")


def run(say: Say, *command: str) -> None:
    """Run a build tool, which ends with this process, while it progresses; raises `MachineNotReady`."""
    log = PARTS / f"{command[0]}.log"
    if run_to_end(Program(command[0], command, log), say):
        ending = "\n".join(last_lines(log, TELLING_LINES))
        said = "\n".join(ending.splitlines()[-TAIL_LINES:])
        reason = f"{NO_NETWORK}\n{said}" if UNREACHED.search(ending) else explained(said)
        raise MachineNotReady(f"`{command[0]}` could not fetch or build the Java parts: {reason}")
