"""Waiting by progress, with a clock and a work of the test's own."""

from local.progress import LEAST_CPU_SECONDS, PATIENCE_SECONDS, TELL_SECONDS, Life, Waiting


class Work:
    """Work that has come so far; its clock stands until a test moves it."""

    def __init__(self) -> None:
        self.now, self.life, self.said = 0.0, Life(0.0, 0), list[str]()
        self.waiting = Waiting(lambda: self.life, self.said.append, clock=lambda: self.now)

    def after(self, seconds: float, life: Life) -> bool:
        self.now, self.life = self.now + seconds, life
        return self.waiting.goes_on(lambda: "kafka to serve")


def test_a_work_at_a_tenth_of_a_core_goes_on_for_as_long_as_it_takes() -> None:
    work = Work()
    assert all(work.after(10, Life(second / 10, 0)) for second in range(10, 10_000, 10))


def test_a_work_that_only_writes_goes_on() -> None:
    work = Work()
    assert all(work.after(PATIENCE_SECONDS - 1, Life(0.0, size)) for size in range(1, 20))


def test_a_work_that_does_next_to_nothing_hangs_when_the_patience_is_over() -> None:
    work = Work()
    assert work.after(PATIENCE_SECONDS - 1, Life(LEAST_CPU_SECONDS / 2, 0))
    assert not work.after(1, Life(LEAST_CPU_SECONDS / 2, 0))


def test_what_is_waited_for_is_said_once_in_a_while() -> None:
    work = Work()
    for second in range(1, int(2 * TELL_SECONDS) + 2):
        work.after(1, Life(float(second), 0))
    assert work.said == ["still waiting for kafka to serve"] * 2
