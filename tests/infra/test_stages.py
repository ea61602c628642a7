"""The stages differ in values, and in what one table says of their options."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from operator import attrgetter
from typing import Any, Final

import pytest

from infra.packaging.builds import CHECKOUT
from infra.stages import LAPTOP, STAGES, KafkaValues, NetworkValues, Stage
from tests.infra.conftest import EVERY_OPTION, VARIANTS, Templates
from tests.infra.stage_options import OPTIONS, Difference

OPTION_OF: Final[Mapping[str, Mapping[str, Any]]] = {
    name: {option: attrgetter(option)(stage) for option in OPTIONS}
    for name, stage in {
        **STAGES,
        **VARIANTS,
        "course": replace(LAPTOP, api=replace(LAPTOP.api, course=True)),
    }.items()
}


def described(templates: Templates) -> dict[str, Mapping[str, Any]]:
    """Each resource by construct path, without what CDK derives from the stack's name."""
    resources = list(templates.resources())
    by_path = {unnamed(path): resource for path, resource in resources}
    assert len(by_path) == len(resources)
    return by_path


def unnamed(path: str) -> str:
    """A construct path in which the stack's name and CDK's hashes stand for nothing."""
    return re.sub(rf"tillstream-?({'|'.join(STAGES)})|[0-9A-F]{{8}}", "", path)


def form(value: Any) -> Any:
    """A value's form: names and types, but for the values themselves."""
    if isinstance(value, dict):
        return {key: form(item) for key, item in value.items()}
    if isinstance(value, list):
        return [form(item) for item in value]
    return type(value).__name__


def between(one: str, other: str) -> list[Difference]:
    """The differences that two stages' templates may have: those of the options which the stages set otherwise."""
    return [OPTIONS[option] for option in OPTIONS if bool(OPTION_OF[one][option]) != bool(OPTION_OF[other][option])]


def test_those_that_stand_for_all_set_every_option() -> None:
    found = {option for name in EVERY_OPTION for option, value in OPTION_OF[name].items() if value}
    every = {option for options in OPTION_OF.values() for option, value in options.items() if value}
    assert found == every - {"kafka.for_trying_out"}  # which takes away, and adds nothing


PAIRS: Final = list(combinations(sorted(OPTION_OF), 2))


@pytest.mark.parts
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_resources_come_and_go_only_with_an_option(every_stage: Mapping[str, Templates], one: str, other: str) -> None:
    allowed = tuple(path for difference in between(one, other) for path in difference.resources)
    comes_or_goes = described(every_stage[one]).keys() ^ described(every_stage[other]).keys()
    assert sorted(path for path in comes_or_goes if not path.startswith(allowed or ("\0",))) == []


@pytest.mark.parts
@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_resources_have_the_same_form_but_for_an_options_properties(
    every_stage: Mapping[str, Templates], one: str, other: str
) -> None:
    left, right = described(every_stage[one]), described(every_stage[other])
    allowed = {
        (path, name) for each in between(one, other) for path, names in each.properties.items() for name in names
    }
    assert len(left.keys() & right.keys()) > 60
    for path in left.keys() & right.keys():
        assert left[path]["Type"] == right[path]["Type"]
        a, b = left[path].get("Properties", {}), right[path].get("Properties", {})
        differ = {
            name
            for name in a.keys() | b.keys()
            if (path, name) not in allowed and form(a.get(name)) != form(b.get(name))
        }
        assert differ == set(), path


@pytest.mark.parts
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_adds_or_takes_away_all_that_the_table_says(
    every_stage: Mapping[str, Templates], option: str
) -> None:
    one, other = next((a, b) for a, b in PAIRS if between(a, b) == [OPTIONS[option]])
    left, right = described(every_stage[one]), described(every_stage[other])
    for path in OPTIONS[option].resources:
        assert any(found.startswith(path) for found in left.keys() ^ right.keys()), path
    for path, names in OPTIONS[option].properties.items():
        for name in names:
            assert form(left[path]["Properties"].get(name)) != form(right[path]["Properties"].get(name)), (path, name)


@pytest.mark.parametrize(
    ("network", "kafka", "missing"),
    [
        ({"vpc_id": "vpc-0a"}, {}, "VPC"),
        ({"vpc_id": "vpc-0a", "subnet_ids": ("subnet-0a",)}, {}, "VPC"),
        ({"subnet_ids": ("subnet-0a", "subnet-0b", "subnet-0c")}, {}, "VPC"),
        ({}, {"cluster_arn": "arn", "brokers_group": "sg-0a"}, "cluster"),
        ({"vpc_id": "vpc-0a", "subnet_ids": ("a", "b", "c")}, {"cluster_arn": "arn"}, "cluster"),
        ({"vpc_id": "vpc-0a", "subnet_ids": ("a", "b", "c")}, {"brokers_group": "sg-0a"}, "cluster"),
    ],
)
def test_an_existing_vpc_or_cluster_is_named_whole(
    network: dict[str, Any], kafka: dict[str, Any], missing: str
) -> None:
    with pytest.raises(ValueError, match=f"stage dev: an existing {missing} is named by"):
        Stage(name="dev", network=NetworkValues(**network), kafka=KafkaValues(**kafka))


def test_nothing_but_the_stages_themselves_knows_a_stage_by_name() -> None:
    knows = re.compile(rf"""["']({"|".join(STAGES)})["']""")
    files = [file for file in (CHECKOUT / "infra").rglob("*.py") if file.name != "stages.py"]
    assert len(files) > 10
    assert [file.name for file in files if knows.search(file.read_text())] == []
