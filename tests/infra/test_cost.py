"""Every resource of every stage has its price, or the word that it costs nothing."""

import pytest

from operations.cost.hour import Resource, bill, by_use, check, resources
from operations.cost.prices import read
from operations.cost.resources import BY_USE, HOURLY, SCHEDULED
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
        assert standing == any(line.path == resource.path for line in lines), resource.path
        assert set(BY_USE.get(resource.type, ())) <= used.keys()
