"""Each input is taken once, whatever stops a run, and a run reads no more after many batches than after a day."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from commerce.batches.records import Manifest, Outcome, Plan, Taken
from glue_jobs.curate.job import Curate
from stores.s3 import batches
from stores.s3.batches import FOLDED_AT, Batches
from tests.protocols.mutants import mutated
from tests.protocols.s3 import FakeS3
from tests.protocols.world import SEEDS, Task, World, Wrong

TOPIC = "order-lines"


class OneByOne(Batches):
    """Batch records that are read one after another, so that schedules may pause between any two requests."""

    def _all(self, read: Callable[[str], Any], ids: Iterable[str]) -> Iterator[Any]:
        return map(read, ids)


class WithoutSpark(Curate):
    """curate's own way from plan to manifest, with inputs that hold no line."""

    def __init__(self, batches: Batches) -> None:
        self._topic, self._batches = TOPIC, batches

    def finish(self, plan: Plan) -> Manifest:
        files, objects = (tuple(Taken(*it.identity, 0, 0, 0) for it in some) for some in (plan.files, plan.objects))
        manifest = Manifest(plan.batch, None, 0, Outcome(files, objects, (), (), ()))
        self._batches.put_manifest(manifest)
        return manifest


def history(seed: int) -> None:
    """Drop files, replace some, and run curate again and again, some runs being killed between two requests."""
    world = World(seed)
    s3 = FakeS3(world)
    for run in range(40):
        for _ in range(world.random.randint(0, 2)):
            key = f"incoming/{world.random.choice((run, run, run // 2))}.csv"
            s3.objects[key] = {"Body": str(run).encode()}
        task = Task(world, WithoutSpark(OneByOne(s3, "lake", world.retries())).take)  # type: ignore[arg-type]
        while not task.is_done:
            task.step()
            if not task.is_done and world.happens(0.03):
                task.die()
    world.calm = True
    last = WithoutSpark(OneByOne(s3, "lake"))  # type: ignore[arg-type]
    given = {it.identity for it in last._batches.incoming()}
    last.take()
    taken = Counter(
        it.identity
        for manifest in last._batches.manifests()
        for it in (*manifest.outcome.files, *manifest.outcome.objects)
    )
    if lost := given - taken.keys():
        raise Wrong(f"never taken: {lost}")
    if repeated := [identity for identity, times in taken.items() if times > 1]:
        raise Wrong(f"taken more than once: {repeated}")
    if left := last._batches.unfinished():
        raise Wrong(f"never finished: {left}")


def histories(count: int) -> None:
    for seed in range(count):
        history(seed)


@pytest.fixture(autouse=True)
def folds_often(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "histor" in request.node.name:
        monkeypatch.setattr(batches, "FOLDED_AT", 3)


def test_each_input_is_taken_once_in_any_history() -> None:
    histories(min(SEEDS, 40))


def without_the_older_fold() -> AbstractContextManager[None]:
    return mutated(Batches.extended, "*fold.taken, ", "")


def without_the_youngest_manifest() -> AbstractContextManager[None]:
    return mutated(Batches.extended, "self.taken(ids)", "self.taken(ids[:-1])")


def without_finishing_first() -> AbstractContextManager[None]:
    return mutated(Curate.take, "self._batches.unfinished(fold.batch)", "self._batches.unfinished('3')")


@pytest.mark.parametrize("mutant", [without_the_older_fold, without_the_youngest_manifest, without_finishing_first])
def test_without_this_part_some_history_goes_wrong(mutant: Callable[[], AbstractContextManager[None]]) -> None:
    with mutant(), pytest.raises(Wrong):
        histories(40)


def requests_of_a_run(batches_before: int) -> int:
    """The requests of a run with one new file, after so many hourly runs that each took one."""
    world = World(0)
    world.calm = True
    s3 = FakeS3(world)
    s3.most_keys = 1_000
    world.random.randint = lambda a, b: b  # type: ignore[method-assign]  # pages are full, as those of S3
    curate = WithoutSpark(OneByOne(s3, "lake"))  # type: ignore[arg-type]
    for number in range(batches_before):
        key = f"incoming/{number:05}.csv"
        s3.objects[key] = {"Body": b"x"}
        curate.take()
        del s3.objects[key]  # the listing of the inputs themselves is another matter
    s3.objects["incoming/new.csv"] = {"Body": b"x"}
    before = world.steps
    curate.take()
    return world.steps - before


def test_a_run_makes_no_more_requests_after_many_batches_than_after_a_day() -> None:
    day = requests_of_a_run(FOLDED_AT - 1)
    assert requests_of_a_run(10 * FOLDED_AT - 1) <= day + 1  # the fold itself
    assert requests_of_a_run(10 * FOLDED_AT) <= day + 3  # one manifest more, and the next fold's writing
