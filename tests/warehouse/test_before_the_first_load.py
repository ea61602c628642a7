"""`tillstream sql` before any batch has been loaded: it names the job."""

from pathlib import Path

import pytest

from tests.redshift import running_redshift
from tests.warehouse.conftest import NO_S3, target_of
from warehouse.cli import sql


def test_a_view_that_no_load_has_made_yet_is_said_to_wait_for_the_first(
    nothing_runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_redshift(NO_S3) as redshift:
        state = nothing_runs / ".tillstream"
        state.mkdir()
        target_of(redshift).save(state)
        assert sql(["SELECT * FROM daily_sales"]) == 1
        assert 'relation "daily_sales" does not exist' in (said := capsys.readouterr().err)
        no_batch, job = "No batch has been loaded yet, and the first load creates daily_sales", "`tillstream job all`"
        assert said.splitlines()[-1] == f"{no_batch}: {job} loads what has come"
        assert sql(["SELECT * FROM dailysales"]) == 1
        assert "No batch" not in capsys.readouterr().err
