"""The page about a broker's full disk, followed on a platform whose disk is full."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.laptop import CHECKOUT, Laptop
from tests.runbook.faults import raises

pytestmark = [pytest.mark.parts, pytest.mark.scale, pytest.mark.timeout(2700)]

SIZE = "600m"


@raises("BrokerDisk", by="the disk is full", page="broker-disk")
def test_broker_disk(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("this machine has no `unshare`, by which a test gets a disk of its own")
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f'mount -t tmpfs -o size={SIZE} tmpfs "{disk}" && exec "$@"'
    call = ["unshare", "--map-root-user", "--mount", "bash", "-c", script, "bash"]
    if (tried := subprocess.run([*call, "true"], capture_output=True, text=True)).returncode:
        pytest.skip(f"this machine mounts no disk of a test: {tried.stderr.strip()}")
    follow = [sys.executable, "-m", "tests.runbook.broker_disk", str(disk)]
    done = subprocess.run([*call, *follow], cwd=CHECKOUT, env=Laptop(disk).environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
