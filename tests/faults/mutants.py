"""Functions and jobs of a platform with one guard taken away."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from local.config import RunConfig
from local.platform import Function
from tests.end_to_end.laptop import CHECKOUT
from tests.faults.plan import Fault, Round, day_of

ROOMS = ("commerce", "stores", "warehouse", "glue_jobs")
"""The rooms that a job imports from."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard, by its text in a file, what stands there instead, and the faults of a round that needs it."""

    name: str
    file: str
    guard: str
    instead: str
    faults: tuple[Fault, ...]
    jobs: bool = False
    seed: int = 1
    """The seed of the round's rows."""
    rows_a_second: int = 300

    @property
    def round(self) -> Round:
        """The round that needs the guard."""
        return Round(self.seed, day_of(self.seed), 30, self.jobs, self.faults, self.rows_a_second)

    def text(self, folder: Path) -> str:
        """The file of this folder without the guard."""
        source = folder.joinpath(self.file).read_text("utf-8")
        times = source.count(self.guard)
        assert times == 1, f"{self.file} reads {self.guard!r} {times} times: write this mutant anew"
        return source.replace(self.guard, self.instead)


MUTANTS = (
    Mutant(
        "a put without if-none-match", "stores/s3/objects.py",
        'return self._put_if({"IfNoneMatch": "*"}, key', "return self._put_if({}, key",
        (Fault("s3", "zombie", 4, r"PUT .*/raw/"),),
    ),
    Mutant(
        "a ledger that moves without its condition", "stores/dynamodb/ledger.py",
        '            "ConditionExpression": _AT if was else _ABSENT,\n', "",
        (Fault("dynamodb", "zombie", 4, "UpdateItem"),),
    ),
    Mutant(
        "a summary that goes back", "stores/dynamodb/tables.py",
        "OR #Lines < :lines OR", "OR #Lines <> :lines OR",
        # the day begins with an invoice of 37 lines, which are sent so slowly that several batches have some of them:
        # the zombie offers a summary of the first batch's, and goes on when that of all lines is stored
        (Fault("dynamodb", "zombie", 1, "PutItem"),),
        seed=100, rows_a_second=20,
    ),
    Mutant(
        "a lake that takes a line twice", "glue_jobs/curate/merging.py", '.dropDuplicates(["LineId"])', "",
        # so late that the rows are sent several times before it
        (Fault("ingest", "kill", 1_500),),
        jobs=True,
    ),
)  # fmt: skip


def without_guard(mutant: Mutant, home: Path) -> Callable[[RunConfig], RunConfig]:
    """A change of a platform's configuration: its functions have no such guard."""

    def change(config: RunConfig) -> RunConfig:
        functions = tuple(mutated(it, mutant, home / it.name) for it in config.platform.functions)
        return replace(config, platform=replace(config.platform, functions=functions))

    return change


def mutated(function: Function, mutant: Mutant, folder: Path) -> Function:
    """The function with a copy of its code that lacks the guard; unchanged where it has no such file."""
    if not function.code.joinpath(mutant.file).exists():
        return function
    shutil.copytree(function.code, folder, symlinks=True)
    folder.joinpath(mutant.file).unlink()
    folder.joinpath(mutant.file).write_text(mutant.text(function.code), "utf-8")
    return replace(function, code=folder)


def modules(mutant: Mutant, home: Path) -> tuple[Path, ...]:
    """A zip of the modules that jobs import, without the guard."""
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, home / "modules" / room, ignore=shutil.ignore_patterns("__pycache__"))
    home.joinpath("modules", mutant.file).write_text(mutant.text(CHECKOUT), "utf-8")
    return (Path(shutil.make_archive(str(home / "mutant"), "zip", home / "modules")),)
