"""The metrics of the brokers, of a disk that is really full."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import time

import pytest

from local.cloudformation import reader
from local.cloudwatch.alarms import ALARM, OK, state
from local.cloudwatch.logs import Follower
from local.config import RunConfig
from local.platform import KafkaAddress
from tests.infra.conftest import read

CHECKOUT = Path(__file__).resolve().parents[3]
MEASURE = """
from pathlib import Path; from local.cloudwatch.brokers import publish_once; from local.config import RunConfig
publish_once(RunConfig.load(Path({config!r})), Path({log!r}))
"""


@pytest.mark.parts
def test_a_disk_that_is_full_raises_its_alarm_until_it_is_freed(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("this machine has no `unshare`, by which a test gets a disk of its own")
    disk, config = tmp_path / "disk", tmp_path / "config.json"
    disk.mkdir()
    kafka = KafkaAddress("127.0.0.1:9", "PLAINTEXT")
    platform = reader.load(read("laptop").folder, kafka=kafka, api_url="http://127.0.0.1:9")
    RunConfig(replace(platform, mappings=()), {}, "", "", "", "", 0, 0, state=disk).save(config)
    # a disk of 20 MB, which this process and no other one sees
    script = f'mount -t tmpfs -o size=20m tmpfs "{disk}" && head -c $1 /dev/zero > "{disk}/data" && shift && exec "$@"'
    [alarm] = [alarm for alarm in platform.alarms if alarm.name == "BrokerDisk"]
    states = []
    for size in ("20000000", "1000000"):
        log = tmp_path / size / "cloudwatch.log"
        measure = [sys.executable, "-c", MEASURE.format(config=str(config), log=str(log))]
        call = ["unshare", "--map-root-user", "--mount", "bash", "-c", script, "bash", size, *measure]
        done = subprocess.run(call, cwd=CHECKOUT, capture_output=True, text=True)
        if "permitted" in done.stderr or "unshare" in done.stderr:
            pytest.skip(f"this machine mounts no disk of a test: {done.stderr.strip()}")
        assert done.returncode == 0, done.stderr
        states.append(state(alarm, Follower(log.parent).look(time()), time(), since=0))
    assert states == [ALARM, OK]
