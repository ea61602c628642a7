"""The warehouse in every stage's templates."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from infra.packaging.builds import CHECKOUT
from infra.stages import STAGES
from operations.cost.schedules import starts_a_day
from tests.infra.conftest import Templates
from tests.infra.test_platform import allowed

pytestmark = pytest.mark.parts

NAMESPACE: Final = "AWS::RedshiftServerless::Namespace"
WORKGROUP: Final = "AWS::RedshiftServerless::Workgroup"


def the_one(templates: Templates, type: str) -> Mapping[str, Any]:
    """The properties of the one resource of a type."""
    [[_, resource]] = templates.resources(type)
    return dict(resource["Properties"])


def may(templates: Templates, path: str) -> dict[str, list[str]]:
    """The permissions of a role: actions, and their resources as text."""
    found: dict[str, list[str]] = {}
    for where, action, resource in allowed(templates):
        if where.startswith(path):
            found.setdefault(action, []).append(json.dumps(resource))
    return found


def test_nothing_can_connect_to_the_workgroup(templates: Templates) -> None:
    workgroup = the_one(templates, WORKGROUP)
    assert workgroup["PubliclyAccessible"] is False
    [group] = workgroup["SecurityGroupIds"]
    closed = next(
        template["Resources"][group["Fn::GetAtt"][0]]["Properties"]
        for template in templates.stacks.values()
        if group["Fn::GetAtt"][0] in template["Resources"]
    )
    assert "SecurityGroupIngress" not in closed
    assert [(it["FromPort"], it["ToPort"], it["IpProtocol"]) for it in closed["SecurityGroupEgress"]] == [
        (443, 443, "tcp")
    ]
    rules = [rule["Properties"]["GroupId"] for _, rule in templates.resources("AWS::EC2::SecurityGroupIngress")]
    assert group not in rules


def test_the_workgroup_stands_in_three_subnets_of_three_zones(templates: Templates) -> None:
    subnets = {
        name: resource["Properties"]["AvailabilityZone"]
        for template in templates.stacks.values()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::EC2::Subnet"
    }
    zones = [subnets[subnet["Ref"]] for subnet in the_one(templates, WORKGROUP)["SubnetIds"]]
    assert len(zones) == len(set(zones)) == 3


def test_copy_goes_through_our_network_from_which_s3_can_be_reached(templates: Templates) -> None:
    assert the_one(templates, WORKGROUP)["EnhancedVpcRouting"] is True
    endpoints = [endpoint["Properties"] for _, endpoint in templates.resources("AWS::EC2::VPCEndpoint")]
    [s3] = [it for it in endpoints if json.dumps(it["ServiceName"]).endswith('.s3"]]}')]
    assert s3["VpcEndpointType"] == "Gateway"
    assert len(s3["RouteTableIds"]) == 3


def test_the_password_is_redshifts_and_its_secret_is_told_to_the_stack(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["ManageAdminPassword"] is True
    assert "AdminUserPassword" not in namespace
    assert namespace["AdminUsername"] != "admin"
    secret = templates.stacks[f"tillstream-{templates.stage}"]["Outputs"]["WarehouseSecret"]["Value"]
    told = the_one(templates, "Custom::WarehouseAdministration")
    assert secret["Fn::GetAtt"][1] == "SecretArn"
    assert told["Namespace"] == namespace["NamespaceName"] == f"tillstream-{templates.stage}"


def test_the_database_is_the_lakes_by_name_and_logs_are_kept_for_a_time(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["DbName"] == f"tillstream_{templates.stage}"
    groups = {it["Properties"].get("LogGroupName", "") for _, it in templates.resources("AWS::Logs::LogGroup")}
    assert {f"/aws/redshift/{namespace['NamespaceName']}/{log}" for log in namespace["LogExports"]} <= {
        name for name in groups if isinstance(name, str)
    }
    assert sorted(namespace["LogExports"]) == ["connectionlog", "useractivitylog", "userlog"]
    parameters = {it["ParameterKey"]: it["ParameterValue"] for it in the_one(templates, WORKGROUP)["ConfigParameters"]}
    assert parameters == {"enable_user_activity_logging": "true", "require_ssl": "true"}


def test_copy_may_read_what_was_staged_and_nothing_else(templates: Templates) -> None:
    namespace = the_one(templates, NAMESPACE)
    assert namespace["IamRoles"] == [namespace["DefaultIamRoleArn"]]
    actions = may(templates, "Warehouse/Loader/")
    assert set(actions) == {"s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket"}
    assert all('"/batches/warehouse/*"' in resource for resource in actions["s3:GetObject"])


def test_the_job_runs_statements_in_this_warehouse_and_reads_this_secret(templates: Templates) -> None:
    actions = may(templates, "Batch/LoadWarehouse/")
    for action in ("BatchExecuteStatement", "ExecuteStatement"):
        [on] = actions[f"redshift-data:{action}"]
        assert "WorkgroupArn" in on
    [secret] = actions["secretsmanager:GetSecretValue"]
    assert '"SecretArn"' in secret
    readers = {path for path, action, _ in allowed(templates) if action == "secretsmanager:GetSecretValue"}
    assert {path.partition("/Role")[0] for path in readers} == {"Batch/LoadWarehouse"}


def test_the_job_may_do_what_the_way_into_the_warehouse_asks_for(templates: Templates) -> None:
    asked = set(re.findall(r"_client\.([a-z_]+)\b", (CHECKOUT / "stores" / "warehouse.py").read_text("utf-8")))
    named = {"redshift-data:" + "".join(word.capitalize() for word in method.split("_")) for method in asked}
    assert len(named) > 4
    assert named == {it for it in may(templates, "Batch/LoadWarehouse/") if it.startswith("redshift-data:")}


def test_what_it_costs_is_bounded_by_the_hour_and_by_the_month(templates: Templates) -> None:
    warehouse, workgroup = STAGES[templates.stage].warehouse, the_one(templates, WORKGROUP)
    capacity = (warehouse.base_capacity, warehouse.max_capacity)
    assert (workgroup["BaseCapacity"], workgroup["MaxCapacity"]) == capacity
    assert workgroup["BaseCapacity"] <= workgroup["MaxCapacity"]
    assert all(rpu % 8 == 0 for rpu in capacity)
    limit = the_one(templates, "Custom::WarehouseAdministration")
    assert limit["RpuHours"] == str(warehouse.rpu_hours)
    # each load wakes it for a minute at least, whether there is something to load or not
    loads = min(24, starts_a_day(STAGES[templates.stage].batch.schedule))  # the laptop's are more, and unpaid
    assert warehouse.rpu_hours > 2 * loads * 31 * workgroup["BaseCapacity"] / 60
