"""A release is refused where tag, version, changelog and recorded templates do not name the same."""

from pathlib import Path

import pytest

from infra import release
from infra.release import NotReleasable, check, main, section
from infra.stages import DEPLOYED

CHANGELOG = (
    "# Changelog\n\n## Unreleased\n\n* Later.\n\n## 0.2.0, 2026-12-01\n\n### AWS\n\n* More.\n\n## 0.1.0\n\n* First.\n"
)


def test_the_notes_are_the_versions_section_with_its_headings() -> None:
    assert section(CHANGELOG, "0.2.0") == "### AWS\n\n* More."
    assert section(CHANGELOG, "0.1.0") == "* First."


@pytest.mark.parametrize("name", ["0.3.0", "0.1", "0.2.0.1", "2.0"])
def test_a_version_without_a_section_is_refused(name: str) -> None:
    with pytest.raises(NotReleasable, match=f"no section {name}"):
        section(CHANGELOG, name)


def test_an_empty_section_is_refused() -> None:
    with pytest.raises(NotReleasable):
        section("## 0.1.0\n\n## 0.0.1\n\n* Old.\n", "0.1.0")


@pytest.mark.parametrize("tag", ["0.1.0", "v0.1.1", "v0.1.0-rc1"])
def test_a_tag_that_is_not_the_declared_version_is_refused(tag: str) -> None:
    with pytest.raises(NotReleasable, match=f"the tag is {tag}"):
        check(tag, "0.1.0")
    check("v0.1.0", "0.1.0")


def test_nothing_is_written_for_a_tag_that_names_another_version(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--tag", "v999.0.0", "--output", str(tmp_path / "out")]) == 1
    assert "the tag is v999.0.0" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_template_that_is_not_recorded_is_named(tmp_path: Path) -> None:
    """A folder without any resource is the recorded version of no stage."""
    for stage in DEPLOYED:
        (tmp_path / stage.name).mkdir()
    assert release.not_recorded(tmp_path) == [stage.name for stage in DEPLOYED]
