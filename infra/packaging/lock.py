"""The lock of all packages, and the pinned, hashed subset that one deployable needs.

The lock is `uv pip compile --universal --generate-hashes` with its `# via` notes: those notes are the dependency graph,
so a subset is found without asking any registry.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_VIA = re.compile(r"^ +#(?: via)?(?P<parent>(?: +[^\s]+)?)")


class UnknownPackage(Exception):
    """A deployable asks for a package that the lock does not hold."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of the lock: a version under an environment marker, its hashes, and the packages that need it.

    `text` is the entry as an installer reads it, without notes.
    """

    name: str
    version: str
    parents: frozenset[str]
    text: str


def normal(name: str) -> str:
    """A package's name as the registry compares it (PEP 503).

    >>> normal("Confluent_Kafka")
    'confluent-kafka'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> tuple[Pin, ...]:
    """The entries of a lock, in its order; a package stands twice where two environments have two versions."""
    blocks: list[list[str]] = []
    for line in lock.splitlines():
        if _PIN.match(line):
            blocks.append([line])
        elif blocks and line.startswith(" "):
            blocks[-1].append(line)
    return tuple(_pin(block) for block in blocks)


def subset(lock: Iterable[Pin], names: Iterable[str]) -> tuple[Pin, ...]:
    """The entries that these top-level packages need, themselves included, in the lock's order.

    Entries keep their environment markers, so the installer decides which apply to its platform. Raises
    `UnknownPackage` naming what the lock lacks.
    """
    lock = tuple(lock)
    wanted = {normal(name) for name in names}
    if missing := wanted - {pin.name for pin in lock}:
        names = ", ".join(sorted(missing))
        raise UnknownPackage(f"requirements.lock has no {names}: add it to pyproject.toml and lock again")
    while grown := {pin.name for pin in lock if pin.parents & wanted} - wanted:
        wanted |= grown
    return tuple(pin for pin in lock if pin.name in wanted)


def requirements_text(chosen: Iterable[Pin]) -> str:
    """The requirements file by which an installer with `--require-hashes` installs exactly these entries."""
    return "".join(pin.text for pin in chosen)


def _pin(block: list[str]) -> Pin:
    """The entry that these lines of the lock describe."""
    head = _PIN.match(block[0])
    assert head is not None, block[0]
    notes = [line for line in block if line.lstrip().startswith("#")]
    requirement = [line.rstrip(" \\") for line in block if not line.lstrip().startswith("#")]
    parents = {normal(match["parent"].strip()) for match in map(_VIA.match, notes) if match and match["parent"].strip()}
    return Pin(normal(head["name"]), head["version"], frozenset(parents), " \\\n".join(requirement) + "\n")
