"""The inputs of a batch, their division into tasks, and the outcome of the tasks. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Final

import msgspec

from commerce.batches.records import Input, Manifest, Outcome, Plan, Sum, Taken

TASK_BYTES: Final = 16_000_000
"""Compressed bytes of raw objects in one task."""

FILES_BYTES: Final = 2_000_000
"""Bytes of dropped files in one task, some 20,000 rows; a larger file is a task by itself."""

TASK_OBJECTS: Final = 500
"""Raw objects in one task: each is a request."""

TASK_FILES: Final = 50
"""Dropped files in one task: on AWS each is a round trip to S3, and another may be waiting for a processor."""

RESTORED_LINES: Final = 500_000
"""Lines of batches that are put back into the lake in one commit, as many as a large batch has."""

INCOMING: Final = "incoming"
STREAM: Final = "stream"


class Task(msgspec.Struct, frozen=True):
    """Inputs that are read together and staged as one object: some dropped files, or some raw objects.

    `source` and `number` name the staged object.
    """

    batch: str
    source: str
    number: int
    inputs: tuple[Input, ...]


class Done(msgspec.Struct, frozen=True):
    """The result of a task: the inputs it read, its staged object and its sum if it found a line, the lines' months."""

    source: str
    number: int
    taken: tuple[Taken, ...]
    staged: str | None
    months: tuple[date, ...]
    sum: Sum | None = None


def plan(batch: str, files: Iterable[Input], objects: Iterable[Input], taken: Collection[tuple[str, str]]) -> Plan:
    """The plan of a batch: every input that is there and has not been taken, by key."""
    return Plan(
        batch,
        tuple(sorted(found for found in files if found.identity not in taken)),
        tuple(sorted(found for found in objects if found.identity not in taken)),
    )


def tasks(plan: Plan) -> list[Task]:
    """The tasks of a plan, one a group of files or of raw objects: the same for the same plan, largest first.

    A staged object costs some 20 ms of CPU until its lines are in the lake, as much as reading 2,000 rows: files of
    a day share one.
    """
    files = enumerate(_groups(plan.files, FILES_BYTES, TASK_FILES))
    objects = enumerate(_groups(plan.objects, TASK_BYTES, TASK_OBJECTS))
    made = [Task(plan.batch, INCOMING, number, group) for number, group in files]
    made += [Task(plan.batch, STREAM, number, group) for number, group in objects]
    return sorted(made, key=lambda task: -sum(found.bytes for found in task.inputs))


def bundles(tasks: Sequence[Task], most: int) -> list[list[Task]]:
    """The tasks in at most `most` bundles of similar size; the largest task of each bundle comes first.

    A task in Python costs Spark some 20 ms of CPU, as much as reading 2,000 rows: many small tasks share one.
    """
    count = min(len(tasks), most)
    return [list(tasks[number::count]) for number in range(count)]


def _groups(inputs: Sequence[Input], most_bytes: int, most: int) -> list[tuple[Input, ...]]:
    groups: list[list[Input]] = []
    room = 0
    for found in inputs:
        room -= found.bytes
        if not groups or room < 0 or len(groups[-1]) == most:
            groups.append([])
            room = most_bytes - found.bytes
        groups[-1].append(found)
    return [tuple(group) for group in groups]


def outcome(done: Iterable[Done]) -> Outcome:
    """The outcome of a plan whose tasks are all done, in the order of the plan."""
    in_order = sorted(done, key=lambda it: (it.source, it.number))
    return Outcome(
        files=tuple(taken for it in in_order if it.source == INCOMING for taken in it.taken),
        objects=tuple(taken for it in in_order if it.source == STREAM for taken in it.taken),
        staged_files=tuple(it.staged for it in in_order if it.source == INCOMING and it.staged),
        staged_stream=tuple(it.staged for it in in_order if it.source == STREAM and it.staged),
        months=tuple(sorted({month for it in in_order for month in it.months})),
        sums={it.staged: it.sum for it in in_order if it.staged and it.sum},
    )


def restored_together(manifests: Iterable[Manifest], most: int = RESTORED_LINES) -> Iterator[list[Manifest]]:
    """The batches that staged a line, oldest first, in groups of at most so many lines, or of one batch with more."""
    group: list[Manifest] = []
    room = most
    for manifest in manifests:
        lines = sum(taken.lines for taken in (*manifest.outcome.files, *manifest.outcome.objects))
        if not lines:
            continue
        if group and lines > room:
            yield group
            group, room = [], most
        group.append(manifest)
        room -= lines
    if group:
        yield group


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """The outcomes of several batches as one."""
    every = list(outcomes)
    return Outcome(
        files=tuple(taken for it in every for taken in it.files),
        objects=tuple(taken for it in every for taken in it.objects),
        staged_files=tuple(key for it in every for key in it.staged_files),
        staged_stream=tuple(key for it in every for key in it.staged_stream),
        months=tuple(sorted({month for it in every for month in it.months})),
        sums={key: found for it in every for key, found in it.sums.items()},
    )


def spans(months: Iterable[date]) -> list[tuple[date, date]]:
    """The months, given by their first days, as few spans: each from its first day to the first day after it.

    >>> spans([date(2010, 11, 1), date(2011, 1, 1), date(2010, 12, 1), date(2011, 6, 1)])
    [(datetime.date(2010, 11, 1), datetime.date(2011, 2, 1)), (datetime.date(2011, 6, 1), datetime.date(2011, 7, 1))]
    """
    found: list[tuple[date, date]] = []
    for month in sorted(months):
        after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        if found and found[-1][1] == month:
            found[-1] = (found[-1][0], after)
        else:
            found.append((month, after))
    return found
