"""A deployable's subset of the lock."""

import doctest

import pytest

from infra.packaging import lock
from infra.packaging.builds import CHECKOUT
from infra.packaging.functions import DEPLOYABLES, requirements
from infra.packaging.lock import UnknownPackage, pins, requirements_text, subset

LOCK = """\
boto3==1.44.5 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via
    #   tillstream (pyproject.toml)
    #   signer
botocore==1.44.5 \\
    --hash=sha256:ba
    # via boto3
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:ca
    # via click
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:da
    # via pandas
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:db
    # via pandas
pandas==3.1.1 \\
    --hash=sha256:ea
    # via tillstream (pyproject.toml)
"""


def names(wanted: list[str]) -> list[str]:
    return [f"{pin.name} {pin.version}" for pin in subset(pins(LOCK), wanted)]


def test_a_subset_is_what_is_named_and_all_that_it_needs() -> None:
    assert names(["boto3"]) == ["boto3 1.44.5", "botocore 1.44.5"]


def test_both_versions_of_a_package_are_kept_with_their_markers_for_the_installer_to_choose() -> None:
    assert requirements_text(subset(pins(LOCK), ["pandas"])) == (
        "numpy==2.4.6 ; python_full_version < '3.12' \\\n    --hash=sha256:da\n"
        "numpy==2.5.5 ; python_full_version >= '3.12' \\\n    --hash=sha256:db\n"
        "pandas==3.1.1 \\\n    --hash=sha256:ea\n"
    )


def test_every_hash_is_kept_and_no_note() -> None:
    assert requirements_text(subset(pins(LOCK), ["botocore", "boto3"])) == (
        "boto3==1.44.5 \\\n    --hash=sha256:aa \\\n    --hash=sha256:ab\nbotocore==1.44.5 \\\n    --hash=sha256:ba\n"
    )


def test_a_package_that_is_not_locked_is_named() -> None:
    with pytest.raises(UnknownPackage, match=r"requirements\.lock has no fastapi, polars:"):
        subset(pins(LOCK), ["polars", "boto3", "FastAPI"])


@pytest.mark.parametrize("deployable", DEPLOYABLES)
def test_a_deployable_names_packages_without_versions_and_each_is_locked_with_hashes(deployable: str) -> None:
    named = (CHECKOUT / deployable / "requirements.txt").read_text().split()
    chosen = {pin.name: pin for pin in requirements(deployable)}
    assert set(named) <= set(chosen)
    assert all("--hash=sha256:" in pin.text for pin in chosen.values())


def test_nothing_of_the_tools_gets_into_a_function() -> None:
    tools = {"aws-cdk-lib", "awslambdaric", "pandas", "pytest", "requests", "rich", "uv"}
    for deployable in DEPLOYABLES:
        assert not tools & {pin.name for pin in requirements(deployable)}, deployable


def test_the_examples_hold() -> None:
    assert doctest.testmod(lock) == doctest.TestResults(failed=0, attempted=1)
