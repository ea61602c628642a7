"""Each deployable's lock, which `make lock` takes out of the whole one."""

import pytest

from infra.packaging.builds import CHECKOUT
from infra.packaging.functions import DEPLOYABLES
from infra.packaging.jobs import REQUIREMENTS
from tests.infra.packaging.locked import entries, requirement

WHOLE = entries(CHECKOUT / "requirements.lock")
NAMES = {requirement(entry).name for entry in WHOLE}


@pytest.mark.parametrize("deployable", [*DEPLOYABLES, REQUIREMENTS])
def test_a_deployables_lock_is_a_part_of_the_whole_one_entry_by_entry(deployable: str) -> None:
    part = entries(CHECKOUT / deployable / "requirements.lock")
    names = {requirement(entry).name for entry in part}
    assert part == [entry for entry in WHOLE if requirement(entry).name in names]
    assert all("--hash=sha256:" in entry for entry in part)


@pytest.mark.parametrize("deployable", [*DEPLOYABLES, REQUIREMENTS])
def test_a_deployable_names_packages_without_versions_and_each_is_in_its_lock(deployable: str) -> None:
    named = (CHECKOUT / deployable / "requirements.txt").read_text().split()
    assert set(named) <= {requirement(entry).name for entry in entries(CHECKOUT / deployable / "requirements.lock")}


@pytest.mark.parametrize("deployable", DEPLOYABLES)
def test_nothing_of_the_tools_gets_into_a_function(deployable: str) -> None:
    tools = {"aws-cdk-lib", "awslambdaric", "filelock", "pandas", "psutil", "pytest", "requests", "rich", "uv"}
    assert tools <= NAMES
    assert not tools & {requirement(entry).name for entry in entries(CHECKOUT / deployable / "requirements.lock")}
