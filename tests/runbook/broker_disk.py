"""`python -m tests.runbook.broker_disk DISK`: fills the disk of a platform of its own, and follows the runbook's page.

DISK is the folder of a small disk that only this process and its children see (tests/runbook/test_broker_disk.py).
"""

import sys
from pathlib import Path
from time import time

import psutil

from tests.end_to_end.laptop import platform
from tests.runbook.pages import Page
from tests.runbook.test_laptop_pages import Reader

ON_AWS = "make deploy STAGE=dev"
"""The page's command for a stage; what follows it is for the laptop."""
LEFT = 0.03
"""The part of the disk that is left free."""


def main(disk: Path) -> None:
    """Raises `AssertionError` where the page does not end the alarm, or a row is not counted."""
    page = Page("broker-disk")
    with platform(disk) as laptop:
        day = str(disk / "day.csv")
        laptop.do("generate", "2010-12-01", "--invoices", "8", "-o", day)
        laptop.do("replay", day)
        laptop.reconcile(day)
        reader = Reader(laptop, disk, since=time())
        there = psutil.disk_usage(str(disk))
        (laptop.state / "data" / "fill").write_bytes(bytes(there.free - round(there.total * LEFT)))
        reader.rings("BrokerDisk")
        assert "docs/runbook/broker-disk.md" in reader.say("tillstream status")[1]
        on_aws, *commands = page.commands("Do")
        assert on_aws == ON_AWS
        for command in commands:
            reader.succeed(command)
        reader.silent_again("BrokerDisk")
        for command in page.commands("It is over when"):
            assert "every row is counted" in reader.succeed(command)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
