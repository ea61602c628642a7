"""A `docker` that carries out the calls of `local.kafka.compose`, with native servers instead of containers.

    fake_docker.py FOLDER compose -f FILE -p PROJECT [--profile NAME] up|down|logs …

FOLDER/calls holds every call; FOLDER/how.json names verbs that fail, with what they say. `docker kill SERVICE` ends one
container, `docker all gone` every one.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(CHECKOUT))

from local.parts import dynamodb, kafka, s3  # noqa: E402
from local.parts.ports import free_port  # noqa: E402
from local.processes import Identity, Program, wait_until  # noqa: E402


def main(folder: Path, words: list[str]) -> int:
    """Do what docker would do."""
    if words[0] in ("kill", "all"):
        for name in (words[1],) if words[0] == "kill" else ("kafka", "dynamodb", "s3"):
            end(folder, name)
        return 0
    verb = " ".join(words) if words[1] == "version" else after_project(words)
    with (folder / "calls").open("a") as calls:
        calls.write(json.dumps(verb.split()) + "\n")
    how = json.loads((folder / "how.json").read_text()) if (folder / "how.json").exists() else {}
    plain = verb.removeprefix("--profile stores ").split()
    name = "version" if "version" in plain else plain[0]
    if name in how:
        print(how[name], file=sys.stderr)
        return 1
    if name == "up":
        up(folder, ("kafka", "dynamodb", "s3") if verb.startswith("--profile") else ("kafka",))
    elif name == "down":
        for service in ("kafka", "dynamodb", "s3"):
            end(folder, service)
    elif name == "logs":
        while alive(folder, plain[-1]):
            time.sleep(0.05)
    return 0


def after_project(words: list[str]) -> str:
    """The words after `compose -f FILE -p PROJECT`."""
    assert words[0] == "compose", words
    assert words[1] == "-f", words
    assert Path(words[2]).is_file(), words
    assert words[3] == "-p", words
    return " ".join(words[5:])


def up(folder: Path, services: tuple[str, ...]) -> None:
    """Start the services detached, and return when they serve."""
    with (folder / "up").open("a") as raised:
        raised.write(json.dumps({k: v for k, v in os.environ.items() if k.startswith("TILLSTREAM_")}) + "\n")
    for service in services:
        it = program(folder, service)
        with it.log.open("wb") as log:
            child = subprocess.Popen(it.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        (folder / f"{service}.pid").write_text(str(child.pid))
        assert it.probe is not None
        assert wait_until(it.probe, 300), service


def program(folder: Path, service: str) -> Program:
    """The native server on the port that the compose file would publish."""
    data, log = folder / service, folder / f"{service}.log"
    port = int(os.environ[f"TILLSTREAM_{service.upper()}_PORT"])
    if service == "kafka":
        return kafka.program(port, free_port(), data / "data", data, log)
    if service == "dynamodb":
        return dynamodb.program(port, data, log)
    keys = {name: os.environ[f"TILLSTREAM_{name.upper()}"] for name in ("access_key_id", "secret_access_key")}
    return s3.program(port, data / "data", data, log, **keys)


def identity(folder: Path, service: str) -> Identity | None:
    """The service's process."""
    file = folder / f"{service}.pid"
    return Identity.of(int(file.read_text())) if file.exists() else None


def alive(folder: Path, service: str) -> bool:
    return identity(folder, service) is not None


def end(folder: Path, service: str) -> None:
    """Stop the service for good."""
    found = identity(folder, service)
    if found:
        found.send(signal.SIGKILL)
        wait_until(lambda: not found.alive, 300)
    (folder / f"{service}.pid").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
