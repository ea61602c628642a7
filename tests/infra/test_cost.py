"""Every resource of every stage has its price, or the word that it costs nothing."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from operations.cost.hour import Resource, bill, by_use, check, resources
from operations.cost.prices import read
from operations.cost.resources import BY_USE, HOURLY, MAPPING, SCHEDULED
from operations.cost.traffic import month
from operations.errors import Refused
from tests.infra.conftest import Templates

pytestmark = pytest.mark.parts

PRICES = read()


def test_every_type_of_a_stage_is_priced_or_listed_as_free(templates: Templates) -> None:
    found = resources(templates.folder)
    check(found)
    with pytest.raises(Refused, match="AWS::EC2::NatGateway"):
        check([*found, Resource("Nat", "AWS::EC2::NatGateway", {})])


def test_every_paid_resource_has_a_line_of_its_own(templates: Templates) -> None:
    found = resources(templates.folder)
    lines, used = bill(found, PRICES), by_use(found, PRICES)
    for resource in found:
        standing = resource.type in SCHEDULED or bool(
            resource.type in HOURLY and HOURLY[resource.type](resource.properties)
        )
        standing |= resource.type == MAPPING and "ProvisionedPollerConfig" in resource.properties
        assert standing == any(resource.path in line.path.split(" + ") for line in lines), resource.path
        assert set(BY_USE.get(resource.type, ())) <= used.keys()


@pytest.mark.parametrize("rows", [10_000, 1_000_000, 100_000_000])
def test_everything_paid_by_use_has_its_part_of_a_month_of_rows(templates: Templates, rows: int) -> None:
    found = resources(templates.folder)
    at = month(found, PRICES, rows)
    assert by_use(found, PRICES).keys() - at.by_use.keys() <= {"endpoint-data"}
    assert ("endpoint-data" in at.by_use) == any(it.properties.get("VpcEndpointType") == "Interface" for it in found)
    assert all(dollars > 0 for dollars in at.by_use.values())
    assert at.fixed == sum(line.dollars for line in bill(found, PRICES)) * PRICES.assumed["hours_a_month"]


def test_a_stage_for_trying_it_out_is_under_a_hundred_dollars_a_month(every_stage: Mapping[str, Templates]) -> None:
    """Up to the rows a day that docs/deploy.md names; not at twice as many."""
    found = resources(every_stage["tiny"].folder)
    assert month(found, PRICES, 15_000).total < 100 < month(found, PRICES, 30_000).total


def test_the_mappings_of_a_stage_share_their_pollers(every_stage: Mapping[str, Templates]) -> None:
    lines = bill(resources(every_stage["prod"].folder), PRICES)
    assert [(it.path, it.units) for it in lines if it.price == "event-poller-unit"] == [
        ("OrderTables/Mapping + RawArchive/Mapping", Decimal(1))
    ]
