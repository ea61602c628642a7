"""The alarms that the faults of a test have raised, whenever that was."""

from time import time

from local.cloudwatch.alarms import ALARM, BREACHING, state
from local.cloudwatch.logs import Follower
from local.config import RunConfig
from local.state import State
from tests.end_to_end.laptop import Laptop


def raised(laptop: Laptop, since: float = 0) -> set[str]:
    """The names of the alarms that were raised at the time of a point of theirs since then; a look may come later."""
    alarms = RunConfig.load(State(laptop.state).config_file).platform.alarms
    points = Follower(laptop.state / "logs").look(time())
    return {
        alarm.name
        for alarm in alarms
        if alarm.missing != BREACHING
        for watched in alarm.metrics
        for point in points.get(watched.series, ())
        if point.at >= since and state(alarm, points, point.at, since=0) == ALARM
    }
