"""A stage that deploys, run on the laptop by its templates: rows in by both ways, all jobs, every row counted."""

from pathlib import Path

import pytest

from tests.end_to_end.laptop import platform

pytestmark = [pytest.mark.parts, pytest.mark.scale]


@pytest.mark.parametrize("stage", ["tiny"])
def test_a_stage_counts_every_row_on_the_laptop(tmp_path: Path, stage: str) -> None:
    streamed, dropped = (str(tmp_path / f"{day}.csv") for day in ("2010-12-01", "2010-12-02"))
    with platform(tmp_path, "--stage", stage) as laptop:
        for file in (streamed, dropped):
            laptop.do("generate", Path(file).stem, "-o", file)
        laptop.do("replay", streamed)
        laptop.reconcile(streamed)  # curate takes what is filed, and the stage's archive collects for a minute
        laptop.do("put", dropped)
        laptop.do("job", "all")
        assert laptop.reconcile(streamed, dropped)["agree"]
