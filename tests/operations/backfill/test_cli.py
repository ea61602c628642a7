"""The arguments of `tillstream backfill`."""

import pytest

from operations.backfill.cli import backfill


def test_a_partition_that_is_named_twice_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        backfill(["order_tables", "--from-offset", "0=0", "--from-offset", "3=1", "--from-offset", "0=5"])
    assert ended.value.code == 2
    assert "argument --from-offset: partition 0 is named twice" in capsys.readouterr().err
