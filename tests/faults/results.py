"""The outcome of a round of faults."""

import json
import signal
from dataclasses import asdict, dataclass, field
from typing import Final

from tests.faults.counts import Difference
from tests.faults.plan import Fault, Round

NOTHING_LISTENS: Final = "nothing listens at "
"""The begin of a command's error where the gateway is not there: a fault may have killed it."""


@dataclass
class Result:
    """The outcome of a round: what the stores lack or repeat, and what a user saw meanwhile."""

    round: Round
    differences: list[Difference] = field(default_factory=list)
    recovery_seconds: float = 0.0
    """Seconds from the end of the last fault until the consumers had read everything."""
    seconds: float = 0.0
    replays: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """The processes that ended although no fault killed them."""
    did_not_happen: list[Fault] = field(default_factory=list)
    """The planned faults that never came about, however often the rows were sent: the round shows nothing of them."""

    @property
    def lost(self) -> int:
        """The lines, messages and summaries that a store lacks."""
        return sum(it.lost for it in self.differences)

    @property
    def repeated(self) -> int:
        """The lines and messages that a store holds too often."""
        return sum(it.repeated for it in self.differences)

    def line(self) -> str:
        """The result as one line of JSON."""
        return json.dumps(asdict(self))


def seen_by_user(code: int, out: str, errors: str) -> str:
    """The end of a replay, in a few words."""
    if code == -signal.SIGKILL:
        return "replay was killed"
    if NOTHING_LISTENS in errors:
        return "replay found no gateway"
    if code:
        return f"replay ended with {code}: {errors.strip().splitlines()[-1]}"
    again = json.loads(out)["retried"]
    return f"{again} rows sent again" if again else "nothing"
